"""rainbench report: what the results say, as a table."""

from pathlib import Path
from typing import Annotated

import typer

from rainbench.protocol import HEADLINE
from rainbench.render import FORMATS

PLAIN = "table"
"""The report that is printed where none is named."""


def command(
    name: Annotated[str, typer.Argument(help="A report's name, or a .py file.")] = PLAIN,
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    style: Annotated[
        str, typer.Option("--format", help=f"{', '.join(FORMATS)}; none: as FILE's suffix says.")
    ] = "",
    protocol: Annotated[str, typer.Option(help="Whose PSNR and SSIM.")] = HEADLINE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead.")
    ] = None,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only these: NAME or NAME:SPLIT, by commas.")
    ] = None,
    method: Annotated[list[str] | None, typer.Option(help="Only these, by commas.")] = None,
    bold: Annotated[
        str, typer.Option(help="tested: best bold, alike a dagger; field: second underlined; none.")
    ] = "tested",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print methods x datasets: PSNR, SSIM, images, parameters, what the weights saw."""
    from rainbench.cli.answer import answering
    from rainbench.journal import writing
    from rainbench.render import format_of, render_report

    with answering() as answer:
        text = render_report(
            name,
            results,
            style="json" if as_json else style or format_of(output),
            protocol=protocol,
            datasets=_parts(dataset),
            methods=_parts(method),
            bold=bold,
        )
        if output is None:
            answer(text)
            return
    with writing(output):
        output.write_text(text, encoding="utf-8", newline="\n")
    typer.echo(f"wrote {output}", err=True)


def _parts(lists: list[str] | None) -> list[str]:
    return [part.strip() for words in lists or [] for part in words.split(",") if part.strip()]
