"""How large things are in print: the widths of a two-column page, and letters one can read."""

from __future__ import annotations

from typing import Any

COLUMN = 3.3
"""The width of one column of a two-column page, in inches."""
PAGE = 6.9
"""The width of both, in inches."""
PAGE_HEIGHT = 9.0
"""The most a figure takes of a page's height, in inches."""

POINTS = 8.0
"""The size of letters in points, of 1/72 inch."""
SMALL_POINTS = 7.0
"""The least size of letters that print keeps legible."""

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": POINTS,
    "axes.titlesize": POINTS,
    "axes.labelsize": POINTS,
    "xtick.labelsize": SMALL_POINTS,
    "ytick.labelsize": SMALL_POINTS,
    "legend.fontsize": SMALL_POINTS,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.5,
    "pdf.fonttype": 42,  # letters stay letters; journals refuse type 3
}
"""What matplotlib is to draw with."""


def letters_that_fit(inches: float) -> int:
    """Say how many small letters stand side by side in so many inches, at least one."""
    return max(1, int(inches * 72 / (0.6 * SMALL_POINTS)))
