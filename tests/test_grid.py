"""Grids of pictures as values: what they refuse, and what formats that draw nothing say."""

import json

import numpy as np
import pytest

from rainbench import GridRow, Panel, PictureGrid, Zoom
from rainbench.errors import UsageError
from rainbench.render import FORMATS, render
from rainbench.report import as_table

PIXELS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
PANEL = Panel.of(PIXELS, "32.61 / 0.9512")
GRID = PictureGrid(
    title="Rain100L",
    columns=("rainy", "MSFM"),
    rows=(GridRow(name="rain-001", panels=(None, PANEL), zooms=(Zoom(0, 0, 2, 2),)),),
    captions="PSNR (dB) / SSIM, y-prenet",
)


def test_a_panel_holds_its_pixels_without_loss() -> None:
    assert np.array_equal(PANEL.pixels, PIXELS)


def test_a_row_has_a_panel_for_every_column() -> None:
    with pytest.raises(UsageError, match="2 panels in each row of 'Rain100L'"):
        PictureGrid(title="Rain100L", columns=("a", "b"), rows=(GridRow(name="1", panels=()),))


@pytest.mark.parametrize("box", [(-1, 0, 2, 2), (0, 0, 0, 2)])
def test_a_zoom_has_pixels(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError, match="a box of 1 pixel or more"):
        Zoom(*box)


def test_a_format_that_draws_nothing_prints_the_captions() -> None:
    assert as_table(GRID).rows == (("rain-001", None, "32.61 / 0.9512"),)
    for style in FORMATS:
        assert "61 / 0.9512" in render([GRID], style)  # Markdown escapes the first full stop


def test_json_tells_a_picture_by_its_digest() -> None:
    [block] = json.loads(render([GRID], "json"))["blocks"]
    assert block["rows"][0]["panels"][1]["png"].startswith("sha256:")
