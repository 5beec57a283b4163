"""Someone else's restored pictures: matched by name, or refused by name."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError, ImageError, UsageError
from rainbench.image import Picture, write_png
from rainbench.runs.submission import open_submission


def draw(path: Path, width: int = 8, height: int = 6) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.full((height, width, 3), 99, np.uint8))
    return path


def pair(folder: Path, name: str, rainy: str, clean: str) -> ImagePair:
    rainy_file, clean_file = draw(folder / "rainy" / rainy), draw(folder / "clean" / clean)
    return ImagePair(name, Picture(rainy_file), Picture(clean_file), name)


@pytest.fixture
def pairs(tmp_path: Path) -> list[ImagePair]:
    names = [f"{number:03d}" for number in (1, 2, 10)]
    return [pair(tmp_path, n, f"rain-{int(n)}.png", f"norain-{int(n)}.png") for n in names]


def restored(tmp_path: Path, names: Iterable[str]) -> Path:
    folder = tmp_path / "restored"
    folder.mkdir()
    for name in names:
        draw(folder / name)
    return folder


@pytest.mark.parametrize("stems", [("001", "002", "010"), ("rain-1", "rain-2", "rain-10"),
                                   ("norain-1", "norain-2", "norain-10"),
                                   ("001", "rain-2", "norain-10")])  # fmt: skip
def test_a_picture_is_called_after_its_pair_its_rainy_or_its_clean_picture(
    stems: tuple[str, ...], pairs: list[ImagePair], tmp_path: Path
) -> None:
    folder = restored(tmp_path, [f"{stem}.png" for stem in stems])
    found = open_submission(folder, pairs, name="mine").pictures
    assert {name: path.stem for name, path in found.items()} == dict(
        zip(("001", "002", "010"), stems, strict=True)
    )


def test_what_is_no_picture_is_not_in_the_way(pairs: list[ImagePair], tmp_path: Path) -> None:
    folder = restored(tmp_path, ["001.png", "002.png", "010.png"])
    (folder / "log.txt").write_text("done")
    (folder / ".hidden.png").write_text("litter")
    assert len(open_submission(folder, pairs, name="mine").pictures) == 3


def test_a_missing_picture_is_named_and_never_shifts_the_rest(
    pairs: list[ImagePair], tmp_path: Path
) -> None:
    folder = restored(tmp_path, ["001.png", "010.png"])
    with pytest.raises(UsageError, match="none for 002"):
        open_submission(folder, pairs, name="mine")
    found = open_submission(folder, pairs, name="mine", partial=True)
    assert {name: path.name for name, path in found.pictures.items()} == {
        "001": "001.png",
        "010": "010.png",
    }


def test_a_stray_picture_is_named(pairs: list[ImagePair], tmp_path: Path) -> None:
    folder = restored(tmp_path, ["001.png", "002.png", "010.png", "cover.png"])
    with pytest.raises(UsageError, match=r"cover\.png"):
        open_submission(folder, pairs, name="mine", partial=True)


def test_two_pictures_for_one_pair_are_named(pairs: list[ImagePair], tmp_path: Path) -> None:
    folder = restored(tmp_path, ["001.png", "rain-1.png", "002.png", "010.png"])
    with pytest.raises(UsageError, match=r"001\.png and rain-1\.png"):
        open_submission(folder, pairs, name="mine")


def test_pictures_of_another_size_are_named(pairs: list[ImagePair], tmp_path: Path) -> None:
    folder = restored(tmp_path, ["001.png", "002.png"])
    draw(folder / "010.png", width=7)
    with pytest.raises(UsageError, match=r"010\.png of 7x6 for 8x6"):
        open_submission(folder, pairs, name="mine")


def test_a_kind_of_picture_that_is_not_read_is_named(
    pairs: list[ImagePair], tmp_path: Path
) -> None:
    folder = restored(tmp_path, ["001.png", "002.png"])
    (folder / "010.bmp").write_bytes(b"BM")
    with pytest.raises(UsageError, match=r"010\.bmp"):
        open_submission(folder, pairs, name="mine")


def test_a_file_that_is_no_picture_is_named(pairs: list[ImagePair], tmp_path: Path) -> None:
    folder = restored(tmp_path, ["001.png", "002.png"])
    (folder / "010.png").write_bytes(b"hello")
    with pytest.raises(ImageError, match=r"010\.png"):
        open_submission(folder, pairs, name="mine")


def test_one_clean_picture_under_two_rains_is_told_apart_by_the_rainy_names(tmp_path: Path) -> None:
    pairs = [pair(tmp_path, name, f"{name}.png", "5.png") for name in ("5", "5_2")]
    folder = restored(tmp_path, ["5.png", "5_2.png"])
    found = open_submission(folder, pairs, name="mine").pictures
    assert {name: path.stem for name, path in found.items()} == {"5": "5", "5_2": "5_2"}


def test_a_name_that_may_mean_two_pairs_is_refused(tmp_path: Path) -> None:
    pairs = [pair(tmp_path, "a", "1.png", "2.png"), pair(tmp_path, "b", "2.png", "1.png")]
    folder = restored(tmp_path, ["1.png", "2.png"])
    with pytest.raises(UsageError, match=r"1\.png, which may be a or b"):
        open_submission(folder, pairs, name="mine")


def test_halves_of_one_file_are_half_as_wide(tmp_path: Path) -> None:
    file = draw(tmp_path / "data" / "1.png", width=16)
    halves = [ImagePair("1", Picture(file, "left"), Picture(file, "right"), "1")]
    assert open_submission(restored(tmp_path, ["1.png"]), halves, name="mine").pictures


def test_without_ground_truth_there_is_nothing_to_score(tmp_path: Path) -> None:
    real = [ImagePair("1", Picture(draw(tmp_path / "1.png")), None, "1")]
    with pytest.raises(DatasetError, match="none for 1"):
        open_submission(restored(tmp_path, ["1.png"]), real, name="mine")


def test_no_folder_and_a_folder_of_folders_say_so(pairs: list[ImagePair], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="check the path"):
        open_submission(tmp_path / "none", pairs, name="mine")
    with pytest.raises(UsageError, match="folders: clean, rainy"):
        open_submission(tmp_path, pairs, name="mine")


def test_the_digest_is_that_of_the_pictures(pairs: list[ImagePair], tmp_path: Path) -> None:
    folder = restored(tmp_path, ["001.png", "002.png", "010.png"])
    before = open_submission(folder, pairs, name="mine").sha256
    assert open_submission(folder, pairs, name="other").sha256 == before
    write_png(folder / "010.png", np.full((6, 8, 3), 98, np.uint8))
    assert open_submission(folder, pairs, name="mine").sha256 != before
