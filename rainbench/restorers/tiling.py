"""An image restored in tiles: memory no longer grows with its area.

Each tile is restored with a margin around it, and the margin is thrown away. Where a method says
how far a pixel is felt, the margin holds all that bears on the tile, and the result is that of the
whole image but for the rounding of floating-point sums. Where it says nothing, the margin only
hides the seams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import lcm, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rainbench.errors import UsageError
from rainbench.image import Image

if TYPE_CHECKING:
    from rainbench.method import Reach
    from rainbench.restorers.restorer import Restorer

MARGIN = 64
"""Pixels around a tile of a method that does not say how far a pixel is felt."""

WORKING_BYTES = 2**30
"""What restoring one tile may take: with the libraries, what they take for themselves, and a
photograph of 16 megapixels and its restored twin, that stays below 2 GiB."""

SMALL = 512 * 512
"""Pixels that are not worth cutting, whatever the method."""

Part = tuple[slice, slice]
"""Rows and columns of an image."""


class Tile(NamedTuple):
    """What is restored at a time, and what of it is kept."""

    window: Part
    """What is restored: the tile with its margin, as far as the image goes."""
    place: Part
    """Where the tile lies in the image."""
    kept: Part
    """Where it lies in the window."""


@dataclass(frozen=True, kw_only=True)
class Tiling:
    """How images are cut."""

    edge: int
    """The most that a tile's sides may be, in pixels, a multiple of `grid`."""
    margin: int
    """Around a tile, in pixels, a multiple of `grid`."""
    grid: int = 1
    """Tiles and windows begin at multiples of this, in pixels."""

    def cut(self, height: int, width: int) -> Iterator[Tile]:
        """Cut an image into tiles of about the same size, row by row."""
        for top, bottom in self._spans(height):
            for left, right in self._spans(width):
                rows, columns = self._around(top, bottom, height), self._around(left, right, width)
                yield Tile(
                    window=(rows, columns),
                    place=(slice(top, bottom), slice(left, right)),
                    kept=(
                        slice(top - rows.start, bottom - rows.start),
                        slice(left - columns.start, right - columns.start),
                    ),
                )

    def count(self, height: int, width: int) -> int:
        """Count the tiles of an image."""
        return len(self._spans(height)) * len(self._spans(width))

    def _spans(self, length: int) -> list[tuple[int, int]]:
        number = -(-length // self.edge)
        step = _up(-(-length // number), self.grid)
        return [(start, min(start + step, length)) for start in range(0, length, step)]

    def _around(self, start: int, end: int, length: int) -> slice:
        return slice(max(start - self.margin, 0), min(end + self.margin, length))


def check_tile(tile: int | None) -> None:
    """See that a tile's size can be meant; None: no tiles. Raises UsageError."""
    if tile is not None and tile < 1:
        raise UsageError(
            expected="a tile of 1 pixel or more", got=f"{tile}", now="leave it out for none"
        )


def plan_tiling(reach: Reach | None, multiple: int, tile: int) -> Tiling:
    """Work out how images are cut into tiles of at most `tile` pixels a side.

    `reach` and `multiple` are a restorer's. A tile is never smaller than what the method pools
    by. Raises UsageError for less than 1.
    """
    check_tile(tile)
    grid = lcm(multiple, reach.grid if reach else 1)
    margin = _up(reach.pixels if reach else MARGIN, grid)
    return Tiling(edge=max(tile // grid * grid, grid), margin=margin, grid=grid)


def choose_tile(restorer: Restorer, height: int, width: int) -> int | None:
    """Choose the tile, in pixels a side, with which restoring takes about WORKING_BYTES.

    None: the image is small enough to be restored whole. What the method takes is measured on
    a made-up image, once an image that is large.
    """
    from rainbench.costs.memory import working_bytes_per_pixel

    if height * width <= SMALL:
        return None
    pixels = WORKING_BYTES / working_bytes_per_pixel(restorer.gauge or restorer)
    if height * width <= pixels:
        return None
    margin = plan_tiling(restorer.reach, restorer.multiple, 1).margin
    return max(int(sqrt(pixels)) - 2 * margin, MARGIN)


def in_tiles(derain: Callable[[Image], Image], tiling: Tiling) -> Callable[[Image], Image]:
    """Make a function that restores an image tile by tile out of one that restores it whole."""

    def derain_tiles(rainy: Image) -> Image:
        restored = np.empty_like(rainy)
        for tile in tiling.cut(*rainy.shape[:2]):
            restored[tile.place] = derain(rainy[tile.window].copy())[tile.kept]
        return restored

    return derain_tiles


def tile_restorer(restorer: Restorer, tile: int | None) -> Restorer:
    """Make a restorer that works in tiles of at most `tile` pixels a side; None: as it is.

    Every tile is held to the method's contract. Whether the result is that of the whole image,
    the restorer returned says (`exact`). Raises UsageError.
    """
    if tile is None:
        return restorer
    tiling = plan_tiling(restorer.reach, restorer.multiple, tile)

    def settle(first: Image, pixels: int) -> Restorer:
        window = next(tiling.cut(*first.shape[:2])).window
        return tile_restorer(restorer.settled(first[window].copy(), pixels), tile)

    return replace(
        restorer,
        tile=tile,
        derain=in_tiles(restorer, tiling),
        lanes=None,
        together=None,
        settle=settle if restorer.settle else None,
    )


def _up(length: int, grid: int) -> int:
    return -(-length // grid) * grid
