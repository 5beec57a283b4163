"""rainbench report: what the evidence says, as tables and figures."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from rainbench.protocol import HEADLINE
from rainbench.render import FORMATS, PICTURE_FORMATS

PLAIN = "table"
"""The report that is printed where none is named."""

Words = list[str] | None
_STYLES = f"{', '.join([*FORMATS, *PICTURE_FORMATS])}; none: as FILE's suffix says."
_BOLD = "tested: best bold, a dagger where no test parts; field: second underlined; none."
_OUTPUT = "Write there instead, figures beside it."
_BESIDE = "Other evidence: a file or a folder of it, such as runs/."


def command(
    name: Annotated[str, typer.Argument(help="A report's name, or a .py file.")] = PLAIN,
    results: Annotated[Path, Option(help="The folder of results.")] = Path("results"),
    style: Annotated[str, Option("--format", help=_STYLES)] = "",
    protocol: Annotated[str, Option(help="Whose PSNR and SSIM.")] = HEADLINE,
    output: Annotated[Path | None, Option("--output", "-o", metavar="FILE", help=_OUTPUT)] = None,
    dataset: Annotated[Words, Option(help="Only these: NAME or NAME:SPLIT, by commas.")] = None,
    method: Annotated[Words, Option(help="Only these, by commas.")] = None,
    bold: Annotated[str, Option(help=_BOLD)] = "tested",
    beside: Annotated[list[Path] | None, Option("--with", help=_BESIDE)] = None,
    image: Annotated[Words, Option(help="Show this image; repeat for several.")] = None,
    box: Annotated[Words, Option(help="Enlarge LEFT,TOP,WIDTH,HEIGHT (pixels); repeat.")] = None,
    error_maps: Annotated[bool, Option("--error-maps", help="Show errors as pictures.")] = False,
    as_json: Annotated[bool, Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print methods x datasets, or the report that is named: text, page, PDF or PNG."""
    from rainbench.cli.answer import answering
    from rainbench.evidence.view import View, parse_boxes
    from rainbench.render import Request, format_of, render_report, write_report

    with answering() as answer:
        view = View(images=tuple(image or ()), boxes=parse_boxes(box or ()), error_maps=error_maps)
        request = Request(
            protocol=protocol, datasets=_parts(dataset), methods=_parts(method), bold=bold,
            beside=tuple(beside or ()), view=view,
        )  # fmt: skip
        form = "json" if as_json else style or format_of(output)
        written = [] if output is None else write_report(name, results, output, request, style=form)
        if output is None:
            answer(render_report(name, results, style=form, **vars(request)))
    for path in written:
        typer.echo(f"wrote {path}", err=True)


def _parts(lists: Words) -> tuple[str, ...]:
    words = (part.strip() for words in lists or [] for part in words.split(","))
    return tuple(word for word in words if word)
