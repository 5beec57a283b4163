from pathlib import Path

import numpy as np
import pytest

from rainbench.data.importing import import_dataset
from rainbench.data.install import parts, stamp
from rainbench.data.inventory import take_inventory
from rainbench.data.removing import clear_cache, installed_parts, remove_parts
from rainbench.errors import DatasetError
from rainbench.image import write_png


def rain12(folder: Path, count: int = 12) -> Path:
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        for kind in ("GT", "in"):
            write_png(folder / f"{number:03}_{kind}.png", np.zeros((321, 481, 3), np.uint8))
    return folder


def test_an_empty_place_holds_nothing_and_offers_all(tmp_path: Path) -> None:
    holdings, offers = take_inventory(tmp_path / "data")
    assert holdings == []
    names = {offer.name: offer for offer in offers}
    assert {"rain12", "rain1400", "real"} <= names.keys()
    assert "toy" not in names, "what is drawn here is always to be had"
    assert names["rain12"].how.startswith("rainbench data get rain12: the authors, http://")


def test_what_is_installed_is_listed_with_what_is_known_of_it(tmp_path: Path) -> None:
    place = tmp_path / "data"
    mine = rain12(tmp_path / "mine", count=7)
    part = import_dataset(mine, "rain12", root=place)
    stamp(part, {"when": "2026-11-25T04:00:00Z"})
    (held,), offers = take_inventory(place)
    assert (held.name, held.release, held.kind, held.state) == (
        "rain12", "original", "indexed", "partial",
    )  # fmt: skip
    assert held.splits == {"test": (7, 12)}
    assert held.verified == "2026-11-25T04:00:00Z"
    assert held.bytes == sum(file.stat().st_size for file in mine.iterdir())
    assert "rain12" not in {offer.name for offer in offers}
    mine.rename(tmp_path / "elsewhere")
    (held,), _ = take_inventory(place)
    assert held.problem is not None
    assert "is gone" in held.problem


def test_what_was_laid_by_hand_is_listed_too(tmp_path: Path) -> None:
    folder = rain12(tmp_path / "data" / "Rain12")
    (held,), _ = take_inventory(tmp_path / "data")
    assert (held.kind, held.state, held.folder) == ("by hand", "complete", str(folder))
    with pytest.raises(DatasetError, match="laid there by hand"):
        installed_parts("rain12", tmp_path / "data")


def test_removing_leaves_files_elsewhere_alone(tmp_path: Path) -> None:
    place = tmp_path / "data"
    mine = rain12(tmp_path / "mine")
    import_dataset(mine, "rain12", root=place)
    remove_parts(installed_parts("Rain12", place))
    assert len(list(mine.iterdir())) == 24
    assert not (place / "rain12").exists()
    with pytest.raises(DatasetError, match="got none"):
        installed_parts("rain12", place)


def test_removing_takes_copies_and_only_the_part(tmp_path: Path) -> None:
    place = tmp_path / "data"
    import_dataset(rain12(tmp_path / "mine"), "rain12", root=place, copy=True)
    (place / "rain12" / "notes.txt").touch()
    remove_parts(installed_parts("rain12", place))
    assert [file.name for file in (place / "rain12").iterdir()] == ["notes.txt"]


def test_a_linked_part_is_unlinked(tmp_path: Path) -> None:
    place = tmp_path / "data"
    part = import_dataset(rain12(tmp_path / "mine"), "rain12", root=place, copy=True)
    part.path.rename(tmp_path / "moved")
    try:
        part.path.symlink_to(tmp_path / "moved")
    except OSError:
        pytest.skip("no symbolic links here")
    assert parts(place / "rain12")
    remove_parts(installed_parts("rain12", place))
    assert (tmp_path / "moved" / "001_in.png").exists()


def test_clearing_the_cache_takes_only_what_is_rainbenchs(tmp_path: Path) -> None:
    (tmp_path / "datasets" / "toy-1").mkdir(parents=True)
    (tmp_path / "datasets" / "toy-1" / "1.png").write_bytes(b"123")
    (tmp_path / "thesis.tex").touch()
    assert clear_cache(tmp_path) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]
    assert clear_cache(tmp_path) == 0
