"""rainbench quality: scores of pictures by other people's code, for the report of that name."""

from pathlib import Path
from typing import Annotated

import typer

Words = list[str] | None


def command(
    output: Annotated[Path, typer.Option("-o", "--output", help="A .json file.")],
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    dataset: Annotated[Words, typer.Option(help="Only this; repeat for several.")] = None,
    method: Annotated[Words, typer.Option(help="Only this; repeat for several.")] = None,
    measure: Annotated[
        Words, typer.Option(help="BRISQUE (needs no clean picture), LPIPS, DISTS; repeat.")
    ] = None,
) -> None:
    """Score restored pictures, and the rainy ones, where there is no clean picture too."""
    from rainbench.cli.answer import answering
    from rainbench.evidence.evidence import gather, read_records
    from rainbench.evidence.quality import score_quality, write_quality

    with answering() as answer:
        evidence = gather(read_records(results), datasets=dataset or (), methods=method or ())
        write_quality(score_quality(evidence.albums, measure or ()), output)
        answer(str(output))
