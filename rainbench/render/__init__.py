"""Formats: each renders a report's blocks as text and owns its escaping, in one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rainbench.errors import PluginError, RainbenchError, UnknownNameError, UsageError, in_words
from rainbench.evidence.view import View
from rainbench.protocol import HEADLINE, PROTOCOLS, find_protocol
from rainbench.votes.vote import find_votes

if TYPE_CHECKING:
    from rainbench.evidence.evidence import Evidence
    from rainbench.render.drawing import Drawing
    from rainbench.report import Block, Report
    from rainbench.runs.record import RunRecord

FORMATS = {"csv": ".csv", "html": ".html", "json": ".json", "latex": ".tex", "markdown": ".md"}
"""The formats that are text by name, each with the suffix of its files."""

PICTURE_FORMATS = {"jpeg": ".jpg", "pdf": ".pdf", "png": ".png"}
"""The formats that are pictures: of figures and grids of pictures alone, written to a file."""


def render(blocks: Sequence[Block | Drawing], style: str) -> str:
    r"""Render blocks in the format called `style`; the text ends in "\n".

    Raises UnknownNameError for a format that is none.
    """
    if style not in FORMATS:
        raise UnknownNameError.among("format", style, FORMATS)
    return cast(str, import_module(f"rainbench.render.{style}").render(blocks))


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a report is asked to show of the evidence."""

    protocol: str = HEADLINE
    """Whose numbers; a report never mixes two."""
    datasets: tuple[str, ...] = ()
    """Only these, as "rain100l" or "rain800:train"; none: all."""
    methods: tuple[str, ...] = ()
    """Only these, by label or by the plug-in's name; none: all."""
    bold: str | None = None
    """Which scores stand out, one of `rainbench.evidence.emphasis.HABITS`; None: the usual."""
    beside: tuple[Path, ...] = ()
    """Other files of evidence, or folders of them: training logs, features, profiles, audits,
    votes."""
    view: View = field(default_factory=View)
    """Which images, and which parts of them, where the report shows pictures."""


def make_blocks(
    name: str,
    results: str | Path,
    request: Request = Request(),
) -> list[Block]:
    """Make the blocks of the report of this name, or of this .py file, from evidence.

    Args:
        name: a file in reports/, an installed report, or a path to a user's.
        results: the folder that runs and scored folders leave their records in.
        request: what it is to show of them.

    Raises UsageError for a folder without results, UnknownNameError for names that are none,
    and PluginError for a report that breaks.
    """
    report, records, request = _open(name, results, request)
    return _make(name, report, _gather(records, report, request), request.bold)


def make_page(
    name: str,
    results: str | Path,
    request: Request = Request(),
    *,
    output: Path | None = None,
) -> str:
    r"""Make the interactive page: a report under every protocol, with runs, images and pictures.

    Takes what `make_blocks` takes; the request's protocol is the one that is shown first.
    Pictures are put into a folder beside `output`, `page_files/` of page.html; without it there
    are none. Returns HTML that ends in "\n". Raises what `make_blocks` raises, and ResultsError
    where a picture cannot be written.
    """
    from rainbench.render.html import render_page

    report, records, request = _open(name, results, request)
    protocol = request.protocol
    first = _gather(records, report, request)
    evidence = {
        each: first
        if each == protocol
        else _gather(records, report, replace(request, protocol=each))
        for each in PROTOCOLS
        if each == protocol or first.under[each]
    }
    blocks = {each: _make(name, report, evidence[each], request.bold) for each in evidence}
    return render_page(report.title, blocks, evidence, records, protocol=protocol, output=output)


def _open(
    name: str, results: str | Path, request: Request
) -> tuple[Report, Sequence[RunRecord], Request]:
    """Find the report and read the runs; votes that lie among them are evidence too."""
    from rainbench.registry import find_report

    report = find_report(name)
    find_protocol(request.protocol)
    records = _read(Path(results), report)
    beside = (*request.beside, *find_votes(Path(results)))
    return report, records, replace(request, beside=beside)


def _make(name: str, report: Report, evidence: Evidence, bold: str | None) -> list[Block]:
    from rainbench.evidence.emphasis import USUAL, emphasise
    from rainbench.report import BLOCKS

    try:
        blocks = emphasise(report.make(evidence), bold or USUAL, evidence)
        for block in blocks:
            if not isinstance(block, BLOCKS):
                raise TypeError(f"{type(block).__name__} is no block")
        return blocks
    except RainbenchError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(
            expected=f"the report {name} to make its blocks", got=in_words(error), now="mend it"
        ) from error


def render_report(
    name: str,
    results: str | Path,
    *,
    style: str = "markdown",
    protocol: str = HEADLINE,
    datasets: Sequence[str] = (),
    methods: Sequence[str] = (),
    bold: str | None = None,
    beside: Sequence[str | Path] = (),
    view: View = View(),  # noqa: B008 (a frozen value)
) -> str:
    r"""Render a report as text: figures as tables of their points; as HTML, the whole page.

    Takes what `make_blocks` takes, a Request's fields by name, and the format's name: one of
    FORMATS. Returns text that ends in "\n". Raises what `make_blocks` raises.
    """
    request = Request(
        protocol=protocol, datasets=tuple(datasets), methods=tuple(methods), bold=bold,
        beside=tuple(map(Path, beside)), view=view,
    )  # fmt: skip
    if style == "html":
        return make_page(name, results, request)
    return render(make_blocks(name, results, request), style)


def write_report(
    name: str,
    results: str | Path,
    output: Path,
    request: Request = Request(),
    *,
    style: str = "markdown",
) -> list[Path]:
    """Write a report to a file in any format, and say what was written.

    Takes what `make_blocks` takes, and a format: one of FORMATS or PICTURE_FORMATS. Pictures go
    into a folder beside the file. Raises what `make_blocks` raises, and ResultsError where a
    file cannot be written.
    """
    if style == "html":
        from rainbench.render.html import files_folder

        page = make_page(name, results, request, output=output)
        folder = files_folder(output)
        return [_write(page, output), *([folder] if folder.is_dir() else [])]
    return write_blocks(make_blocks(name, results, request), style, output)


def write_blocks(blocks: Sequence[Block], style: str, output: Path) -> list[Path]:
    """Write blocks to a file in any format, and say which files were written.

    A text that can show figures gets them drawn in a folder beside it, `page_files/` of
    page.md; a picture format shows them alone, a page after the other. Raises UnknownNameError
    for a format that is none, NotInstalledError for a picture format without matplotlib, and
    UsageError for one where there is nothing to draw.
    """
    from rainbench.render.drawing import draw_beside, draw_pages

    if style in PICTURE_FORMATS:
        return draw_pages(blocks, style, output)
    drawn, files = draw_beside(blocks, style, output)
    return [_write(render(drawn, style), output), *files]


def _write(text: str, output: Path) -> Path:
    from rainbench.runs.journal import writing

    with writing(output):
        output.write_text(text, encoding="utf-8", newline="\n")
    return output


def _read(results: Path, report: Report) -> Sequence[RunRecord]:
    from rainbench.evidence.evidence import read_records

    # A folder that was never made holds no results; another's, or a broken one, is an error.
    needed = report.needs_results and not report.published
    return tuple(read_records(results)) if needed or results.is_dir() else ()


def _gather(records: Sequence[RunRecord], report: Report, request: Request) -> Evidence:
    from rainbench.evidence.attachment import attach
    from rainbench.evidence.evidence import gather
    from rainbench.evidence.published import published_numbers
    from rainbench.evidence.published_method import with_methods

    numbers = published_numbers() if report.published else ()
    evidence = gather(
        records, protocol=request.protocol, datasets=request.datasets, methods=request.methods,
        published=numbers,
    )  # fmt: skip
    evidence = attach(evidence, request.beside, request.view)
    if report.published or report.words:
        return with_methods(evidence, numbers, report.words)
    return evidence


def format_of(path: Path | None) -> str:
    """Name the format that a file's suffix asks for; Markdown where there is none.

    Raises UsageError for a suffix of no format.
    """
    suffix = path.suffix.lower() if path else ""
    if not suffix:
        return "markdown"
    known = {each: name for name, each in {**FORMATS, **PICTURE_FORMATS}.items()}
    if suffix not in known:
        raise UsageError(
            expected=f"a file that ends in {', '.join(sorted(known))}",
            got=str(path),
            now="name it so, or say --format",
        )
    return known[suffix]
