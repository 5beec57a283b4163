"""rainbench results verify: whether results can be trusted."""

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    results: Annotated[Path, typer.Argument(help="A folder of results, or a zip of them.")],
    recompute: Annotated[
        int, typer.Option(min=0, metavar="N", help="Score so many images of each run again.")
    ] = 0,
    weights: Annotated[
        list[Path] | None, typer.Option(help="Weights that do not ship: files, or folders of them.")
    ] = None,
    method: Annotated[
        list[Path] | None, typer.Option(help="A method's file that is on no shelf.")
    ] = None,
    device: Annotated[str, typer.Option(help="Where methods run: cpu, cuda or cuda:N.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check ids, lines and digests; with --recompute, score images again, restored anew and not.

    Exit status 0 only where nothing is wrong. What is not at hand is said, and is not wrong.
    """
    from rainbench.cli.answer import answering
    from rainbench.cli.display import Display
    from rainbench.exchange.checking import as_blocks, verify_results
    from rainbench.render import render

    with answering() as answer, Display() as display:
        found = verify_results(
            results, recompute=recompute, weights=weights or [], methods=method or [],
            device=device,
            on_run=lambda place: display.say(f"checking {place}"),
        )  # fmt: skip
        if as_json:
            document = {"schema": 1, "runs": [each.to_json() for each in found]}
            answer(json.dumps(document, indent=1))
        else:
            answer(render(as_blocks(found), "markdown"))
    if not all(each.sound for each in found):
        raise typer.Exit(1)
