"""Formats: each renders a report's blocks as text and owns its escaping, in one function."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rainbench.errors import PluginError, RainbenchError, UnknownNameError, in_words
from rainbench.protocol import HEADLINE, find_protocol

if TYPE_CHECKING:
    from rainbench.evidence import Evidence
    from rainbench.report import Block, Report

FORMATS = {"csv": ".csv", "json": ".json", "latex": ".tex", "markdown": ".md"}
"""The formats by name, each with the suffix of its files."""


def render(blocks: Sequence[Block], style: str) -> str:
    r"""Render blocks in the format called `style`; the text ends in "\n".

    Raises UnknownNameError for a format that is none.
    """
    if style not in FORMATS:
        raise UnknownNameError.among("format", style, FORMATS)
    return cast(str, import_module(f"rainbench.render.{style}").render(blocks))


def render_report(
    name: str,
    results: str | Path,
    *,
    style: str = "markdown",
    protocol: str = HEADLINE,
    datasets: Sequence[str] = (),
    methods: Sequence[str] = (),
    bold: str | None = None,
) -> str:
    r"""Render the report of this name, or of this .py file, over a folder of results.

    Args:
        name: a file in reports/, an installed report, or a path to a user's.
        results: the folder that runs and scored folders leave their records in.
        style: one of FORMATS.
        protocol: whose numbers; a report never mixes two.
        datasets: only these, as "rain100l" or "rain800:train"; none: all.
        methods: only these, by label or by the plug-in's name; none: all.
        bold: which scores stand out, one of `rainbench.emphasis.HABITS`; None: the usual one.

    Returns text that ends in "\n". Raises UsageError for a folder without results,
    UnknownNameError for names that are none, and PluginError for a report that breaks.
    """
    from rainbench.emphasis import USUAL, emphasise
    from rainbench.registry import find_report

    report = find_report(name)
    find_protocol(protocol)
    evidence = _gather(Path(results), report, protocol, datasets, methods)
    try:
        return render(emphasise(report.make(evidence), bold or USUAL, evidence), style)
    except RainbenchError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(
            expected=f"the report {name} to make its blocks", got=in_words(error), now="mend it"
        ) from error


def _gather(
    results: Path,
    report: Report,
    protocol: str,
    datasets: Sequence[str],
    methods: Sequence[str],
) -> Evidence:
    from rainbench.evidence import gather, read_records

    if not report.published:
        return gather(read_records(results), protocol=protocol, datasets=datasets, methods=methods)
    from rainbench.published import published_numbers
    from rainbench.published_method import with_methods

    # A folder that was never made holds no results; another's, or a broken one, is an error.
    records = read_records(results) if results.is_dir() else ()
    numbers = published_numbers()
    evidence = gather(
        records, protocol=protocol, datasets=datasets, methods=methods, published=numbers
    )
    return with_methods(evidence, numbers)


def format_of(path: Path | None) -> str:
    """Name the format that a file's suffix asks for; Markdown where it asks for none."""
    suffix = path.suffix.lower() if path else ""
    return next((name for name, known in FORMATS.items() if known == suffix), "markdown")
