"""rainbench score: restored pictures that someone else made."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rainbench.progress import Progress


def command(
    folder: Annotated[Path, typer.Argument(help="Restored pictures, called after their pairs.")],
    dataset: Annotated[str, typer.Option(help="NAME, NAME:SPLIT, or a folder of pairs.")],
    name: Annotated[str, typer.Option(help="What the table's row is called.")],
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    partial: Annotated[
        bool, typer.Option("--partial", help="Accept missing pictures; numbers read 28/1400.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another process that scores the same.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Score restored pictures by name, under every protocol, into the results."""
    from rainbench.data.opening import open_dataset
    from rainbench.render import render
    from rainbench.scoring import by_protocol, score_folder, to_json

    summary = score_folder(
        folder,
        open_dataset(dataset, partial=partial),
        results,
        name=name,
        partial_folder=partial,
        wait=wait,
        on_progress=_tell,
    )
    typer.echo(
        json.dumps(to_json(summary)) if as_json else render([by_protocol(summary)], "markdown"),
        nl=as_json,
    )
    typer.echo(f"recorded in {summary.folder}", err=True)
    if summary.failures:
        typer.echo(f"{summary.failures} pictures could not be scored", err=True)
        raise typer.Exit(1)


def _tell(progress: "Progress") -> None:
    from rainbench.render.text import printable

    if progress.waiting_for is not None:
        typer.echo(printable(f"waiting for {progress.waiting_for}"), err=True)
    if progress.problem is not None:
        typer.echo(printable(f"{progress.image}: {progress.problem}"), err=True)
