"""Each way in which a dataset can differ from what was published, told file by file."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rainbench
from rainbench.cli import main
from rainbench.data.importing import import_dataset
from rainbench.data.install import parts
from rainbench.data.manifest import Digests, Manifest, Row, write_manifest
from rainbench.data.verify import verify_dataset
from rainbench.errors import DatasetError, UnknownNameError
from rainbench.image import Pixels, pixel_sha256, read_pixels, write_png
from tests.pictures import random_pixels

PLUGIN = """
    from rainbench import Dataset, Layout, Release

    DATASET = Dataset(
        title="Mine",
        releases={
            "first": Release(
                counts={"test": 12},
                sizes=frozenset({(48, 32)}),
                fingerprint={"test": {"rgb-gauss": (10.0, 0.5)}},
            ),
            "cropped": Release(counts={"test": 12}, sizes=frozenset({(40, 24)})),
        },
        layouts=tuple(
            Layout.numbered(
                "rain/#.png", "norain/#.png",
                release=release, split="test", numbers=range(1, 13), name="{id}",
            )
            for release in ("first", "cropped")
        ),
        manifest=MANIFEST,
    )
"""


def pair(number: int) -> tuple[Pixels, Pixels]:
    clean = random_pixels(32, 48, seed=number)
    return np.asarray(np.minimum(clean.astype(int) + 30, 255), dtype=np.uint8), clean


def lay_out(folder: Path) -> None:
    for number in range(1, 13):
        for name, pixels in zip(("rain", "norain"), pair(number), strict=True):
            (folder / name).mkdir(parents=True, exist_ok=True)
            write_png(folder / name / f"{number}.png", pixels)


def row(release: str, number: int, rainy: Pixels, clean: Pixels) -> Row:
    digests = (Digests(pixels=pixel_sha256(np.ascontiguousarray(p))[:32]) for p in (rainy, clean))
    return Row(release, "test", str(number), *digests)


@pytest.fixture
def mine(tmp_path: Path, write: Callable[[str, str], Path]) -> str:
    """A dataset of twelve pairs in two releases, installed as its first."""
    plugin = write("mine.py", PLUGIN.replace("MANIFEST", '"mine.xz"'))
    (tmp_path / "manifests").mkdir()
    rows = []
    for number in range(1, 13):
        rainy, clean = pair(number)
        rows.append(row("first", number, rainy, clean))
        rows.append(row("cropped", number, rainy[:24, :40], clean[:24, :40]))
    write_manifest(tmp_path / "manifests" / "mine.xz", Manifest(("made up",), tuple(rows)))
    lay_out(tmp_path / "mine")
    return str(plugin)


def told(spec: str, folder: Path, *, partial: bool = False) -> dict[str, str]:
    [found] = verify_dataset(spec, folder=folder, partial=partial)
    return {finding.file: finding.word for finding in found.findings}


def test_a_whole_copy_is_complete(mine: str, tmp_path: Path) -> None:
    [found] = verify_dataset(mine, folder=tmp_path / "mine")
    assert found.as_published
    assert found.proof == "digests"
    assert (found.release, str(found)) == ("first", "complete: 12 of 12, each as published")
    assert found.fingerprint == {}


def test_every_fault_has_its_word(mine: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    cut(folder / "rain" / "1.png")
    (folder / "norain" / "2.png").unlink()
    through_jpeg(folder / "rain" / "3.png")
    exchange(folder / "rain" / "4.png", folder / "norain" / "4.png")
    exchange(folder / "rain" / "5.png", folder / "rain" / "6.png")
    write_png(folder / "norain" / "7.png", pair(7)[1][:24, :40])
    write_png(folder / "rain" / "8.png", random_pixels(32, 48, seed=99))
    write_png(folder / "rain" / "9b.png", pair(9)[0])
    (folder / "norain" / "10.png").write_text("<html>quota exceeded</html>")
    Image.fromarray(pair(11)[0]).save(folder / "rain" / "11.png", "JPEG", quality=90)
    write_png(folder / "norain" / "12.png", np.roll(pair(12)[1][:20, :36], 1, axis=1))
    [found] = verify_dataset(mine, folder=folder)
    assert {finding.file: finding.word for finding in found.findings} == {
        "rain/1.png": "damaged",
        "norain/2.png": "missing",
        "rain/3.png": "re-encoded",
        "rain/4.png": "swapped",
        "norain/4.png": "swapped",
        "rain/5.png": "swapped",
        "rain/6.png": "swapped",
        "norain/7.png": "another release",
        "rain/8.png": "another picture",
        "rain/9b.png": "extra",
        "norain/10.png": "damaged",
        "rain/11.png": "re-encoded",
        "norain/12.png": "another picture",
    }
    details = {finding.file: finding.detail for finding in found.findings}
    assert details["rain/4.png"] == "holds the clean picture of 4"
    assert details["rain/5.png"] == "holds the rainy picture of 6"
    assert details["norain/7.png"] == "the clean picture of 7 in cropped"
    assert not found.as_published
    assert str(found) == "11 of 12, 1 of them as published"


def test_a_picture_of_another_releases_size_is_told_without_a_digest(
    mine: str, tmp_path: Path
) -> None:
    write_png(tmp_path / "mine" / "rain" / "3.png", random_pixels(24, 40, seed=50))
    assert told(mine, tmp_path / "mine") == {"rain/3.png": "another release"}


def test_the_other_release_is_as_published_too(mine: str, tmp_path: Path) -> None:
    for file in (tmp_path / "mine").rglob("*.png"):
        write_png(file, np.ascontiguousarray(read_pixels(file)[:24, :40]))
    [found] = verify_dataset(mine, folder=tmp_path / "mine")
    assert (found.release, found.as_published) == ("cropped", True)


def test_a_part_is_told_as_one(mine: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for number in (1, 2, 12):
        (folder / "rain" / f"{number}.png").unlink()
        (folder / "norain" / f"{number}.png").unlink()
    [whole] = verify_dataset(mine, folder=folder)
    assert str(whole) == "9 of 12, each as published"
    assert not whole.as_published
    assert [finding.file for finding in whole.findings if finding.word == "missing"] == [
        f"{kind}/{number}.png" for kind in ("norain", "rain") for number in (1, 2, 12)
    ]
    [part] = verify_dataset(mine, folder=folder, partial=True)
    assert part.as_published
    assert (str(part), part.findings) == ("9 of 12, each as published", ())
    (folder / "rain" / "3.png").unlink()
    assert told(mine, folder, partial=True) == {"rain/3.png": "missing"}


def test_without_a_manifest_the_fingerprint_is_measured(
    tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    lay_out(tmp_path / "mine")
    plugin = str(write("mine.py", PLUGIN.replace("MANIFEST", '""')))
    [found] = verify_dataset(plugin, folder=tmp_path / "mine")
    (measured, stated) = found.fingerprint["rgb-gauss"]
    assert (stated, found.proof) == (rainbench.Score(10.0, 0.5), "fingerprint")
    assert not found.as_published
    fitting = f"{measured.psnr_db:.4f}, {measured.ssim:.4f}"
    plugin = str(write("mine.py", PLUGIN.replace("MANIFEST", '""').replace("10.0, 0.5", fitting)))
    [found] = verify_dataset(plugin, folder=tmp_path / "mine")
    assert found.as_published
    (tmp_path / "mine" / "rain" / "5.png").unlink()
    assert told(plugin, tmp_path / "mine") == {"rain/5.png": "missing"}


def test_nothing_there_is_an_error(mine: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="in a layout that is known"):
        verify_dataset(mine, folder=tmp_path / "empty")
    with pytest.raises(UnknownNameError, match="split of mine"):
        verify_dataset(f"{mine}:training")


def test_the_verb_names_files_and_ends_in_a_status(
    mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    assert main(["data", "verify", mine, "--folder", str(folder)]) == 0
    assert "complete: 12 of 12, each as published" in capsys.readouterr().out
    cut(folder / "rain" / "1.png")
    assert main(["data", "verify", mine, "--folder", str(folder)]) == 1
    assert "  damaged         rain/1.png: the file" in capsys.readouterr().out
    assert main(["data", "verify", mine, "--folder", str(folder), "--json"]) == 1
    [split] = json.loads(capsys.readouterr().out)["splits"]
    assert split["findings"][0]["word"] == "damaged"
    assert (split["sound"], split["found"], split["as_published"]) == (11, 12, False)
    assert main(["data", "verify"]) == 2


def test_an_installed_copy_is_checked_where_it_lies_and_stamped(
    mine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    copy = (tmp_path / "mine").rename(tmp_path / "elsewhere")
    part = import_dataset(copy, mine)
    assert part.record.verified is None
    assert main(["data", "verify", mine]) == 0
    assert str(copy) in capsys.readouterr().out
    [stamped] = parts(tmp_path / "data" / "mine")
    assert stamped.record.verified is not None
    assert stamped.record.verified["words"] == "complete: 12 of 12, each as published"
    cut(copy / "rain" / "1.png")
    assert main(["data", "verify", mine]) == 1
    assert "damaged         rain/1.png" in capsys.readouterr().out


def test_a_drawn_dataset_is_as_its_digest_says() -> None:
    [found] = verify_dataset("toy")
    assert found.as_published


def test_five_faults_in_a_copy_of_rain100l_are_told(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rain100l"
    for file in sorted((data / "rain100l").rglob("*.png")):
        place = folder / file.relative_to(data / "rain100l")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(file)
    rainy, clean = folder / "rainy", folder / "norain"
    cut(rainy / "rain-003.png")
    (clean / "norain-010.png").unlink()
    through_jpeg(rainy / "rain-020.png")
    exchange(rainy / "rain-030.png", clean / "norain-030.png")
    pixels = read_pixels(clean / "norain-040.png")
    write_png(own(clean / "norain-040.png"), np.ascontiguousarray(pixels[:-1, :-1]))
    write_png(own(clean / "norain-050.png"), read_pixels(clean / "norain-050.png"))
    [found] = verify_dataset("rain100l", root=tmp_path)
    assert {finding.file: finding.word for finding in found.findings} == {
        "rainy/rain-003.png": "damaged",
        "norain/norain-010.png": "missing",
        "rainy/rain-020.png": "re-encoded",
        "rainy/rain-030.png": "swapped",
        "norain/norain-030.png": "swapped",
        "norain/norain-040.png": "another release",
        "norain/norain-050.png": "re-encoded",
    }
    assert [each.file for each in found.findings if each.harmless] == ["norain/norain-050.png"]
    assert str(found) == "99 of 100, 95 of them as published"


def test_real_copies_are_complete(data: Path) -> None:
    for name, pairs in (("rain100l", [100]), ("rain800", [100, 700]), ("real", [147])):
        found = verify_dataset(name, root=data)
        assert [each.sound for each in found] == pairs
        assert all(each.as_published for each in found)
    [scored] = verify_dataset("rain100l", root=data, fingerprint=True)
    assert scored.fingerprint["y-prenet"][0].psnr_db == pytest.approx(26.9007, abs=2e-4)


def own(file: Path) -> Path:
    """Put a copy in the place of a link, so that what it leads to is never written."""
    held = file.read_bytes()
    file.unlink()
    file.write_bytes(held)
    return file


def cut(file: Path) -> None:
    held = file.read_bytes()
    own(file).write_bytes(held[: len(held) * 6 // 10])


def exchange(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    own(one).write_bytes(second)
    own(other).write_bytes(first)


def through_jpeg(file: Path) -> None:
    pixels = read_pixels(file)
    jpeg = own(file).with_suffix(".jpg")
    Image.fromarray(pixels).save(jpeg, quality=90)
    write_png(file, read_pixels(jpeg))
    jpeg.unlink()
