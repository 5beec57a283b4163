import runpy
from pathlib import Path

import numpy as np
import pytest

from rainbench.cli import main
from rainbench.conformance import check
from rainbench.data.description import describe_folder, write_description
from rainbench.data.opening import open_dataset
from rainbench.data.verify import verify_dataset
from rainbench.errors import DatasetError, ImageError, UsageError
from rainbench.image import read_pixels, write_png

Names = list[tuple[str, str]]

NUMBERED: Names = [(f"rainy/{i}.png", f"clean/{i}.png") for i in range(1, 5)]
SEVERAL: Names = [
    (f"rainy_image/{i}_{j}.png", f"ground_truth/{i}.png") for i in (901, 902) for j in (1, 2)
]
LATER: Names = [(f"rain/norain-{i}x2.png", f"norain/norain-{i}.png") for i in (1, 2, 10)]


def lay_out(folder: Path, names: Names) -> Path:
    """Write smooth pictures of their own, one for each clean name, under a rain for each pair."""
    random = np.random.default_rng(0)
    for index, (rainy, clean) in enumerate(names):
        for file in (rainy, clean):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / clean).exists():
            coarse = random.integers(0, 200, (8, 12, 3)).astype(np.uint8)
            write_png(folder / clean, coarse.repeat(8, axis=0).repeat(8, axis=1))
        pixels = read_pixels(folder / clean)
        pixels[:, index * 3 : index * 3 + 2] += 30
        write_png(folder / rainy, pixels)
    return folder


@pytest.mark.parametrize("names", [NUMBERED, SEVERAL, LATER])
def test_a_described_folder_opens_conforms_and_verifies(names: Names, tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "data" / "mine", names)
    file = tmp_path / "mine.py"
    write_description(describe_folder(folder, name="mine"), file)
    opened = open_dataset(str(file), root=tmp_path / "data")
    assert [pair.name for pair in opened.pairs] == [Path(rainy).stem for rainy, _ in names]
    assert opened.promised == len(names)
    assert [pair.scene for pair in opened.pairs] == [
        pair.scene for pair in open_dataset(str(folder)).pairs
    ] or names is LATER
    assert len({pair.scene for pair in opened.pairs}) == len({clean for _, clean in names})
    assert check(str(file)).conforms
    (tmp_path / "mine").symlink_to(folder)
    assert check(str(file)).conforms  # with its pictures beside it too
    (report,) = verify_dataset(str(file), root=tmp_path / "data", fingerprint=True)
    assert report.as_published
    (folder / names[0][0]).write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (report,) = verify_dataset(str(file), root=tmp_path / "data")
    assert not report.as_published


def test_pictures_beside_the_pairs_are_no_strays(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "mine", NUMBERED)
    for beside in ("streaks/1.png", "look+.png", "rainy/thumbs/1.png"):
        (folder / beside).parent.mkdir(exist_ok=True)
        write_png(folder / beside, read_pixels(folder / "clean/1.png"))
    described = describe_folder(folder, name="mine")
    assert described.companions == (r"look\+\.png", "rainy/thumbs/.+", "streaks/.+")
    write_description(described, tmp_path / "mine.py")
    (report,) = verify_dataset(str(tmp_path / "mine.py"), root=tmp_path)
    assert report.as_published, report.findings
    assert check(str(tmp_path / "mine.py")).conforms
    write_png(folder / "other.png", read_pixels(folder / "clean/1.png"))
    (report,) = verify_dataset(str(tmp_path / "mine.py"), root=tmp_path)
    assert [finding.file for finding in report.findings] == ["other.png"]


def test_the_command_says_where_the_pictures_must_lie(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lay_out(tmp_path / "mine", NUMBERED)
    assert main(["data", "describe", str(folder), "-o", str(tmp_path / "mine.py")]) == 0
    assert "looks for its pictures" not in capsys.readouterr().err
    assert main(["data", "describe", str(folder), "-o", str(tmp_path / "other.py")]) == 0
    assert f"as {tmp_path / 'other'}, or as other where" in capsys.readouterr().err


def test_scenes_that_no_name_tells_are_found_from_pixels(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "mine", NUMBERED)
    (folder / "clean/4.png").write_bytes((folder / "clean/2.png").read_bytes())
    described = describe_folder(folder, name="mine")
    assert described.scenes == (("4", "2"),)
    file = tmp_path / "mine.py"
    file.write_text(described.source)
    layout = runpy.run_path(str(file))["DATASET"].layouts[0]
    assert layout.scene("4") == layout.scene("2") == "2"
    assert layout.scene("3") == "3"


def test_what_cannot_be_described_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="letters, digits"):
        describe_folder(tmp_path, name="my set")
    with pytest.raises(DatasetError, match="no pairs"):
        describe_folder(tmp_path / "nowhere", name="mine")
    folder = lay_out(tmp_path / "mine", NUMBERED)
    (folder / "clean/3.png").unlink()
    with pytest.raises(DatasetError, match=r"no partner for rainy/3\.png"):
        describe_folder(folder, name="mine")
    mixed = lay_out(tmp_path / "mixed", [("rainy/rain-1.png", "clean/1.png"), *NUMBERED[1:]])
    with pytest.raises(DatasetError, match="one rule"):
        describe_folder(mixed, name="mixed")
    (folder / "clean/3.png").write_bytes(b"")
    with pytest.raises(ImageError, match="is empty"):
        describe_folder(folder, name="mine")


def test_a_pair_without_rain_is_refused_by_its_name(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "mine", NUMBERED)
    (folder / "rainy" / "3.png").write_bytes((folder / "clean" / "3.png").read_bytes())
    with pytest.raises(DatasetError, match="differ from their clean ones, got two alike for 3;"):
        describe_folder(folder, name="mine")


def test_the_command_prints_the_file_or_writes_it_with_its_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lay_out(tmp_path / "my set", NUMBERED)
    assert main(["data", "describe", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert 'manifest="my_set.xz"' in printed
    file = tmp_path / "out" / "mine.py"
    assert main(["data", "describe", str(folder), "-o", str(file)]) == 0
    assert file.is_file()
    assert (file.parent / "manifests" / "mine.xz").is_file()
    assert main(["data", "describe", str(folder), "-o", str(file)]) == 2
    assert "take it away" in capsys.readouterr().err
    assert main(["data", "describe", str(folder), "--name", "x", "-o", str(file)]) == 2
