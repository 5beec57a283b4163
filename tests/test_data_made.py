import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rainbench.data.made import made_folder, pictures_sha256
from rainbench.dataset import Dataset, Layout, Release
from rainbench.errors import DatasetError, PluginError
from rainbench.image import write_png


def draw(folder: Path) -> None:
    for number in (1, 2):
        write_png(folder / f"{number}.png", np.full((2, 3, 3), number, np.uint8))


DRAWN = Dataset(
    title="Drawn",
    releases={"1": Release(counts={"test": 2})},
    layouts=(
        Layout.numbered("#.png", release="1", split="test", numbers=range(1, 3), name="{id}"),
    ),
    make=draw,
    digest="09f27da9b6ec" + 52 * "0",
)


@pytest.fixture
def drawn(tmp_path: Path) -> Dataset:
    """The dataset with its true digest."""
    (tmp_path / "once").mkdir()
    draw(tmp_path / "once")
    return replace(DRAWN, digest=pictures_sha256(tmp_path / "once"))


def test_it_is_drawn_once(tmp_path: Path, drawn: Dataset) -> None:
    calls = []

    def counted(folder: Path) -> None:
        calls.append(folder)
        draw(folder)

    dataset = replace(drawn, make=counted)
    folder = made_folder("drawn", dataset, tmp_path / "cache")
    assert made_folder("drawn", dataset, tmp_path / "cache") == folder
    assert len(calls) == 1
    assert pictures_sha256(folder) == drawn.digest
    assert drawn.digest[:12] in folder.name


def test_a_damaged_cache_is_drawn_again(tmp_path: Path, drawn: Dataset) -> None:
    folder = made_folder("drawn", drawn, tmp_path)
    (folder / "1.png").write_bytes(b"")
    assert made_folder("drawn", drawn, tmp_path) == folder
    write_png(folder / "2.png", np.zeros((2, 3, 3), np.uint8))
    made_folder("drawn", drawn, tmp_path)
    (folder / "1.png").unlink()
    made_folder("drawn", drawn, tmp_path)
    assert pictures_sha256(folder) == drawn.digest


def test_other_pixels_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected pictures with the digest 09f27da9b6ec"):
        made_folder("drawn", DRAWN, tmp_path)
    assert [file.suffix for file in (tmp_path / "datasets").iterdir()] in ([], [".lock"])


def test_an_interrupted_drawing_leaves_nothing(tmp_path: Path, drawn: Dataset) -> None:
    def interrupted(folder: Path) -> None:
        draw(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_folder("drawn", replace(drawn, make=interrupted), tmp_path)
    assert not [file for file in (tmp_path / "datasets").iterdir() if file.is_dir()]
    assert pictures_sha256(made_folder("drawn", drawn, tmp_path)) == drawn.digest


def test_a_drawing_that_breaks_is_the_plugins_fault(tmp_path: Path, drawn: Dataset) -> None:
    def broken(_: Path) -> None:
        raise ValueError("no colour left")

    with pytest.raises(PluginError, match="got ValueError: no colour left"):
        made_folder("drawn", replace(drawn, make=broken), tmp_path)


def test_many_at_once_draw_one(tmp_path: Path, drawn: Dataset) -> None:
    calls = []

    def counted(folder: Path) -> None:
        calls.append(folder)
        draw(folder)

    dataset = replace(drawn, make=counted)
    threads = [
        threading.Thread(target=made_folder, args=("drawn", dataset, tmp_path)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, drawn: Dataset) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="RAINBENCH_CACHE"):
        made_folder("drawn", drawn, tmp_path / "file")


def test_a_full_disk_says_so(tmp_path: Path, drawn: Dataset) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, os.strerror(28), str(folder))

    with pytest.raises(DatasetError, match="RAINBENCH_CACHE to a folder with room"):
        made_folder("drawn", replace(drawn, make=full), tmp_path)


def test_a_fetched_dataset_is_not_drawn(tmp_path: Path, drawn: Dataset) -> None:
    with pytest.raises(DatasetError, match="drawn here"):
        made_folder("drawn", replace(drawn, make=None), tmp_path)


def test_the_digest_is_of_names_and_pixels(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    draw(tmp_path / "a")
    (tmp_path / "b").mkdir()
    draw(tmp_path / "b")
    (tmp_path / "b" / "readme.txt").touch()
    assert pictures_sha256(tmp_path / "a") == pictures_sha256(tmp_path / "b")
    (tmp_path / "b" / "1.png").rename(tmp_path / "b" / "3.png")
    assert pictures_sha256(tmp_path / "a") != pictures_sha256(tmp_path / "b")
