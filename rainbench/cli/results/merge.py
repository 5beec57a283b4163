"""rainbench results merge: results of several places, joined."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rainbench.counting import counted


def command(
    sources: Annotated[list[Path], typer.Argument(help="Folders of results, or zips of them.")],
    into: Annotated[Path, typer.Option(metavar="DIR", help="The folder that receives them.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait for another process's run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Join results: runs of one identity become one; conflicts are named, nothing overwritten."""
    from rainbench.cli.answer import answering
    from rainbench.exchange.merging import merge_results

    with answering() as answer:
        made = merge_results(sources, into, wait=wait)
        if as_json:
            answer(json.dumps({"schema": 1, **vars(made)}))
            return
        runs, lines = counted(made.runs, "run"), counted(made.lines, "line")
        answer(f"{into}: {runs}, {made.new_runs} of them new, {lines} added")
