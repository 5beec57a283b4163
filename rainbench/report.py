"""What a file in reports/ must say: one frozen REPORT, a function of evidence.

A report says what is shown; the renderers in rainbench/render say how, and own all escaping.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Literal, TypeAlias

from rainbench.errors import ProtocolError, UsageError
from rainbench.evidence.evidence import Evidence, Measurement
from rainbench.evidence.published import Published
from rainbench.grid import PictureGrid

Cell: TypeAlias = str | int | float | Measurement | Published | None
"""Words, a count, a number (its column says how many decimals), a measurement, what somebody
printed (in italics, with its source), or nothing."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    title: str
    unit: str = ""
    """The unit, and the protocol where it shows scores: "ms", "PSNR (dB) / SSIM, y-prenet"."""
    align: Literal["left", "right"] = "left"
    decimals: int = 2
    """Decimals printed of a float; a measurement has its own."""


Rank: TypeAlias = Literal["", "best", "second", "tied"]
"""How a score stands to the others: bold, underlined, or a dagger: as good as the best."""


@dataclass(frozen=True, kw_only=True)
class Emphasis:
    """How a measurement's two figures stand to the others of its dataset."""

    row: int
    column: int
    psnr: Rank = ""
    ssim: Rank = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells under one protocol.

    A table of measurements mixes neither protocols nor, within a column (or a row), data:
    Raises ProtocolError naming the offending rows. Raises UsageError where a row has another
    length than the columns. Published numbers bring their own protocol and compete for nothing.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int = 1
    """How many columns, counted from the left, say what a row is; the rest say what was found."""
    data_in: Literal["columns", "rows"] = "columns"
    """Whether it is a column or a row that shows one release of one dataset."""
    emphasis: tuple[Emphasis, ...] = ()
    """Measurements that stand out; reports leave it to `--bold`."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise UsageError(
                    expected=f"{len(self.columns)} cells in each row of {self.title!r}",
                    got=f"{len(row)} in the row of {row[0] if row else 'nothing'}",
                    now="give every column a cell, None where there is nothing",
                )
        _refuse_mixture("one protocol in a table", self._measurements(), lambda m: m.protocol)
        for name, cells in self._lines():
            _refuse_mixture(f"one release in {name}", cells, lambda m: m.data)

    @property
    def protocol(self) -> str | None:
        """The protocol of the table's measurements; None where it has none."""
        return next((cell.protocol for _, cell in self._measurements()), None)

    def ranks(self, row: int, column: int) -> tuple[Rank, Rank]:
        """Say how a cell's PSNR and SSIM stand to the others."""
        found = (each for each in self.emphasis if (each.row, each.column) == (row, column))
        return next(((each.psnr, each.ssim) for each in found), ("", ""))

    def _lines(self) -> list[tuple[str, list[tuple[str, Measurement]]]]:
        """List what must be of one release: each column, or each row, with its measurements."""
        if self.data_in == "columns":
            return [
                (f"column {column.title!r}", self._measurements(index))
                for index, column in enumerate(self.columns)
            ]
        titles = [column.title for column in self.columns]
        return [
            (
                f"the row of {row[0] if row else 'nothing'}",
                [(t, m) for t, m in zip(titles, row, strict=True) if isinstance(m, Measurement)],
            )
            for row in self.rows
        ]

    def _measurements(self, column: int | None = None) -> list[tuple[str, Measurement]]:
        return [
            (str(row[0]), cell)
            for row in self.rows
            for cell in (row if column is None else row[column : column + 1])
            if isinstance(cell, Measurement)
        ]


@dataclass(frozen=True)
class Series:
    """One named line, cloud or histogram of a figure.

    Raises UsageError where there are labels, but not one a point.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    """(x, y) each; of a histogram the middle of a bin and its height, bins of one width."""
    kind: Literal["line", "points", "histogram"] = "line"
    labels: tuple[str, ...] = ()
    """What stands beside each point; none: nothing does."""

    def __post_init__(self) -> None:
        if self.labels and len(self.labels) != len(self.points):
            raise UsageError(
                expected=f"a label for each of {len(self.points)} points of {self.name!r}, or none",
                got=f"{len(self.labels)}",
                now='give every point a label, "" where nothing stands beside it',
            )


Scale: TypeAlias = Literal["linear", "log"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Series over two axes; a format that cannot draw prints the points as a table."""

    title: str
    x: str
    """What the horizontal axis shows, with the unit."""
    y: str
    """What the vertical axis shows, with the unit, and the protocol where it is a score."""
    series: tuple[Series, ...]
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"

    def as_table(self) -> Table:
        """Tell the figure's points as a table, one row a point."""
        values = zip(*(point for line in self.series for point in line.points), strict=True)
        digits = [*map(_decimals, values)] or [2, 2]
        axes = (
            Column(title=name, align="right", decimals=decimals)
            for name, decimals in zip((self.x, self.y), digits, strict=True)
        )
        labelled = any(line.labels for line in self.series)
        rows = tuple(
            (line.name, *([line.labels[i] if line.labels else None] if labelled else []), x, y)
            for line in self.series
            for i, (x, y) in enumerate(line.points)
        )
        said = (Column(title="series"), *([Column(title="point")] if labelled else []))
        return Table(title=self.title, columns=(*said, *axes), rows=rows, keys=len(said) + 1)


def grid_as_table(grid: PictureGrid) -> Table:
    """Tell what stands under a grid's pictures as a table, one row an image."""
    return Table(
        title=grid.title,
        columns=(
            Column(title="image", unit=grid.captions),
            *(Column(title=name, align="right") for name in grid.columns),
        ),
        rows=tuple(
            (row.name, *(None if panel is None else panel.caption for panel in row.panels))
            for row in grid.rows
        ),
    )


@dataclass(frozen=True)
class Note:
    """A paragraph of plain words; formats escape it."""

    text: str


Block: TypeAlias = Table | Figure | PictureGrid | Note
BLOCKS = (Table, Figure, PictureGrid, Note)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A table, a figure, or several, drawn from evidence."""

    title: str
    make: Callable[[Evidence], Sequence[Block]]
    """Arranges the evidence; measures nothing and reads no file."""
    published: bool = False
    """Whether it shows published numbers too: then it says something where nothing is measured."""
    words: tuple[str, ...] = ()
    """METHOD words, besides those of published numbers, whose settings and parameters it shows."""
    needs_results: bool = True
    """Whether it has nothing to say without results of runs, nor published numbers; not so of
    training logs and the like."""


def as_table(block: Table | Figure | PictureGrid) -> Table:
    """Tell a block that is no note as a table, for a format that draws nothing."""
    if isinstance(block, Figure):
        return block.as_table()
    return grid_as_table(block) if isinstance(block, PictureGrid) else block


def _decimals(values: Sequence[float]) -> int:
    """Say with how many decimals figures stay what they are: none of counts, more of small ones."""
    known = [abs(value) for value in values if isfinite(value)]
    if all(value == int(value) for value in known):
        return 0
    least = min(value for value in known if value)
    return min(6, max(2, 2 - floor(log10(least))))


def _refuse_mixture(
    expected: str,
    cells: list[tuple[str, Measurement]],
    name: Callable[[Measurement], str],
) -> None:
    if len({name(cell) for _, cell in cells}) > 1:
        raise ProtocolError(
            expected=expected,
            got=", ".join(f"{row} under {name(cell)}" for row, cell in cells),
            now="make one table for each",
        )
