from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.data.recognise import recognise
from rainbench.dataset import Dataset, Layout, Release
from rainbench.errors import DatasetError
from rainbench.image import write_png
from rainbench.registry import find_dataset


def png(path: Path, width: int = 481, height: int = 321) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.zeros((height, width, 3), np.uint8))
    return path


def touch(folder: Path, names: Iterable[str]) -> None:
    """Lay out empty files: opening reads names, and sizes only where they can be read."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(*patterns: str, count: int = 100) -> list[str]:
    return [pattern.format(k) for k in range(1, count + 1) for pattern in patterns]


RAIN100 = {
    "folders": ("rainy/rain-{:03}.png", "norain/norain-{:03}.png"),
    "flat": ("rain-{:03}.png", "norain-{:03}.png"),
    "prenet": ("rainy/rain-{:03}.png", "norain-{:03}.png"),
    "jorder": ("test/small/rain/norain-{}.png", "test/small/norain/norain-{}.png"),
    "leftthomas": ("test/rain/norain-{}.png", "test/norain/norain-{}.png"),
    "renumbered": ("input/{}.png", "target/{}.png"),
}


def opened(root: Path, spec: str = "rain100l", *, partial: bool = False) -> OpenDataset:
    return open_dataset(spec, root=root, partial=partial)


@pytest.mark.parametrize("dataset", ["rain100l", "rain100h"])
@pytest.mark.parametrize("layout", RAIN100)
def test_a_pair_has_one_name_and_scene_in_every_layout(
    tmp_path: Path, dataset: str, layout: str
) -> None:
    touch(tmp_path / dataset, names(*RAIN100[layout]))
    found = opened(tmp_path, dataset)
    assert [pair.name for pair in found.pairs] == [f"rain-{k:03}" for k in range(1, 101)]
    assert found.release == "original"
    rainy, clean = RAIN100[layout]
    for k, pair in enumerate(found.pairs, start=1):
        assert pair.clean is not None
        assert pair.rainy.path == tmp_path / dataset / rainy.format(k)
        assert pair.clean.path == tmp_path / dataset / clean.format(k)
    scenes = {pair.name: pair.scene for pair in found.pairs}
    assert len(set(scenes.values())) == 91
    assert scenes["rain-001"] == "bsd300-0"  # norain-1
    assert scenes["rain-003"] == scenes["rain-004"]  # norain-100 and norain-1000
    assert scenes["rain-012"] == scenes["rain-091"]


def test_the_copies_of_rain13k_are_another_release(tmp_path: Path) -> None:
    for k in (1, 2):
        for folder in ("input", "target"):
            png(tmp_path / "rain100h" / folder / f"{k}.png", 480, 320)
    found = opened(tmp_path, "rain100h", partial=True)
    assert found.release == "rain13k"
    assert "y-prenet" in found.fingerprint
    assert any("480x320" in note for note in found.notes)


@pytest.mark.parametrize("folders", [("input", "target"), ("inputcrop", "cleancrop")])
def test_portrait_copies_of_rain13k_are_known_too(tmp_path: Path, folders: tuple[str, str]) -> None:
    for folder in folders:
        png(tmp_path / "rain100h" / folder / "100.png", 320, 480)
    assert opened(tmp_path, "rain100h", partial=True).release == "rain13k"


def test_pictures_of_no_release_are_refused(tmp_path: Path) -> None:
    # Three sample images of this size circulate under Rain100L's name.
    for folder in ("input", "target"):
        png(tmp_path / "rain100l" / folder / "1.png", 512, 384)
    with pytest.raises(DatasetError, match=r"481x321 \(original\), .*480x320.*got 512x384 in"):
        opened(tmp_path, partial=True)


def test_a_mixture_of_releases_names_the_odd_picture(tmp_path: Path) -> None:
    for k, width in ((1, 481), (2, 321), (3, 480)):
        for folder in ("input", "target"):
            png(tmp_path / "rain100l" / folder / f"{k}.png", width, 802 - width)
    with pytest.raises(DatasetError, match=r"480x322 pixels in .*3\.png; keep two releases"):
        opened(tmp_path, partial=True)


def test_the_other_rain100h_of_two_hundred_is_not_taken_for_it(tmp_path: Path) -> None:
    touch(tmp_path / "rain100h", names(*RAIN100["jorder"], count=200))
    with pytest.raises(DatasetError, match=r"stray .*norain-101\.png.* and 197 more"):
        opened(tmp_path, "rain100h")


def test_the_authors_archive_opens_as_unpacked(tmp_path: Path) -> None:
    root = tmp_path / "rain100h" / "Rain100H"
    touch(root, names(*RAIN100["flat"], "rainregion-{:03}.png", "rainstreak-{:03}.png"))
    touch(root, ["readme.txt", "Thumbs.db", ".DS_Store", "__MACOSX/rain-001.png"])
    found = opened(tmp_path, "rain100h")
    assert found.folder == root
    assert len(found.pairs) == 100


@pytest.mark.parametrize("folder", ["Rain100L", "RAIN100L", "rain100l"])
def test_a_folder_is_found_by_its_other_names(tmp_path: Path, folder: str) -> None:
    touch(tmp_path / folder, names(*RAIN100["folders"]))
    assert opened(tmp_path).folder == tmp_path / folder


def test_train_and_test_lie_side_by_side(tmp_path: Path) -> None:
    base = tmp_path / "rain100l"
    touch(base, names(*RAIN100["folders"]))
    touch(base, names("RainTrainL/rain-{}.png", "RainTrainL/norain-{}.png", count=200))
    assert len(opened(tmp_path).pairs) == 100
    train = opened(tmp_path, "rain100l:train")
    assert len(train.pairs) == 200
    assert train.pairs[9].name == "rain-10"


def test_an_unfinished_train_split_does_not_stop_the_test_split(tmp_path: Path) -> None:
    base = tmp_path / "rain100l"
    touch(base, [*names(*RAIN100["folders"]), "RainTrainL/rain-5.png"])
    assert len(opened(tmp_path).pairs) == 100
    with pytest.raises(DatasetError, match=r"split train.*laid out as RainTrainL/rain-1\.png"):
        opened(tmp_path, "rain100l:train")


def test_training_scenes_of_rain100h_stand_under_six_rains(tmp_path: Path) -> None:
    base = tmp_path / "rain100h"
    touch(base, names("RainTrainH/rain-{}.png", "RainTrainH/norain-{}.png", count=1800))
    scenes = [pair.scene for pair in opened(tmp_path, "rain100h:train").pairs]
    assert {scenes.count(scene) for scene in set(scenes)} == {6}


@pytest.mark.parametrize(
    "stray", ["rainy/rain-101.png", "rainy/rain-007 (1).png", "rainy/rain-007.bmp", "x/1.png"]
)
def test_a_stray_picture_is_named(tmp_path: Path, stray: str) -> None:
    touch(tmp_path / "rain100l", [*names(*RAIN100["folders"]), stray])
    for partial in (False, True):
        with pytest.raises(DatasetError) as caught:
            opened(tmp_path, partial=partial)
        assert f"the stray {stray};" in str(caught.value)


@pytest.mark.parametrize("missing", ["rainy/rain-057.png", "norain/norain-057.png"])
def test_a_missing_partner_is_named(tmp_path: Path, missing: str) -> None:
    base = tmp_path / "rain100l"
    touch(base, names(*RAIN100["folders"]))
    (base / missing).unlink()
    partner = "norain/norain-057.png" if missing.startswith("rainy") else "rainy/rain-057.png"
    with pytest.raises(DatasetError, match=rf"no partner for {partner}"):
        opened(tmp_path)
    found = opened(tmp_path, partial=True)
    assert (len(found.pairs), found.promised, found.is_partial) == (99, 100, True)
    assert "rain-057" not in {pair.name for pair in found.pairs}


def test_missing_pairs_are_named_and_counted(tmp_path: Path) -> None:
    touch(tmp_path / "rain100l", names(*RAIN100["folders"], count=28))
    with pytest.raises(DatasetError, match=r"expected 100 pairs.* got 28 in .*rain-029.*69 more"):
        opened(tmp_path)
    assert len(opened(tmp_path, partial=True).pairs) == 28


def test_a_broken_picture_is_left_to_the_run(tmp_path: Path) -> None:
    base = tmp_path / "rain100l"
    png(base / "rainy/rain-001.png")
    png(base / "norain/norain-001.png")
    touch(base, ["rainy/rain-002.png", "norain/norain-002.png"])
    (base / "rainy/rain-002.png").write_text("<html>", encoding="utf-8")
    assert len(opened(tmp_path, partial=True).pairs) == 2


def test_halves_are_clean_and_rainy(tmp_path: Path) -> None:
    path = tmp_path / "rain800" / "test_syn" / "6.jpg"
    path.parent.mkdir(parents=True)
    pixels = np.zeros((16, 64, 3), np.uint8)
    pixels[:, 32:] = 200
    Image.fromarray(pixels).save(path, quality=100)
    pair = opened(tmp_path, "rain800", partial=True).pairs[0]
    rainy, clean = pair.read()
    assert clean is not None
    assert rainy.shape == clean.shape == (16, 32, 3)
    assert rainy.min() > 150 > 50 > clean.max()


SMALL = Dataset(
    title="Small",
    releases={"1": Release(counts={"test": 4})},
    layouts=(
        Layout(
            release="1",
            split="test",
            rainy=r"rainy/(?P<id>\d+)_(?P<rain>\d+)\.png",
            clean=r"clean/(?P<id>\d+)\.png",
            name="{id}_{rain}",
            scene=lambda name: name.partition("_")[0],
            example=("rainy/1_1.png", "clean/1.png"),
        ),
    ),
)


def test_one_clean_picture_serves_many_rainy_ones(tmp_path: Path) -> None:
    touch(tmp_path, ["clean/1.png", "clean/10.png", "clean/2.png"])
    touch(tmp_path, ["rainy/1_1.png", "rainy/1_2.png", "rainy/10_1.png", "rainy/2_1.png"])
    found = recognise(SMALL, "test", tmp_path)
    assert found is not None
    assert [(pair.name, pair.scene) for pair in found.pairs] == [
        ("1_1", "1"), ("1_2", "1"), ("2_1", "2"), ("10_1", "10"),
    ]  # fmt: skip
    assert not found.lonely
    assert not found.strays


def test_two_files_for_one_pair_are_refused(tmp_path: Path) -> None:
    loose = replace(SMALL.layouts[0], rainy=r"rainy/(?P<id>\d+)_(?P<rain>\d+)(x2)?\.png")
    touch(tmp_path, ["clean/1.png", "rainy/1_1.png", "rainy/1_1x2.png"])
    with pytest.raises(DatasetError, match=r"rainy/1_1\.png and rainy/1_1x2\.png"):
        recognise(replace(SMALL, layouts=(loose,)), "test", tmp_path)


def test_a_real_photograph_needs_no_clean_one(tmp_path: Path) -> None:
    real = Dataset(
        title="Real",
        releases={"1": Release(counts={"test": 2})},
        layouts=(
            Layout.numbered("#.jpg", release="1", split="test", numbers=range(1, 3), name="{id}"),
        ),
    )
    touch(tmp_path, ["1.jpg", "2.jpg"])
    found = recognise(real, "test", tmp_path)
    assert found is not None
    assert [pair.clean for pair in found.pairs] == [None, None]


def test_an_empty_folder_is_nothing(tmp_path: Path) -> None:
    assert recognise(find_dataset("rain100l"), "test", tmp_path) is None
