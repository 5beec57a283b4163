"""Methods in other languages, at work: real programs, whose result is known to the level."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rainbench.cli import main
from rainbench.image import Pixels, read_pixels, write_png

HERE = Path(__file__).parent / "external"
NAMES = ("a", "b c", "d.1")

README = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
OCTAVE = next(
    block
    for block in re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    if "octave-cli" in block
)
IMAGEMAGICK = """
    from rainbench import Command, ExternalMethod

    METHOD = ExternalMethod(
        title="Row median of ImageMagick",
        restore=Command(
            "mogrify", "-path", "{output}", "-define", "png:color-type=2",
            "-statistic", "Median", "5x1", "{input}/*.png", timeout_s=600, memory_mib=2048,
        ),
        trained_on=None,
    )
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in NAMES:
        for kind in ("rainy", "clean"):
            (tmp_path / "pairs" / kind).mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 256, (17, 23, 3), dtype=np.uint8)
            write_png(tmp_path / "pairs" / kind / f"{name}.png", pixels)
    return tmp_path / "pairs"


def row_median(rainy: Pixels) -> Pixels:
    """The second opinion: the same in NumPy."""
    padded = np.pad(rainy, ((0, 0), (2, 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1)
    return np.asarray(np.median(windows, axis=-1), dtype=np.uint8)


def restored_by(method: Path, pairs: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Run a method over the pairs, and return the folder of what it restored."""
    results = pairs.parent / "results"
    words = ["run", "--method", str(method), "--dataset", str(pairs), "--results", str(results)]
    assert main([*words, "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["images"], line["of"]) == (len(NAMES), len(NAMES))
    assert "rgb-rescan" in line["from_8_bit"]
    [folder] = (results / "pairs").glob(f"{method.stem}-*")
    return folder / "restored"


def test_a_script_for_octave(pairs: Path, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("octave-cli") is None:
        pytest.skip("octave-cli is not installed")
    method = write("octave.py", OCTAVE)
    shutil.copy(HERE / "row_median.m", method.parent / "derain.m")
    restored = restored_by(method, pairs, capsys)
    for name in NAMES:
        rainy = read_pixels(pairs / "rainy" / f"{name}.png")
        wanted = np.minimum(rainy, row_median(rainy))
        np.testing.assert_array_equal(read_pixels(restored / f"{name}.png"), wanted)


def test_a_script_for_octave_that_breaks_says_why(
    pairs: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("octave-cli") is None:
        pytest.skip("octave-cli is not installed")
    method = write("octave.py", OCTAVE)
    write("derain.m", 'error ("no rain in %s", argv (){1});')
    results = ["--results", str(pairs.parent / "results")]
    assert main(["run", "--method", str(method), "--dataset", str(pairs), *results]) == 1
    told = capsys.readouterr().err
    assert told.count("exit status 1; it said last:") == 1  # one call, one sentence
    assert "error: no rain in " in told
    assert "3 images failed" in told


def test_a_command_of_imagemagick(
    pairs: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("mogrify") is None:
        pytest.skip("ImageMagick is not installed")
    restored = restored_by(write("magick.py", IMAGEMAGICK), pairs, capsys)
    for name in NAMES:
        wanted = row_median(read_pixels(pairs / "rainy" / f"{name}.png"))
        np.testing.assert_array_equal(read_pixels(restored / f"{name}.png"), wanted)
