"""Series over two axes as matplotlib draws them, at print size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Page
from matplotlib.ticker import LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from rainbench.render.print_size import COLUMN, SMALL_POINTS, STYLE, letters_that_fit
from rainbench.render.text import printable
from rainbench.report import Figure, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.text import Annotation

HEIGHT = 2.6
"""Of a figure without its legend, in inches."""

_LEGEND_LINE = 0.16

# Okabe and Ito's colours, which colour-blind readers tell apart; in grey, dashes and marks do.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("-", "--", "-.", ":")
_MARKS = ("o", "s", "^", "D", "v", "P", "X")

# Where a label may stand to its point, in points to the right and up: the first that fits.
_PLACES = (
    *((5, 0, "left", "center"), (-5, 0, "right", "center")),
    *((0, 5, "center", "bottom"), (0, -5, "center", "top")),
    *((4, 4, "left", "bottom"), (4, -4, "left", "top")),
    *((-4, 4, "right", "bottom"), (-4, -4, "right", "top")),
    *((0, 14, "center", "bottom"), (0, -14, "center", "top")),
)


def draw_figure(figure: Figure) -> Page:
    """Draw a figure for one column of a two-column page; its title is left to the caption."""
    with rc_context(STYLE):
        named = [printable(each.name) for each in figure.series] if len(figure.series) > 1 else []
        # Six more letters are the line before a name and the gap behind it.
        across = max(1, letters_that_fit(COLUMN) // (max(map(len, named), default=0) + 6))
        height = HEIGHT + _LEGEND_LINE * -(-len(named) // across)
        page = Page(figsize=(COLUMN, height), layout="constrained")
        FigureCanvasAgg(page)
        axes = page.add_subplot()
        # A dollar in a name is a dollar, and no mathematics.
        axes.set_xlabel(printable(figure.x), parse_math=False)
        axes.set_ylabel(printable(figure.y), parse_math=False)
        axes.set_xscale(figure.x_scale)
        axes.set_yscale(figure.y_scale)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(visible=True, linewidth=0.3, color="#cccccc")
        axes.set_axisbelow(True)
        for index, series in enumerate(figure.series):
            _draw(axes, series, index)
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_scale() == "log":
                _mark_logarithm(axis)
        if named:
            legend = page.legend(
                loc="outside lower left", frameon=False, ncols=across, handlelength=2
            )
            for text in legend.get_texts():
                text.set_parse_math(False)
        _place_labels(page, axes, [label for series in figure.series for label in _labels(series)])
        return page


def _mark_logarithm(axis: Axis) -> None:
    """Write 1, 2 and 5 of each power of ten, or the powers alone where there are many."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 200 * low else (1,)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(lambda value, _: _short(value))


def _short(value: float) -> str:
    """Write 20000 as 20k, so that numbers side by side do not touch."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _draw(axes: Axes, series: Series, index: int) -> None:
    look: dict[str, Any] = {
        "color": _COLOURS[index % len(_COLOURS)],
        "label": printable(series.name),
    }
    x, y = [point[0] for point in series.points], [point[1] for point in series.points]
    dashes = _DASHES[index % len(_DASHES)]
    if series.kind == "points":
        axes.plot(x, y, linestyle="none", marker=_MARKS[index % len(_MARKS)], **look)
    elif series.kind == "histogram":
        axes.step(x, y, where="mid", linestyle=dashes, **look)
    else:
        # A line of one point would not be seen.
        axes.plot(x, y, linestyle=dashes, marker="o" if len(x) == 1 else "", **look)


def _labels(series: Series) -> Iterator[tuple[tuple[float, float], str]]:
    for point, label in zip(series.points, series.labels, strict=False):
        if label:
            yield point, printable(label)


def _place_labels(page: Page, axes: Axes, labels: list[tuple[tuple[float, float], str]]) -> None:
    """Put each label beside its point where it covers neither point nor label put before."""
    if not labels:
        return
    axes.margins(0.12)
    page.draw_without_rendering()
    taken = [_around(axes, point) for point, _ in labels]
    inside = axes.get_window_extent()
    for point, text in labels:
        best: tuple[float, Annotation, Bbox] | None = None
        for dx, dy, across, along in _PLACES:
            note = axes.annotate(
                text, point, (dx, dy), textcoords="offset points", ha=across, va=along,
                fontsize=SMALL_POINTS, parse_math=False,
            )  # fmt: skip
            note.set_in_layout(False)
            box = note.get_window_extent()
            covered = sum(_overlap(box, other) for other in taken) + _outside(box, inside)
            if best is not None and covered >= best[0]:
                note.remove()
                continue
            if best is not None:
                best[1].remove()
            best = (covered, note, box)
            if covered == 0:
                break
        if best is not None:
            taken.append(best[2])


def _around(axes: Axes, point: tuple[float, float]) -> Bbox:
    x, y = axes.transData.transform(point)
    return Bbox.from_extents(x - 3, y - 3, x + 3, y + 3)


def _overlap(one: Bbox, other: Bbox) -> float:
    common = Bbox.intersection(one, other)
    return 0.0 if common is None else float(common.width * common.height)


def _outside(box: Bbox, inside: Bbox) -> float:
    """Measure how much of a label lies outside the axes, where it would be cut off."""
    return float(box.width * box.height) - _overlap(box, inside)
