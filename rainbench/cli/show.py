"""rainbench show: one method, looked at closely."""

import json
from typing import Annotated

import typer


def command(
    method: Annotated[
        str,
        typer.Argument(help="NAME[.VARIANT][@WEIGHTS][:KEY=VALUE...], .py or .onnx file."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show a method: parameters, operations, paper, recipe, sizes, and what made weights."""
    from rainbench.cli.answer import answering
    from rainbench.cli.sheet import sheet
    from rainbench.shelves.presentation import show

    with answering() as answer:
        found = show(method)
        answer(json.dumps({"schema": 1, **found}, indent=2) if as_json else sheet(found))
