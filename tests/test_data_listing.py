from pathlib import Path

import pytest

from rainbench.data.listing import natural, pictures_in, some


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_only_pictures_are_listed_in_their_natural_order(tmp_path: Path) -> None:
    touch(tmp_path, "a/10.png", "a/9.JPG", "b.tif", "README.txt", "data.mat", "a/9.png.part")
    assert pictures_in(tmp_path) == ("a/9.JPG", "a/10.png", "b.tif")


def test_what_systems_leave_behind_is_not_seen(tmp_path: Path) -> None:
    touch(tmp_path, "1.png", ".DS_Store", "Thumbs.db", "._1.png", "__MACOSX/1.png", ".git/1.png")
    assert pictures_in(tmp_path) == ("1.png",)


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/1.png")
    (tmp_path / "data").mkdir()
    try:
        (tmp_path / "data" / "rainy").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "data")
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert pictures_in(tmp_path / "data") == ("rainy/1.png",)


def test_natural_order_is_total_and_by_value() -> None:
    names = ["rain-10", "rain-9", "rain-009", "rain-", "rain", "10_2", "10_10", "9_1", ""]
    assert sorted(names, key=natural) == [
        "", "9_1", "10_2", "10_10", "rain", "rain-", "rain-009", "rain-9", "rain-10",
    ]  # fmt: skip
    assert len({natural(name) for name in names}) == len(names)


def test_a_long_list_is_said_short() -> None:
    assert some(["a"]) == "a"
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
