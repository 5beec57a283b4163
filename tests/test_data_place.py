from pathlib import Path

import pytest

from rainbench.data.place import cache_place, data_places, named_folders


def test_the_stated_folder_comes_before_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RAINBENCH_CACHE", str(tmp_path / "cache"))
    assert data_places()[0] == tmp_path / "data"
    assert len(data_places()) == 2
    assert cache_place() == tmp_path / "cache"


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_stated_means_the_users_folders(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    for name in ("RAINBENCH_DATA", "RAINBENCH_CACHE"):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert len(data_places()) == 1
    assert "rainbench" in data_places()[0].parts
    assert "rainbench" in cache_place().parts


def test_what_is_passed_comes_before_all(tmp_path: Path) -> None:
    assert data_places(tmp_path) == (tmp_path,)
    assert cache_place(tmp_path) == tmp_path


def test_folders_are_found_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("Rain-A", "other", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "c").touch()
    found = named_folders(tmp_path, ("b", "rain-a", "RAIN-A", "c", "d"))
    assert [folder.name for folder in found] == ["b", "Rain-A"]
    assert named_folders(tmp_path / "nowhere", ("b",)) == ()
