"""Tiles: the whole image is covered once, and restored as if at once where a method says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rainbench.errors import MethodError, UsageError
from rainbench.image import Image
from rainbench.method import Reach
from rainbench.restorers.restorer import Restorer
from rainbench.restorers.tiling import MARGIN, Tiling, in_tiles, plan_tiling, tile_restorer

sides = st.integers(1, 90)


def restorer(derain: object, reach: Reach | None = None) -> Restorer:
    return Restorer(
        method="m", label="m", title="m", settings={}, method_sha256="0" * 64, reach=reach,
        derain=derain,  # type: ignore[arg-type]
    )  # fmt: skip


@given(sides, sides, st.integers(1, 12), st.integers(0, 9), st.sampled_from([1, 2, 4, 8]))
def test_tiles_cover_every_pixel_once_with_a_margin_around(
    height: int, width: int, edge: int, margin: int, grid: int
) -> None:
    tiling = Tiling(edge=edge * grid, margin=margin * grid, grid=grid)
    covered = np.zeros((height, width), int)
    tiles = list(tiling.cut(height, width))
    assert len(tiles) == tiling.count(height, width)
    for tile in tiles:
        covered[tile.place] += 1
        for length, window, place, kept in zip((height, width), *tile, strict=True):
            assert window.start % grid == place.start % grid == 0
            assert window.start == max(place.start - tiling.margin, 0)
            assert window.stop == min(place.stop + tiling.margin, length)
            assert (kept.start + window.start, kept.stop + window.start) == (
                place.start,
                place.stop,
            )
            assert place.stop - place.start <= tiling.edge
    assert (covered == 1).all()


def test_a_tile_keeps_to_the_grid_of_network_and_size_rule_together() -> None:
    assert plan_tiling(Reach(195, grid=4), 6, 100) == Tiling(edge=96, margin=204, grid=12)
    assert plan_tiling(Reach(3, grid=8), 1, 5) == Tiling(edge=8, margin=8, grid=8)
    assert plan_tiling(None, 5, 12).margin == -(-MARGIN // 5) * 5


def blur(rainy: Image, radius: int = 3) -> Image:
    """Average along rows, zeros beyond the edges."""
    padded = np.pad(rainy, ((0, 0), (radius, radius), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=1)
    return np.asarray(windows.mean(-1), np.float32)


def test_a_margin_of_the_reach_is_needed_and_enough() -> None:
    rainy = np.random.default_rng(0).random((20, 41, 3), dtype=np.float32)
    enough, short = (Tiling(edge=8, margin=margin) for margin in (3, 2))
    np.testing.assert_allclose(in_tiles(blur, enough)(rainy), blur(rainy), atol=1e-6)
    assert np.abs(in_tiles(blur, short)(rainy) - blur(rainy)).max() > 1e-3


def test_a_restorer_says_whether_its_tiles_are_exact() -> None:
    local, far = restorer(blur, Reach(3)), restorer(blur)
    assert [local.exact, far.exact] == [True, True]
    assert tile_restorer(local, None) is local
    assert tile_restorer(local, 8).exact
    tiled = tile_restorer(far, 8)
    assert (tiled.exact, tiled.tile) == (False, 8)


def test_every_tile_is_held_to_the_contract() -> None:
    rainy = np.zeros((20, 20, 3), np.float32)

    def larger(part: Image) -> Image:
        return np.pad(part, ((0, 1), (0, 1), (0, 0)))

    def writing(part: Image) -> Image:
        part += 0.5
        return part

    for broken in (larger, writing):
        with pytest.raises(MethodError, match="from m"):
            tile_restorer(restorer(broken, Reach(0)), 8)(rainy)


def test_the_image_given_is_not_what_tiles_are_written_to() -> None:
    rainy = np.random.default_rng(0).random((20, 20, 3), dtype=np.float32)
    same = tile_restorer(restorer(lambda part: part, Reach(0)), 8)
    assert same(rainy) is not rainy
    np.testing.assert_array_equal(same(rainy), rainy)


def test_a_tile_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="1 pixel or more"):
        tile_restorer(restorer(blur), 0)
