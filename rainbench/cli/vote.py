"""rainbench vote: a page on which people say whose picture is better, without knowing whose."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    dataset: Annotated[str, typer.Option(help="NAME or NAME:SPLIT; no ground truth is needed.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page.")],
    method: Annotated[list[str] | None, typer.Option(help="Only these, by commas.")] = None,
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    limit: Annotated[int, typer.Option(min=1, help="At most so many images.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Of the random order.")] = 0,
) -> None:
    """Write a page for blind votes on restored pictures; report votes reads what it saves."""
    from rainbench.runs.journal import writing
    from rainbench.votes.ballot import make_ballot, render_ballot

    methods = [part.strip() for words in method or [] for part in words.split(",")]
    ballot = make_ballot(results, dataset, methods=methods, images=limit, seed=seed)
    page = render_ballot(ballot)
    with writing(output):
        output.write_text(page, encoding="utf-8", newline="\n")
    asked = f"{len(ballot.pairs)} pairs of {len(ballot.albums)} runs on {len(ballot.images)} images"
    typer.echo(f"wrote {output}: {asked}, {len(page) / 1e6:.1f} MB", err=True)
