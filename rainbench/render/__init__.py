"""Formats: each renders a report's blocks as text and owns its escaping, in one function."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rainbench.errors import UnknownNameError

if TYPE_CHECKING:
    from rainbench.report import Block

FORMATS = {"csv": ".csv", "json": ".json", "latex": ".tex", "markdown": ".md"}
"""The formats by name, each with the suffix of its files."""


def render(blocks: Sequence[Block], style: str) -> str:
    r"""Render blocks in the format called `style`; the text ends in "\n".

    Raises UnknownNameError for a format that is none.
    """
    if style not in FORMATS:
        raise UnknownNameError.among("format", style, FORMATS)
    return cast(str, import_module(f"rainbench.render.{style}").render(blocks))


def format_of(path: Path | None) -> str:
    """Name the format that a file's suffix asks for; Markdown where it asks for none."""
    suffix = path.suffix.lower() if path else ""
    return next((name for name, known in FORMATS.items() if known == suffix), "markdown")
