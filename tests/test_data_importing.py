import zipfile
from pathlib import Path

import numpy as np
import pytest

from rainbench.data.importing import import_dataset
from rainbench.data.install import parts
from rainbench.data.opening import open_dataset
from rainbench.errors import DatasetError, UsageError
from rainbench.image import write_png
from tests.pictures import random_pixels


@pytest.fixture
def rain12(tmp_path: Path) -> Path:
    """Twelve pairs in the authors' layout, in a folder of the user's."""
    folder = tmp_path / "mine" / "Rain12"
    folder.mkdir(parents=True)
    for number in range(1, 13):
        for kind, grey in (("GT", 60), ("in", 90)):
            write_png(folder / f"{number:03}_{kind}.png", np.full((321, 481, 3), grey, np.uint8))
    return folder


def zipped(folder: Path) -> Path:
    archive = folder.parent / "li_cvpr16_rain.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for picture in sorted(folder.iterdir()):
            file.write(picture, f"li/rain/{picture.name}")
    return archive


def test_a_folder_stays_where_it_is_and_opens(tmp_path: Path, rain12: Path) -> None:
    place = tmp_path / "data"
    part = import_dataset(rain12, root=place)
    assert part.path == place / "rain12" / "original-test"
    assert [file.name for file in part.path.iterdir()] == ["dataset.json"]
    found = open_dataset("rain12", root=place)
    assert (found.folder, len(found.pairs), found.is_partial) == (rain12, 12, False)
    assert found.pairs[0].rainy.path == rain12 / "001_in.png"


def test_a_zip_is_unpacked_and_opens(tmp_path: Path, rain12: Path) -> None:
    place = tmp_path / "data"
    part = import_dataset(zipped(rain12), "Rain-12", root=place)
    assert part.record.folder is None
    assert part.record.splits["test"].base == "li/rain"
    assert part.record.source.endswith("li_cvpr16_rain.zip")
    found = open_dataset("rain12", root=place)
    assert found.folder == part.path / "li" / "rain"
    got = found.pairs[0].rainy.path.read_bytes()
    assert got == (rain12 / "001_in.png").read_bytes(), "no picture is encoded anew"


def test_a_folder_can_be_copied(tmp_path: Path, rain12: Path) -> None:
    part = import_dataset(rain12, root=tmp_path / "data", copy=True)
    assert len(list(part.path.glob("*_in.png"))) == 12
    assert part.record.folder is None


def test_a_folder_that_has_gone_is_said_to_be(tmp_path: Path, rain12: Path) -> None:
    import_dataset(rain12, root=tmp_path / "data")
    rain12.rename(tmp_path / "elsewhere")
    with pytest.raises(DatasetError, match=r"in .*mine.Rain12, where it was.*no such folder"):
        open_dataset("rain12", root=tmp_path / "data")


def test_a_partial_set_is_recorded_with_its_numbers(tmp_path: Path, rain12: Path) -> None:
    for number in (3, 4, 5):
        (rain12 / f"{number:03}_in.png").unlink()
    record = import_dataset(rain12, root=tmp_path / "data").record
    assert (record.splits["test"].pairs, record.splits["test"].of) == (9, 12)
    assert record.is_partial
    with pytest.raises(DatasetError, match="no partner for 003_GT"):
        open_dataset("rain12", root=tmp_path / "data")
    assert len(open_dataset("rain12", root=tmp_path / "data", partial=True).pairs) == 9


def test_a_refused_archive_leaves_nothing(tmp_path: Path, rain12: Path) -> None:
    place = tmp_path / "data"
    with pytest.raises(DatasetError, match=r"expected Rain800 in .*rain\.zip, got what is rain12"):
        import_dataset(zipped(rain12), "rain800", root=place)
    assert not [file for file in place.iterdir() if not file.name.endswith(".lock")]


def test_what_cannot_be_imported_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="check the path"):
        import_dataset(tmp_path / "none", root=tmp_path)
    with pytest.raises(UsageError, match="drawn on this machine"):
        import_dataset(tmp_path, "toy", root=tmp_path)


def test_a_second_part_joins_the_first(tmp_path: Path) -> None:
    for split, number in (("training", 1), ("testing", 901)):
        for file in (f"rainy_image/{number}_1.png", f"ground_truth/{number}.png"):
            (tmp_path / split / file).parent.mkdir(parents=True, exist_ok=True)
            write_png(tmp_path / split / file, random_pixels(20, 30, number))
        import_dataset(tmp_path / split, "rain1400", root=tmp_path / "data")
    assert len(parts(tmp_path / "data" / "rain1400")) == 2
    for spec, count in (("rain1400", 1), ("DDN-Data:train", 1)):
        assert len(open_dataset(spec, root=tmp_path / "data", partial=True).pairs) == count


def sides(folder: Path, rainy: str) -> Path:
    """Lay out Rain800's test files in small, with the rain in one half or the other."""
    (folder / "test_syn").mkdir(parents=True)
    from PIL import Image

    for number in range(2, 12):
        clean = random_pixels(24, 32, number) // 2
        streaks = np.where(np.arange(32) % 4 == 0, 100, 0).astype(np.uint8)
        wet = clean + streaks[None, :, None]
        halves = (wet, clean) if rainy == "left" else (clean, wet)
        file = folder / "test_syn" / f"{number}.jpg"
        Image.fromarray(np.concatenate(halves, axis=1)).save(file, quality=98)
    return folder


def test_the_half_is_held_against_the_picture(tmp_path: Path) -> None:
    place = tmp_path / "data"
    right = import_dataset(sides(tmp_path / "right", "right"), "rain800", root=place)
    assert right.record.splits["test"].rainy_half is None
    with pytest.raises(DatasetError, match="say --rainy-half left"):
        import_dataset(sides(tmp_path / "left", "left"), "rain800", root=place, again=True)
    left = import_dataset(tmp_path / "left", "rain800", root=place, again=True, rainy_half="left")
    assert left.record.splits["test"].rainy_half == "left"
    rainy, clean = open_dataset("rain800", root=place, partial=True).pairs[0].read()
    assert clean is not None
    assert rainy.mean() > clean.mean()
    with pytest.raises(DatasetError, match="say --rainy-half right"):
        import_dataset(tmp_path / "right", "rain800", root=place, again=True, rainy_half="left")


def test_a_copy_of_other_pixels_is_taken_by_name_and_doubted(tmp_path: Path) -> None:
    folder = sides(tmp_path / "mine", "right")
    (folder / "test_syn" / "2.jpg").rename(folder / "test_syn" / "1.jpg")
    with pytest.raises(DatasetError, match="encoded anew, name it: rainbench data import rain800"):
        import_dataset(folder, root=tmp_path / "data")
    record = import_dataset(folder, "rain800", root=tmp_path / "data").record
    assert record.proof == (0, 1)
    assert "none of the 1 known pictures agrees" in record.doubt
    (part,) = parts(tmp_path / "data" / "rain800")
    assert part.record == record


def test_the_strict_selection_opens_from_the_training_set(tmp_path: Path) -> None:
    folder = tmp_path / "RainTrainH"
    folder.mkdir()
    for number in (2, 3, 10):
        for kind in ("rain", "norain"):
            write_png(folder / f"{kind}-{number}.png", np.full((321, 481, 3), number, np.uint8))
    import_dataset(folder, "rain100h", root=tmp_path / "data")
    train = open_dataset("rain100h:train", root=tmp_path / "data", partial=True)
    assert [pair.name for pair in train.pairs] == ["rain-2", "rain-3", "rain-10"]
    strict = open_dataset("rain100h:strict", root=tmp_path / "data", partial=True)
    assert strict.promised == 1254
    # Of norain-2, 3 and 10 the test images show 10 (1, 10, 100 and 1000 open the list).
    assert [pair.name for pair in strict.pairs] == ["rain-2", "rain-3"]


def test_jpegs_called_png_are_read_where_the_layout_says_so(tmp_path: Path) -> None:
    from PIL import Image

    for folder, name in (("input", "1.png"), ("target", "1_GT.png")):
        (tmp_path / "DID" / folder).mkdir(parents=True)
        picture = Image.new("RGB", (512, 512), (90, 90, 90))
        picture.save(tmp_path / "DID" / folder / name, format="JPEG")
    assert import_dataset(tmp_path / "DID", root=tmp_path / "data").record.dataset == "rain1200"
    rainy, _ = open_dataset("rain1200", root=tmp_path / "data", partial=True).pairs[0].read()
    assert rainy.shape == (512, 512, 3)
