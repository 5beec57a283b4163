"""How a table fits a printed page: lines of its cells, parts that a page holds, one column or two.

Sizes are counted in letters and lines: what TeX makes of them is near enough to choose by.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rainbench.evidence.evidence import Measurement
from rainbench.evidence.published import Published
from rainbench.render.text import number, origin, printable, printed, scores, standing
from rainbench.report import Cell, Column, Table

WIDE = 8
"""A table of more columns has SSIM under PSNR and short lines in its headings."""

LONG = 28
"""A cell of more letters breaks over lines."""

_HEADING, _SHORT = 28, 7
"""The most letters of a heading's line, in a table of few columns and of many."""

_BROKEN = 18
"""Letters in a line of a column that breaks: a fifth of the text's width."""

_COLUMN = 52
"""Small letters side by side in one column of a two-column page."""

_PAGE = 47
"""Lines that a page holds below a caption and a heading, a quarter of one between rows."""


_NOTHING = "\u200b"


@dataclass(frozen=True)
class Layout:
    """A table as it is to be printed."""

    table: Table
    headings: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Of each column: lines of its title, then what stands below it in small print."""
    breaks: tuple[bool, ...]
    """Which columns break their text over lines."""

    @classmethod
    def of(cls, table: Table) -> Layout:
        """Lay a table out."""
        wide = len(table.columns) > WIDE
        cells = [[row[c] for row in table.rows] for c in range(len(table.columns))]
        breaks = [any(isinstance(cell, str) and len(cell) > LONG for cell in of) for of in cells]
        letters = [_BROKEN if broken else _SHORT if wide else _HEADING for broken in breaks]
        return cls(
            table,
            headings=tuple(map(_heading, table.columns, letters)),
            breaks=tuple(breaks),
        )

    @property
    def wide(self) -> bool:
        """Whether it has so many columns that all must be narrow."""
        return len(self.table.columns) > WIDE

    @property
    def across(self) -> bool:
        """Whether it takes both columns of a two-column page."""
        return sum(map(self._letters, range(len(self.table.columns)))) > _COLUMN

    def parts(self) -> list[range]:
        """Part the rows into as many as a page holds each; at least one part, of no rows too."""
        parts: list[range] = []
        start, used = 0, 0.0
        for r, row in enumerate(self.table.rows):
            height = max((len(self._lines(cell, c)) for c, cell in enumerate(row)), default=1)
            if used and used + height > _PAGE:
                parts.append(range(start, r))
                start, used = r, 0.0
            used += height + 0.25
        return [*parts, range(start, len(self.table.rows))]

    def _letters(self, c: int) -> int:
        """Count the letters of a column's longest line, with the gap to the next column."""
        title, small = self.headings[c]
        cells = (line for row in self.table.rows for line in self._lines(row[c], c))
        widest = max(map(len, (*title, *small, *cells)), default=0)
        return 2 + (min(widest, _BROKEN) if self.breaks[c] else widest)

    def _lines(self, cell: Cell, c: int) -> Sequence[str]:
        if isinstance(cell, Measurement):
            return [*parted(scores(cell), self.wide), *standing(cell)]
        if isinstance(cell, Published):
            return [*parted(printed(cell), self.wide), *origin(cell)]
        if isinstance(cell, str):
            return textwrap.wrap(cell, _BROKEN) or [""] if self.breaks[c] else [cell]
        return ["--" if cell is None else number(cell, self.table.columns[c].decimals)]


def parted(scores: str, wide: bool) -> list[str]:
    """Part a PSNR from an SSIM where columns must be narrow."""
    return scores.split(" / ") if wide else [scores]


def _heading(column: Column, letters: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # What stands in parentheses or behind a comma gets a small line of its own.
    title, bracket, rest = printable(column.title).partition(" (")
    small = [f"({rest}"] if bracket else []
    small += column.unit.split(", ") if column.unit else []
    lines = _wrapped(title, letters) or [""]
    # Small letters: some more of them in as much room.
    return tuple(lines), tuple(part for words in small for part in _wrapped(words, letters + 4))


def _wrapped(words: str, letters: int) -> list[str]:
    # A line may end behind a hyphen, after a single letter too.
    apart = re.sub(r"-(?=\w)", f"-{_NOTHING} ", words)
    lines = textwrap.wrap(apart, letters, break_long_words=False)
    return [line.replace(f"{_NOTHING} ", "").replace(_NOTHING, "") for line in lines]
