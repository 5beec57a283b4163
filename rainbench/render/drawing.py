"""Figures and grids of pictures as files: beside a text that refers to them, or alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainbench.errors import NotInstalledError, UsageError
from rainbench.grid import PictureGrid
from rainbench.render.print_size import STYLE
from rainbench.report import Block, Figure
from rainbench.runs.journal import writing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Page

DOTS_PER_INCH = {"jpeg": 150, "pdf": 300, "png": 300}
"""What journals ask of half-tones; of JPEG, which is for the screen, half of it."""

QUALITY = 80
"""Of JPEG files."""

KINDS = {"markdown": "png", "latex": "pdf"}
"""The kind of file that a format's text shows."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure that was drawn: what a text shows of it."""

    title: str
    file: str
    """Its path from the text, with forward slashes: "page_files/figure-1.png"."""
    width: float
    """In inches, as it is to be printed."""


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw_beside(
    blocks: Sequence[Block], style: str, output: Path
) -> tuple[list[Block | Drawing], list[Path]]:
    """Draw what can be drawn into `OUTPUT_files/`, and put drawings in its place.

    Nothing is drawn where the format shows no pictures, or matplotlib is not installed.
    Returns the blocks and the files. Raises ResultsError where they cannot be written.
    """
    if style not in KINDS or not can_draw():
        return list(blocks), []
    # Of letters that mean nothing in any format.
    folder = output.with_name(f"{re.sub('[^A-Za-z0-9._-]+', '-', output.stem)}_files")
    shown: list[Block | Drawing] = []
    files: list[Path] = []
    for block in blocks:
        if not isinstance(block, Figure | PictureGrid):
            shown.append(block)
            continue
        for page in _pages(block):
            file = folder / f"figure-{len(files) + 1}.{KINDS[style]}"
            _save(page, file, KINDS[style])
            files.append(file)
            relative, width = f"{folder.name}/{file.name}", float(page.get_figwidth())
            shown.append(Drawing(title=block.title, file=relative, width=width))
    return shown, files


def draw_pages(blocks: Sequence[Block], style: str, output: Path) -> list[Path]:
    """Draw what can be drawn: a PDF of several pages, or pictures, numbered where several.

    Returns the files. Raises NotInstalledError without matplotlib, UsageError where there is
    nothing to draw, ResultsError where a file cannot be written.
    """
    if not can_draw():
        raise NotInstalledError(
            expected=f"matplotlib, which draws {style}",
            got="a Python without it",
            now='install it: pip install "rainbench[figures]"',
        )
    pages = [page for block in blocks for page in _pages(block)]
    if not pages:
        raise UsageError(
            expected="a report with a figure or a picture",
            got="one of tables and notes alone",
            now="choose another format: markdown, latex, csv or json",
        )
    if style == "pdf":
        _save_book(pages, output)
        return [output]
    several = len(pages) > 1
    files = [
        output.with_name(f"{output.stem}-{number}{output.suffix}") if several else output
        for number in range(1, len(pages) + 1)
    ]
    for page, file in zip(pages, files, strict=True):
        _save(page, file, style)
    return files


def _pages(block: Block) -> Iterator[Page]:
    from rainbench.render.figure import draw_figure
    from rainbench.render.picture_grid import draw_grid

    if isinstance(block, Figure):
        yield draw_figure(block)
    elif isinstance(block, PictureGrid):
        yield from draw_grid(block)


def _save(page: Page, file: Path, kind: str) -> None:
    content = BytesIO()
    with _styled():
        page.savefig(content, format=kind, dpi=DOTS_PER_INCH[kind], **_settings(kind))
    _write(file, content.getvalue())


def _save_book(pages: Sequence[Page], file: Path) -> None:
    from matplotlib.backends.backend_pdf import PdfPages

    content = BytesIO()
    with _styled(), PdfPages(content, **_settings("pdf")) as book:
        for page in pages:
            book.savefig(page, dpi=DOTS_PER_INCH["pdf"])
    _write(file, content.getvalue())


def _styled() -> AbstractContextManager[None]:
    """Hold the style while a file is written: it is then that matplotlib embeds the letters."""
    from matplotlib import rc_context

    return rc_context(STYLE)


def _settings(kind: str) -> dict[str, Any]:
    if kind == "jpeg":
        return {"pil_kwargs": {"quality": QUALITY}}
    # Without its date, the same evidence makes the same file.
    return {"metadata": {"CreationDate": None}} if kind == "pdf" else {}


def _write(file: Path, content: bytes) -> None:
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
