"""Grids of pictures as matplotlib draws them, at print size: frames, enlarged parts, captions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Page
from matplotlib.patches import Rectangle

from rainbench.grid import FRAME_COLOURS, GridRow, PictureGrid, Zoom
from rainbench.image import Pixels
from rainbench.render.print_size import (
    COLUMN,
    PAGE,
    PAGE_HEIGHT,
    POINTS,
    SMALL_POINTS,
    STYLE,
    letters_that_fit,
)
from rainbench.render.text import printable

MOST_COLUMNS = 7
"""Pictures side by side; more go below, for their captions would not be legible."""

_FEW = 3
"""As many fit one column of a two-column page."""

_GAP = 0.04
_LINE = 1.3 * SMALL_POINTS / 72
_NAME = 1.5 * POINTS / 72
_FRAME = 1.2


@dataclass(frozen=True)
class _Strip:
    """Some columns of one row, side by side: what stands below each other on a page."""

    grid: PictureGrid
    row: GridRow
    columns: range
    width: float
    """Of one picture, in inches."""
    headed: bool
    """Whether the columns' names stand above."""

    @property
    def aspect(self) -> float:
        """Height by width of the row's tallest picture."""
        shapes = [panel.pixels.shape for panel in self.row.panels if panel is not None]
        return max((height / width for height, width, _ in shapes), default=0.0)

    @property
    def zoom_height(self) -> float:
        """Of the enlarged parts, in inches."""
        if not self.row.zooms:
            return 0.0
        return max(self.zoom_width * zoom.height / zoom.width for zoom in self.row.zooms)

    @property
    def zoom_width(self) -> float:
        """Of one enlarged part, in inches."""
        count = max(1, len(self.row.zooms))
        return (self.width - _GAP * (count - 1)) / count

    @property
    def heads(self) -> list[list[str]]:
        """The columns' names, in lines."""
        return [
            _lines(self.grid.columns[i], self.width) if self.headed else [] for i in self.columns
        ]

    @property
    def captions(self) -> list[list[str]]:
        """What stands under the pictures, in lines."""
        panels = (self.row.panels[i] for i in self.columns)
        return [_lines(panel.caption, self.width) if panel else [] for panel in panels]

    @property
    def height(self) -> float:
        """In inches, with the gap below."""
        lines = max(map(len, self.heads)) + max(map(len, self.captions))
        zooms = self.zoom_height + _GAP if self.row.zooms else 0.0
        return self.width * self.aspect + zooms + lines * _LINE + 3 * _GAP


def draw_grid(grid: PictureGrid) -> Iterator[Page]:
    """Draw a grid on as many pages as it takes; its title is left to the caption."""
    with rc_context(STYLE):
        for strips in _paged(list(_strips(grid))):
            yield _page(grid, strips)


def _strips(grid: PictureGrid) -> Iterator[_Strip]:
    count = len(grid.columns)
    lines = max(1, -(-count // MOST_COLUMNS))
    each = -(-count // lines) or 1
    page = COLUMN if count <= _FEW else PAGE
    width = (page - _NAME - _GAP * each) / each
    for part in range(0, count, each):
        columns = range(part, min(part + each, count))
        for number, row in enumerate(grid.rows):
            yield _Strip(grid, row, columns, width, headed=number == 0)


def _paged(strips: Sequence[_Strip]) -> Iterator[list[_Strip]]:
    page: list[_Strip] = []
    for strip in strips:
        if page and sum(each.height for each in page) + strip.height > PAGE_HEIGHT:
            yield page
            page = []
        page.append(strip)
    if page:
        yield page


def _page(grid: PictureGrid, strips: Sequence[_Strip]) -> Page:
    width = COLUMN if len(grid.columns) <= _FEW else PAGE
    height = sum(strip.height for strip in strips)
    page = Page(figsize=(width, height))
    FigureCanvasAgg(page)
    top = height
    for strip in strips:
        _draw_strip(page, strip, top)
        top -= strip.height
    return page


def _draw_strip(page: Page, strip: _Strip, top: float) -> None:
    height = max(map(len, strip.heads)) * _LINE
    picture_top = top - height - _GAP
    picture_height = strip.width * strip.aspect
    _write(
        page, 0.4 * _NAME, picture_top - picture_height / 2, printable(strip.row.name), turned=True
    )
    for place, column in enumerate(strip.columns):
        left = _NAME + place * (strip.width + _GAP)
        middle = left + strip.width / 2
        for number, line in enumerate(reversed(strip.heads[place])):
            _write(page, middle, picture_top + _GAP / 2 + (number + 0.5) * _LINE, line)
        panel = strip.row.panels[column]
        if panel is None:
            continue
        pixels = panel.pixels
        shown = strip.width * pixels.shape[0] / pixels.shape[1]
        box = (left, picture_top - shown, strip.width, shown)
        axes = _show(page, box, pixels, smooth=strip.grid.smooth)
        for zoom, colour in zip(strip.row.zooms, FRAME_COLOURS, strict=False):
            place_of = (zoom.left - 0.5, zoom.top - 0.5)
            axes.add_patch(
                Rectangle(
                    place_of, zoom.width, zoom.height, fill=False, edgecolor=colour, lw=_FRAME
                )
            )
        below = _draw_zooms(page, strip, pixels, left, picture_top - picture_height)
        for number, line in enumerate(strip.captions[place]):
            _write(page, middle, below - (number + 0.5) * _LINE - _GAP / 2, line)


def _draw_zooms(page: Page, strip: _Strip, pixels: Pixels, left: float, top: float) -> float:
    """Draw the enlarged parts below `top`, and say where they end; in inches."""
    if not strip.row.zooms:
        return top
    top -= _GAP
    for zoom, colour in zip(strip.row.zooms, FRAME_COLOURS, strict=False):
        height = strip.zoom_width * zoom.height / zoom.width
        part = _cut(pixels, zoom)
        if part.size:
            box = (left, top - height, strip.zoom_width, height)
            axes = _show(page, box, part, smooth=strip.grid.smooth)
            for spine in axes.spines.values():
                spine.set(visible=True, edgecolor=colour, linewidth=_FRAME)
        left += strip.zoom_width + _GAP
    return top - strip.zoom_height


def _cut(pixels: Pixels, zoom: Zoom) -> Pixels:
    return pixels[zoom.top : zoom.top + zoom.height, zoom.left : zoom.left + zoom.width]


def _show(
    page: Page, box: tuple[float, float, float, float], pixels: Pixels, *, smooth: bool
) -> Axes:
    """Show pixels in a box (left, bottom, width, height) in inches."""
    width, height = page.get_size_inches()
    left, bottom, across, along = box
    axes = page.add_axes((left / width, bottom / height, across / width, along / height))
    axes.imshow(pixels, interpolation="antialiased" if smooth else "nearest", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes


def _write(page: Page, x: float, y: float, text: str, *, turned: bool = False) -> None:
    """Write a line around a point in inches from the lower left."""
    width, height = page.get_size_inches()
    page.text(
        x / width, y / height, text, ha="center", va="center", fontsize=SMALL_POINTS,
        rotation=90 if turned else 0, parse_math=False,
    )  # fmt: skip


def _lines(text: str, inches: float) -> list[str]:
    """Break words into lines that fit; scores break at their stroke."""
    fitting = letters_that_fit(inches)
    text = printable(text)
    if len(text) <= fitting:
        return [text] if text else []
    parts = text.split(" / ")
    return [line for part in parts for line in textwrap.wrap(part, fitting)]
