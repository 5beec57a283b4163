"""rainbench score: restored pictures that someone else made."""

import json
from pathlib import Path
from typing import Annotated

import typer


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
    from rainbench.cli.answer import answering
    from rainbench.cli.display import Display
    from rainbench.data.opening import open_dataset
    from rainbench.render import render
    from rainbench.runs.scoring import by_protocol, score_folder

    with answering() as answer, Display() as display:
        opened = open_dataset(dataset, partial=partial)
        display.found(opened)
        summary = score_folder(
            folder, opened, results, name=name, partial_folder=partial, wait=wait,
            on_progress=display.tell,
        )  # fmt: skip
        display.end(summary)
        display.say(f"recorded in {summary.folder}")
        line = json.dumps(summary.to_json()) if as_json else ""
        answer(line or render([by_protocol(summary)], "markdown"))
    if summary.failures:
        raise typer.Exit(1)
