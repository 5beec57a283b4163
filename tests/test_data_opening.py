from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rainbench.data.opening import open_dataset, split_spec
from rainbench.errors import DatasetError, PluginError, UnknownNameError, UsageError
from rainbench.image import pixel_sha256, read_size, write_png


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("rain100l", ("rain100l", "test")),
        ("rain100l:train", ("rain100l", "train")),
        ("./mine.py:val", ("./mine.py", "val")),
        (r"C:\data\mine", (r"C:\data\mine", "test")),
        (r"C:\data\mine.py:train", (r"C:\data\mine.py", "train")),
        ("C:data", ("C:data", "test")),
    ],
)
def test_a_spec_is_a_name_and_a_split(spec: str, parts: tuple[str, str]) -> None:
    assert split_spec(spec) == parts


def test_a_folder_of_pairs_opens_by_its_path(tmp_path: Path) -> None:
    folder = touch(tmp_path / "My Pairs (2)", "rain/a_1.png", "rain/a_2.png", "gt/a.png")
    found = open_dataset(str(folder))
    assert (found.name, found.release, found.split) == ("My-Pairs-2", "folder", "test")
    assert (len(found.pairs), found.promised) == (2, 2)
    assert {pair.scene for pair in found.pairs} == {"a"}


def test_a_bare_word_may_be_a_folder_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "mine", "rain/a.png", "gt/a.png")
    monkeypatch.chdir(tmp_path)
    assert open_dataset("mine").name == "mine"
    assert open_dataset("mine:test").name == "mine"
    assert open_dataset("./mine/").name == "mine"
    assert open_dataset("./mine:test").name == "mine"
    with pytest.raises(UnknownNameError, match="split of the folder"):
        open_dataset("mine:train")


def test_a_datasets_name_comes_before_a_folder_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "toy", "rain/a.png", "gt/a.png")
    monkeypatch.chdir(tmp_path)
    assert open_dataset("toy").release == "1"
    assert open_dataset("./toy").release == "folder"


def test_a_folder_with_lonely_pictures_opens_only_partially(tmp_path: Path) -> None:
    folder = touch(tmp_path / "mine", "rain/a.png", "rain/b.png", "gt/a.png", "gt/c.png")
    with pytest.raises(DatasetError, match=r"no partner for gt/c\.png, rain/b\.png"):
        open_dataset(str(folder))
    found = open_dataset(str(folder), partial=True)
    assert (len(found.pairs), found.promised, found.is_partial) == (1, 3, True)


def test_a_folder_without_one_pair_is_refused(tmp_path: Path) -> None:
    folder = touch(tmp_path / "mine", "rain/a.png", "gt/b.png")
    with pytest.raises(DatasetError, match="not one"):
        open_dataset(str(folder), partial=True)


def test_a_path_to_nothing_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder at"):
        open_dataset(str(tmp_path / "none"))


def test_an_unknown_name_offers_near_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean .*rain100l"):
        open_dataset("rain10l", root=tmp_path)


def test_an_unknown_split_offers_the_splits(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="train"):
        open_dataset("rain100l:trian", root=tmp_path)


def test_a_folder_in_no_known_layout_says_which_are_known(tmp_path: Path) -> None:
    touch(tmp_path / "rain100l", "wet/1.png", "dry/1.png")
    with pytest.raises(DatasetError) as caught:
        open_dataset("rain100l", root=tmp_path)
    assert "rainy/rain-001.png with norain/norain-001.png" in str(caught.value)
    assert "dry/1.png, wet/1.png in" in str(caught.value)


MINE = """
    from rainbench import Dataset, Layout, Release

    DATASET = Dataset(
        title="Mine",
        releases={"2024": Release(counts={"test": 2})},
        layouts=(
            Layout.numbered(
                "in/#.png", "out/#.png",
                release="2024", split="test", numbers=range(1, 3), name="{id}",
            ),
        ),
    )
"""


def test_a_plugin_file_finds_its_data_beside_it(
    tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    file = write("mine.py", MINE)
    touch(tmp_path / "mine", "in/1.png", "in/2.png", "out/1.png", "out/2.png")
    found = open_dataset(str(file), root=tmp_path / "elsewhere")
    assert (found.name, found.release) == ("mine", "2024")
    assert found.folder == tmp_path / "mine"


def test_a_broken_plugin_file_is_that_files_failure(write: Callable[[str, str], Path]) -> None:
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        open_dataset(str(write("mine.py", "1 / 0")))


def test_a_read_only_root_is_enough(tmp_path: Path) -> None:
    kinds = ("rainy/rain", "norain/norain")
    names = [f"{kind}-{k:03}.png" for k in range(1, 101) for kind in kinds]
    folder = touch(tmp_path / "rain100l", *names)
    before = sorted(folder.rglob("*"))
    assert len(open_dataset("rain100l", root=tmp_path).pairs) == 100
    assert sorted(folder.rglob("*")) == before
    assert [child.name for child in tmp_path.iterdir()] == ["rain100l"]


def test_toy_is_ten_small_pairs_of_five_photographs() -> None:
    toy = open_dataset("toy")
    assert (len(toy.pairs), toy.promised) == (10, 10)
    assert len({pair.scene for pair in toy.pairs}) == 5
    sizes = {read_size(pair.rainy.path) for pair in toy.pairs}
    assert all(width <= 192 and height <= 128 for width, height in sizes)
    assert any(width % 2 and height % 2 for width, height in sizes)
    assert any(width < height for width, height in sizes)
    for pair in toy.pairs:
        rainy, clean = pair.read()
        assert clean is not None
        streaks = rainy.astype(int) - clean
        assert streaks.min() == 0, "rain adds light, and somewhere there is none"
        unsaturated = (rainy < 255).all(axis=2)
        assert (np.ptp(streaks, axis=2)[unsaturated] == 0).all(), "rain is grey"
        psnr_db = 10 * np.log10(255**2 / np.mean(streaks**2))
        assert 20 < psnr_db < 30


def test_an_open_dataset_reads_no_pixels(tmp_path: Path) -> None:
    folder = touch(tmp_path / "mine", "rain/a.png", "gt/a.png")
    write_png(folder / "gt" / "a.png", np.zeros((2, 2, 3), np.uint8))
    assert len(open_dataset(str(folder)).pairs) == 1  # rain/a.png is empty: the run will say so


def test_the_real_rain100l_is_the_original_release(data: Path) -> None:
    found = open_dataset("rain100l", root=data)
    assert (found.release, len(found.pairs)) == ("original", 100)
    assert found.fingerprint["y-prenet"] == (26.9007, 0.8384)
    assert len({pair.scene for pair in found.pairs}) == 91


def test_real_scenes_are_the_backgrounds_shared_by_pixel(data: Path) -> None:
    digests = defaultdict(set)
    for pair in open_dataset("rain100l", root=data).pairs:
        assert pair.clean is not None
        digests[pair.scene].add(pixel_sha256(pair.clean.read()))
    assert {len(same) for same in digests.values()} == {1}
    assert len({digest for same in digests.values() for digest in same}) == 91


@pytest.mark.parametrize(("split", "count"), [("test", 100), ("train", 700)])
def test_the_real_rain800_is_halves_of_files(data: Path, split: str, count: int) -> None:
    found = open_dataset(f"rain800:{split}", root=data)
    assert len(found.pairs) == count
    rainy, clean = found.pairs[5].read()
    assert clean is not None
    assert rainy.shape == clean.shape
    assert rainy.mean() > clean.mean()


def test_a_real_folder_of_pairs_has_fourteen_rains_a_scene(data: Path) -> None:
    found = open_dataset(str(data / "rain1400-sample" / "testing"))
    assert len(found.pairs) == 28
    assert {pair.scene for pair in found.pairs} == {"901", "902"}
