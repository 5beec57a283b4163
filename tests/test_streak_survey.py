import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rainbench.cli import main
from rainbench.errors import DatasetError, UsageError
from rainbench.streaks.streak_survey import draw, survey


def write_pairs(folder: Path, level: int) -> Path:
    clean = np.full((64, 64, 3), 50, np.uint8)
    rainy = clean.copy()
    rainy[8:40, 20:22] += np.uint8(level)
    for i in range(4):
        for part, pixels in (("rainy", np.roll(rainy, i, axis=1)), ("clean", clean)):
            (folder / part).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / part / f"{i}.png")
    return folder


def test_sets_stand_side_by_side_in_a_table_and_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [str(write_pairs(tmp_path / "faint", 20)), str(write_pairs(tmp_path / "bright", 90))]
    figure = tmp_path / "look.png"
    words = ["data", "streaks", *sets, "toy", "--limit", "3", "-o", str(figure)]
    assert main(words) == 0
    lines = capsys.readouterr().out.replace("\\", "").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in lines if "|" in line]
    assert rows[2] == ["faint", "3", "20.0 (20.0 to 20.0)"]
    assert rows[3] == ["bright", "3", "90.0 (90.0 to 90.0)"]
    assert rows[4][:2] == ["toy:test (test statistics)", "3"]
    with Image.open(figure) as picture:
        assert picture.width > 1000
        assert np.asarray(picture.convert("L")).std() > 5


def test_a_set_without_rain_or_without_clean_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no rain in 4 pairs"):
        survey([str(write_pairs(tmp_path / "dry", 0))])


def test_a_figure_needs_a_suffix_that_can_be_drawn(tmp_path: Path) -> None:
    surveys = survey([str(write_pairs(tmp_path / "faint", 20))])
    with pytest.raises(UsageError, match="another suffix"):
        draw(surveys, tmp_path / "look.docx")


def test_a_figure_needs_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveys = survey([str(write_pairs(tmp_path / "faint", 20))])
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r"rainbench\[figures\]"):
        draw(surveys, tmp_path / "look.png")
