"""rainbench run: methods over datasets, measured and recorded."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rainbench.dataset import Given

if TYPE_CHECKING:
    from rainbench.runs.benchmark import Unit


def command(
    method: Annotated[
        list[str],
        typer.Option(help="NAME[.VARIANT][@WEIGHTS][:KEY=VALUE...], .py, .onnx, folder, group."),
    ],
    dataset: Annotated[list[str], typer.Option(help="NAME[:SPLIT] or a folder of pairs.")],
    weights: Annotated[Path | None, typer.Option(help="A file for the one learned method.")] = None,
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    tile: Annotated[int | None, typer.Option(min=1, help="Restore in tiles, in pixels.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many images.")] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Accept missing pairs; numbers read 28/1400.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    given: Annotated[
        Given, typer.Option("--input", help="The pictures restored: clean ones show harm done.")
    ] = "rainy",
    engine: Annotated[str, typer.Option(help="auto, torch, native, openvino ...")] = "auto",
    wait: Annotated[bool, typer.Option("--wait", help="Wait for another process's run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Run methods over datasets; what the results hold already is not measured again."""
    from rainbench.cli.answer import answering
    from rainbench.cli.display import Display, as_blocks, has_failed
    from rainbench.render import render
    from rainbench.runs.benchmark import run
    from rainbench.runs.summary import UnitSummary

    with answering() as answer, Display() as display:

        def end(unit: "Unit") -> None:
            display.end(unit)
            if as_json:
                answer(json.dumps(unit.to_json()))

        units = run(
            method, dataset, results=results, weights=weights, device=device,
            engine=engine, tile=tile, limit=limit, partial=partial, given=given, wait=wait,
            on_dataset=display.found, on_progress=display.tell, on_unit=end,
        )  # fmt: skip
        if not as_json and any(isinstance(unit, UnitSummary) or unit.skipped for unit in units):
            answer(render(as_blocks(units), "markdown"))
    if any(has_failed(unit) for unit in units):
        raise typer.Exit(1)
