from pathlib import Path

import pytest

from rainbench.data.pairs import CLEAN_FOLDERS, RAINY_FOLDERS, read_folder
from rainbench.errors import DatasetError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def pairs(folder: Path) -> dict[str, str]:
    found = read_folder(folder)
    assert not found.lonely
    return {pair.rainy.path.name: pair.clean.path.name for pair in found.pairs if pair.clean}


@pytest.mark.parametrize("rainy", [*RAINY_FOLDERS, "Rainy"])
@pytest.mark.parametrize("clean", [*CLEAN_FOLDERS, "GT"])
def test_the_subfolders_go_by_many_names(tmp_path: Path, rainy: str, clean: str) -> None:
    touch(tmp_path, f"{rainy}/a.png", f"{clean}/a.png")
    assert pairs(tmp_path) == {"a.png": "a.png"}


@pytest.mark.parametrize(
    ("rainy", "clean"),
    [
        ("7.png", "7.jpg"),
        ("rain-007.png", "norain-007.png"),
        ("norain-7.png", "norain-7.png"),
        ("norain-7x2.png", "norain-7.png"),
        ("rain-7.png", "7.png"),
        ("a_b_1.png", "a_b.png"),
        ("a_b_1.png", "a_b_1.png"),
        ("x2.png", "x2.png"),
        ("rain-.png", "rain-.png"),
        ("Straße 雨.png", "Straße 雨.png"),
    ],
)
def test_names_pair(tmp_path: Path, rainy: str, clean: str) -> None:
    touch(tmp_path, f"rainy/{rainy}", f"clean/{clean}")
    assert pairs(tmp_path) == {rainy: clean}


def test_one_clean_picture_serves_many_rainy_ones(tmp_path: Path) -> None:
    touch(tmp_path, "rainy/901_1.jpg", "rainy/901_10.jpg", "rainy/901_2.jpg", "rainy/902_1.jpg")
    touch(tmp_path, "clean/901.jpg", "clean/902.jpg")
    found = read_folder(tmp_path)
    assert [(pair.name, pair.scene) for pair in found.pairs] == [
        ("901_1", "901"), ("901_2", "901"), ("901_10", "901"), ("902_1", "902"),
    ]  # fmt: skip


def test_an_exact_name_comes_before_a_shared_one(tmp_path: Path) -> None:
    touch(tmp_path, "rainy/a.png", "rainy/a_1.png", "rainy/a_2.png", "clean/a.png", "clean/a_1.png")
    assert pairs(tmp_path) == {"a.png": "a.png", "a_1.png": "a_1.png", "a_2.png": "a.png"}


def test_pairs_are_never_made_by_position(tmp_path: Path) -> None:
    touch(tmp_path, "rainy/1.png", "rainy/2.png", "rainy/3.png")
    touch(tmp_path, "clean/1.png", "clean/2.png", "clean/4.png")
    found = read_folder(tmp_path)
    assert [pair.name for pair in found.pairs] == ["1", "2"]
    assert found.lonely == ("clean/4.png", "rainy/3.png")


def test_numbers_with_and_without_zeros_are_two_names(tmp_path: Path) -> None:
    touch(tmp_path, "rainy/1.png", "clean/001.png")
    assert read_folder(tmp_path).lonely == ("clean/001.png", "rainy/1.png")


@pytest.mark.parametrize(
    "names", [("rainy/a.png", "rainy/a.jpg"), ("clean/rain-a.png", "clean/norain-a.png")]
)
def test_two_pictures_of_one_name_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    touch(tmp_path, "rainy/b.png", "clean/b.png", *names)
    with pytest.raises(DatasetError, match="one picture for a name"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "none of them"),
        (("rainy/a.png",), "clean, norain"),
        (("clean/a.png",), "rainy, rain"),
        (("rainy/a.png", "input/a.png", "gt/a.png"), "input, rainy in"),
        (("rainy/a.png", "gt/a.png", "target/a.png"), "gt, target in"),
    ],
)
def test_the_subfolders_must_be_two(tmp_path: Path, names: tuple[str, ...], says: str) -> None:
    touch(tmp_path, *names)
    with pytest.raises(DatasetError, match=says):
        read_folder(tmp_path)


def test_what_is_no_picture_is_not_seen(tmp_path: Path) -> None:
    touch(tmp_path, "rainy/a.png", "clean/a.png", "rainy/Thumbs.db", "clean/.DS_Store", "b.txt")
    touch(tmp_path, "rainy/._a.png", "clean/notes.txt")
    assert pairs(tmp_path) == {"a.png": "a.png"}
