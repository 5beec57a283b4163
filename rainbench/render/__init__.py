"""Formats: each renders a report's blocks as text and owns its escaping, in one function."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rainbench.errors import PluginError, RainbenchError, UnknownNameError, in_words
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.view import View

if TYPE_CHECKING:
    from rainbench.evidence import Evidence
    from rainbench.render.drawing import Drawing
    from rainbench.report import Block, Report

FORMATS = {"csv": ".csv", "json": ".json", "latex": ".tex", "markdown": ".md"}
"""The formats that are text by name, each with the suffix of its files."""

PICTURE_FORMATS = {"pdf": ".pdf", "png": ".png"}
"""The formats that are pictures: of figures and grids of pictures alone, written to a file."""


def render(blocks: Sequence[Block | Drawing], style: str) -> str:
    r"""Render blocks in the format called `style`; the text ends in "\n".

    Raises UnknownNameError for a format that is none.
    """
    if style not in FORMATS:
        raise UnknownNameError.among("format", style, FORMATS)
    return cast(str, import_module(f"rainbench.render.{style}").render(blocks))


def make_blocks(
    name: str,
    results: str | Path,
    *,
    protocol: str = HEADLINE,
    datasets: Sequence[str] = (),
    methods: Sequence[str] = (),
    bold: str | None = None,
    beside: Sequence[str | Path] = (),
    view: View = View(),  # noqa: B008 (a frozen value)
) -> list[Block]:
    """Make the blocks of the report of this name, or of this .py file, from evidence.

    Args:
        name: a file in reports/, an installed report, or a path to a user's.
        results: the folder that runs and scored folders leave their records in.
        protocol: whose numbers; a report never mixes two.
        datasets: only these, as "rain100l" or "rain800:train"; none: all.
        methods: only these, by label or by the plug-in's name; none: all.
        bold: which scores stand out, one of `rainbench.emphasis.HABITS`; None: the usual one.
        beside: other files of evidence, or folders of them: training logs, features, audits.
        view: which images, and which parts of them, where the report shows pictures.

    Raises UsageError for a folder without results, UnknownNameError for names that are none,
    and PluginError for a report that breaks.
    """
    from rainbench.attachment import attach
    from rainbench.emphasis import USUAL, emphasise
    from rainbench.registry import find_report
    from rainbench.report import BLOCKS

    report = find_report(name)
    find_protocol(protocol)
    evidence = _gather(Path(results), report, protocol, datasets, methods)
    evidence = attach(evidence, [Path(path) for path in beside], view)
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
    r"""Render a report as text: figures as tables of their points.

    Takes what `make_blocks` takes, and the format's name: one of FORMATS. Returns text that
    ends in "\n". Raises what `make_blocks` raises.
    """
    blocks = make_blocks(
        name, results, protocol=protocol, datasets=datasets, methods=methods, bold=bold,
        beside=beside, view=view,
    )  # fmt: skip
    return render(blocks, style)


def write_blocks(blocks: Sequence[Block], style: str, output: Path) -> list[Path]:
    """Write blocks to a file in any format, and say which files were written.

    A text that can show figures gets them drawn in a folder beside it, `page_files/` of
    page.md; a picture format shows them alone, a page after the other. Raises UnknownNameError
    for a format that is none, NotInstalledError for a picture format without matplotlib, and
    UsageError for one where there is nothing to draw.
    """
    from rainbench.journal import writing
    from rainbench.render.drawing import draw_beside, draw_pages

    if style in PICTURE_FORMATS:
        return draw_pages(blocks, style, output)
    drawn, files = draw_beside(blocks, style, output)
    with writing(output):
        output.write_text(render(drawn, style), encoding="utf-8", newline="\n")
    return [output, *files]


def _gather(
    results: Path,
    report: Report,
    protocol: str,
    datasets: Sequence[str],
    methods: Sequence[str],
) -> Evidence:
    from rainbench.evidence import gather, read_records
    from rainbench.published import published_numbers
    from rainbench.published_method import with_methods

    # A folder that was never made holds no results; another's, or a broken one, is an error.
    needed = report.needs_results and not report.published
    records = read_records(results) if needed or results.is_dir() else ()
    numbers = published_numbers() if report.published else ()
    evidence = gather(
        records, protocol=protocol, datasets=datasets, methods=methods, published=numbers
    )
    if report.published or report.words:
        return with_methods(evidence, numbers, report.words)
    return evidence


def format_of(path: Path | None) -> str:
    """Name the format that a file's suffix asks for; Markdown where it asks for none."""
    suffix = path.suffix.lower() if path else ""
    known = {**FORMATS, **PICTURE_FORMATS}
    return next((name for name, each in known.items() if each == suffix), "markdown")
