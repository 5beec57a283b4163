from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from rainbench.data.bases import find_bases
from rainbench.data.identify import identify
from rainbench.errors import DatasetError, UsageError
from rainbench.image import write_png
from tests.pictures import random_pixels


def png(path: Path, width: int = 481, height: int = 321, grey: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.full((height, width, 3), grey, np.uint8))


def lay(
    folder: Path, *patterns: str, numbers: Iterable[int], size: tuple[int, int] = (481, 321)
) -> None:
    """Lay out files of one picture each; hard links keep it quick."""
    for grey, pattern in enumerate(patterns, start=1):
        first: Path | None = None
        for number in numbers:
            file = folder / pattern.format(number)
            if first is None:
                png(file, *size, grey=60 * grey)
                first = file
            else:
                file.hardlink_to(first)


RAIN12 = ("{:03}_GT.png", "{:03}_in.png")


def test_bases_are_the_folders_that_hold_pictures_the_outer_first() -> None:
    bases = find_bases(("a/b/1.png", "a/b/2.png", "a/c/d/3.png", "4.png"))
    assert [base.path for base in bases] == ["", "a", "a/b", "a/c", "a/c/d"]
    assert bases[2].files == ("1.png", "2.png")
    assert bases[3].files == ("d/3.png",)
    assert set(bases[1].samples) == {"b/1.png", "b/2.png", "c/d/3.png"}


@pytest.mark.parametrize("nest", ["", "Rain12", "stuff/more/li_cvpr16_rain"])
def test_a_dataset_is_known_by_its_names_however_deep(tmp_path: Path, nest: str) -> None:
    lay(tmp_path / nest, *RAIN12, numbers=range(1, 13))
    (tmp_path / "readme.txt").touch()
    found = identify(tmp_path)
    assert (found.name, found.release) == ("rain12", "original")
    base, find = found.finds["test"]
    assert base == nest
    assert len(find.pairs) == 12
    assert str(found) == "rain12 (Rain12, release original): 12 of 12 test pairs"


def test_fewer_files_are_fewer_pairs(tmp_path: Path) -> None:
    lay(tmp_path, *RAIN12, numbers=(1, 5))
    assert str(identify(tmp_path)).endswith("2 of 12 test pairs")


def test_two_splits_in_one_folder_are_both_known(tmp_path: Path) -> None:
    for split, number in (("training", 2), ("testing", 903)):
        for file in (f"rainy_image/{number}_1.png", f"ground_truth/{number}.png"):
            png(tmp_path / "DDN" / split / file, 30, 20)
    found = identify(tmp_path)
    assert found.name == "rain1400"
    assert {split: base for split, (base, _) in found.finds.items()} == {
        "test": "DDN", "train": "DDN",
    }  # fmt: skip


def test_a_training_set_is_not_taken_for_the_test_set_of_its_names(tmp_path: Path) -> None:
    lay(tmp_path, "norain/norain-{}.png", "rain/X2/norain-{}x2.png", numbers=range(10, 310))
    for name in ("rain200h", "rain200l"):
        found = identify(tmp_path, name)
        assert {split: len(find.pairs) for split, (_, find) in found.finds.items()} == {
            "train": 300
        }


def test_names_that_two_datasets_share_ask_which_one(tmp_path: Path) -> None:
    lay(tmp_path, "norain/norain-{}.png", "rain/X2/norain-{}x2.png", numbers=range(10, 201))
    with pytest.raises(UsageError, match=r"rain200h .*2018.* or rain200l .*which one\?"):
        identify(tmp_path)
    assert identify(tmp_path, "Rain200L").name == "rain200l"


def test_pixels_refute_a_dataset_of_the_same_names(tmp_path: Path) -> None:
    lay(tmp_path, "norain/norain-{}.png", "rain/X2/norain-{}x2.png", numbers=range(1, 201))
    found = identify(tmp_path)  # Rain200H's first five are known, and are others
    assert found.name == "rain200l"
    with pytest.raises(DatasetError, match=r"expected Rain200H in .*rain200l .*200 of 200"):
        identify(tmp_path, "rain200h")


def test_a_wrong_name_is_answered_with_the_right_one(tmp_path: Path) -> None:
    lay(tmp_path, *RAIN12, numbers=range(1, 13))
    with pytest.raises(DatasetError, match=r"got what is rain12 .*; rainbench data import rain12"):
        identify(tmp_path, "rain100l", source="mine.zip")


def test_pictures_of_nothing_known_are_said_to_be_none(tmp_path: Path) -> None:
    png(tmp_path / "IMG_1.png", 30, 20)
    with pytest.raises(DatasetError, match="pictures that are none: IMG_1"):
        identify(tmp_path)
    with pytest.raises(DatasetError, match=r"expected Rain12 in .*, laid out as 001_in\.png"):
        identify(tmp_path, "rain12")
    (tmp_path / "IMG_1.png").unlink()
    with pytest.raises(DatasetError, match="not one; unpack archives"):
        identify(tmp_path, "rain12")


def test_stray_pictures_are_named(tmp_path: Path) -> None:
    lay(tmp_path, *RAIN12, numbers=range(1, 13))
    png(tmp_path / "013_in.png")
    with pytest.raises(DatasetError, match=r"the stray 013_in\.png"):
        identify(tmp_path, "rain12")


def test_any_photographs_are_the_users_own_only_by_name(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_png(tmp_path / f"{number}.png", random_pixels(20, 30, number))
    assert identify(tmp_path, "real").release == "own"
    with pytest.raises(DatasetError):
        identify(tmp_path)


def test_files_that_are_no_pictures_prove_nothing(tmp_path: Path) -> None:
    for file in ("001_in.png", "001_GT.png"):
        (tmp_path / file).write_text("<html>", encoding="utf-8")
    with pytest.raises(DatasetError):
        identify(tmp_path)


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("rain100l", "rain100l (Rain100L, release original): 100 of 100 test pairs"),
        ("rain800", "rain800 (Rain800, release original): 100 of 100 test pairs, 700 of 700 train"),
        ("rain1400-sample", "rain1400 (Rain1400, release original): 28 of 1400 test pairs, 56 of"),
        ("real", "real (Real photographs, release sirr): 147 of 147 test pairs"),
    ],
)
def test_the_real_samples_are_known_and_proved(data: Path, folder: str, said: str) -> None:
    found = identify(data / folder)
    assert str(found).startswith(said)
    agree, known = found.proof
    assert agree == known > 0


def test_the_real_rain100l_is_not_rain100h(data: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected Rain100H .*got what is rain100l"):
        identify(data / "rain100l", "rain100h")
