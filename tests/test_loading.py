"""Pairs read ahead: their digests stay, their pixels may be let go and are then read again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError, ImageError
from rainbench.image import Picture, pixel_sha256, write_png
from rainbench.runs.loading import LoadedPair, load, load_ahead


def draw(path: Path, level: int) -> Picture:
    write_png(path, np.full((6, 8, 3), level, np.uint8))
    return Picture(path)


@pytest.fixture
def pair(tmp_path: Path) -> ImagePair:
    return ImagePair("a", draw(tmp_path / "rainy.png", 90), draw(tmp_path / "clean.png", 80), "a")


def test_pixels_that_were_let_go_come_back(pair: ImagePair) -> None:
    loaded = load(pair)
    light = loaded.without_pixels()
    assert light.held is None
    assert light.rainy_sha256 == pixel_sha256(pair.rainy.read())
    rainy, clean = light.pixels()
    assert (rainy == 90).all()
    assert clean is not None
    assert (clean == 80).all()


def test_a_picture_without_ground_truth_has_none(pair: ImagePair) -> None:
    light = load(ImagePair("a", pair.rainy, None, "a")).without_pixels()
    assert (light.clean_sha256, light.pixels()[1]) == (None, None)


@pytest.mark.parametrize("name", ["rainy.png", "clean.png"])
def test_other_pixels_than_at_first_are_refused(pair: ImagePair, tmp_path: Path, name: str) -> None:
    light = load(pair).without_pixels()
    draw(tmp_path / name, 70)
    with pytest.raises(DatasetError, match="pixels of a that this run began with"):
        light.pixels()
    (tmp_path / name).unlink()
    with pytest.raises(ImageError, match=name):
        light.pixels()


def test_pairs_come_in_order_and_a_broken_one_stops_none(pair: ImagePair, tmp_path: Path) -> None:
    gone = ImagePair("b", Picture(tmp_path / "gone.png"), None, "b")
    pairs = [pair, gone, *(ImagePair(f"c{n}", pair.rainy, pair.clean, "a") for n in range(7))]
    with ThreadPoolExecutor(1) as reader:
        found = list(load_ahead(reader, pairs))
    assert [each for each, _ in found] == pairs
    assert isinstance(found[1][1], ImageError)
    assert sum(isinstance(loaded, LoadedPair) for _, loaded in found) == 8
