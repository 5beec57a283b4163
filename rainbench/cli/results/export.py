"""rainbench results export: all that was measured, in one file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rainbench.counting import counted


def command(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="A new zip.")],
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    pictures: Annotated[
        bool, typer.Option("--pictures", help="The restored pictures come along.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write results into one zip; the same results make the same bytes.

    What sessions tell of their machine (host, command line, folders) is in it.
    """
    from rainbench.cli.answer import answering
    from rainbench.data.room import in_bytes
    from rainbench.exchange.bundle import export_results

    with answering() as answer:
        made = export_results(results, output, pictures=pictures)
        if as_json:
            answer(json.dumps({"schema": 1, **vars(made), "path": str(made.path)}))
            return
        held = f"{counted(made.runs, 'run')} and {counted(made.pictures, 'restored picture')}"
        what = f"{held}, {in_bytes(made.size)}"
        answer(f"{made.path}: {what}, SHA-256 {made.sha256}")
