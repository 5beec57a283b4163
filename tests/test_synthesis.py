import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rainbench import open_dataset
from rainbench.cli import main
from rainbench.errors import ImageError, UnknownNameError, UsageError
from rainbench.image import read_pixels
from rainbench.streaks.rain import RAIN_STYLES, Blend, blend_streaks
from rainbench.streaks.synthesis import synthesize


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in ("hill.png", "lake.png", "road.jpg"):
        pixels = random.integers(0, 256, (60, 90, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


def bytes_in(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("style", RAIN_STYLES)
def test_what_is_made_is_a_folder_of_pairs(style: str, photographs: Path, tmp_path: Path) -> None:
    folder = synthesize(photographs, tmp_path / "made", style=style)
    dataset = open_dataset(str(folder))
    assert [pair.name for pair in dataset.pairs] == ["hill", "lake", "road"]
    for pair, source in zip(dataset.pairs, sorted(photographs.iterdir()), strict=True):
        rainy, clean = pair.read()
        assert clean is not None
        np.testing.assert_array_equal(clean, read_pixels(source))
        assert (rainy >= clean).all()
        assert (rainy > clean).any()
    record = json.loads((folder / "rain.json").read_text())
    assert record["style"] == style
    assert record["blend"] == RAIN_STYLES[style].blend


@pytest.mark.parametrize("blend", ["add", "screen"])
def test_the_stored_streaks_make_the_rainy_picture_again(
    blend: Blend, photographs: Path, tmp_path: Path
) -> None:
    folder = synthesize(photographs, tmp_path / "made", style="rain100h", blend=blend)
    for name in ("hill", "lake", "road"):
        clean = read_pixels(folder / "clean" / f"{name}.png")
        levels = np.asarray(Image.open(folder / "streaks" / f"{name}.png"))
        assert levels.ndim == 2
        rainy = blend_streaks(clean, levels.astype(np.float32) / np.float32(255), blend)
        np.testing.assert_array_equal(rainy, read_pixels(folder / "rainy" / f"{name}.png"))


def test_a_photographs_rain_depends_on_seed_and_name_alone(
    photographs: Path, tmp_path: Path
) -> None:
    first = bytes_in(synthesize(photographs, tmp_path / "a", style="ddn", seed=3))
    assert bytes_in(synthesize(photographs, tmp_path / "b", style="ddn", seed=3)) == first
    other = bytes_in(synthesize(photographs, tmp_path / "c", style="ddn", seed=4))
    assert other["streaks/hill.png"] != first["streaks/hill.png"]
    (photographs / "hill.png").unlink()
    fewer = bytes_in(synthesize(photographs, tmp_path / "d", style="ddn", seed=3))
    assert fewer["rainy/lake.png"] == first["rainy/lake.png"]
    assert first["streaks/lake.png"] != first["streaks/hill.png"]


def test_a_screen_is_one_less_the_product_of_the_darks() -> None:
    clean = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3).repeat(256, axis=0)
    levels = np.arange(256, dtype=np.float32)[:, None].repeat(256, axis=1)
    rainy = blend_streaks(clean, levels / np.float32(255), "screen")
    b, r = clean.astype(np.float64) / 255, (levels / 255).astype(np.float64)[..., None]
    assert np.abs(rainy - 255 * (b + r - b * r)).max() <= 0.5 + 1e-3


def test_an_interrupted_folder_is_none_and_is_made_again(photographs: Path, tmp_path: Path) -> None:
    (photographs / "zoo.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(ImageError, match=r"zoo\.png"):
        synthesize(photographs, tmp_path / "made", style="did")
    assert not (tmp_path / "made").exists()
    (photographs / "zoo.png").unlink()
    synthesize(photographs, tmp_path / "made", style="did")
    assert not (tmp_path / "made.part").exists()


def test_bad_input_is_refused_before_anything_is_written(photographs: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="rain100l"):
        synthesize(photographs, tmp_path / "made", style="rain100")
    with pytest.raises(UsageError, match="none in"):
        synthesize(tmp_path / "nowhere", tmp_path / "made", style="ddn")
    with pytest.raises(UsageError, match="holds something"):
        synthesize(photographs, photographs, style="ddn")
    Image.new("RGB", (8, 8)).save(photographs / "hill.jpg")
    with pytest.raises(UsageError, match=r"hill\.jpg and hill\.png"):
        synthesize(photographs, tmp_path / "made", style="ddn")
    assert not (tmp_path / "made").exists()


def test_the_command_makes_the_folder_and_names_it(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "synthesize", str(photographs), str(tmp_path / "made"), "--style", "rain100h"]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'made'}\n"
    assert main(words) == 2
    assert "holds something" in capsys.readouterr().err
