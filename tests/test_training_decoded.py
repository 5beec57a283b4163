"""Pictures decoded once: the same pixels, rebuilt when the files change, bounded."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.errors import DatasetError, ImageError
from rainbench.image import write_png
from rainbench.training import decoded
from rainbench.training.decoded import PIXELS, Decoded, open_decoded
from tests.training_pairs import RAINS, draw_pairs, photograph


@pytest.fixture
def made(tmp_path: Path) -> OpenDataset:
    return open_dataset(str(draw_pairs(tmp_path / "made", scenes=3)))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often pictures are decoded from now on."""
    counted: list[int] = []
    decode = decoded._decode

    def counting(*words: object) -> None:
        counted.append(1)
        decode(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(decoded, "_decode", counting)
    return counted


def test_every_pair_has_the_pixels_of_its_files(made: OpenDataset, cache: Path) -> None:
    found = open_decoded(made, cache=cache)
    assert [pair.name for pair in found.pairs] == [pair.name for pair in made.pairs]
    for mine, pair in zip(found.pairs, made.pairs, strict=True):
        rainy, clean = pair.read()
        np.testing.assert_array_equal(found.read(mine.rainy), rainy)
        np.testing.assert_array_equal(found.read(mine.clean), clean)
        assert mine.scene == pair.scene
    # A clean picture under several rains lies there once.
    assert found.pixels.nbytes == 3 * (1 + RAINS) * 48 * 64 * 3


def test_pictures_are_decoded_once_and_again_when_they_change(
    made: OpenDataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = decodings(monkeypatch)
    first = open_decoded(made, cache=cache)
    assert open_decoded(made, cache=cache).pairs == first.pairs
    assert len(counted) == 1
    write_png(made.folder / "clean" / "1.png", photograph(99))
    changed = open_decoded(made, cache=cache)
    assert len(counted) == 2
    assert changed.pairs[2].clean_sha256 != first.pairs[2].clean_sha256


def test_a_damaged_cache_is_made_again(
    made: OpenDataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = decodings(monkeypatch)
    pixels = np.array(open_decoded(made, cache=cache).pixels)
    (file,) = cache.glob(f"decoded/*/{PIXELS}")
    for content in (file.read_bytes()[:-1], b"\1" + file.read_bytes()[1:]):
        file.write_bytes(content)
        np.testing.assert_array_equal(open_decoded(made, cache=cache).pixels, pixels)
    assert len(counted) == 3


def test_two_that_want_the_same_wait_for_each_other(
    made: OpenDataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = decodings(monkeypatch)
    found: list[Decoded] = []
    threads = [
        threading.Thread(target=lambda: found.append(open_decoded(made, cache=cache)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(counted) == 1


def test_the_cache_is_bounded_and_the_oldest_gives_way(tmp_path: Path, cache: Path) -> None:
    sets = [open_dataset(str(draw_pairs(tmp_path / name, scenes=2))) for name in ("a", "b")]
    size = open_decoded(sets[0], cache=cache).pixels.nbytes
    open_decoded(sets[1], cache=cache, limit=2 * size - 1)
    assert [file.parent.name.partition("-")[0] for file in cache.glob(f"decoded/*/{PIXELS}")] == [
        "b"
    ]
    with pytest.raises(DatasetError, match="room for"):
        open_decoded(sets[0], cache=cache, limit=size - 1)


def test_pairs_of_two_sizes_and_broken_pictures_are_named(made: OpenDataset, cache: Path) -> None:
    write_png(made.folder / "clean" / "1.png", photograph(1, 50, 64))
    with pytest.raises(ImageError, match=r"1_1\.png"):
        open_decoded(made, cache=cache)
    shutil.copy(made.folder / "clean" / "0.png", made.folder / "clean" / "1.png")
    broken = made.folder / "rainy" / "2_1.png"
    broken.write_bytes(broken.read_bytes()[:200])
    with pytest.raises(ImageError, match=r"2_1\.png"):
        open_decoded(made, cache=cache)
    assert not list(cache.glob(f"decoded/*/{PIXELS}"))


def test_rain_without_ground_truth_is_nothing_to_train_on(made: OpenDataset, cache: Path) -> None:
    from dataclasses import replace

    blind = replace(made, pairs=tuple(replace(pair, clean=None) for pair in made.pairs))
    with pytest.raises(DatasetError, match="ground truth"):
        open_decoded(blind, cache=cache)
