import numpy as np
import pytest

from rainbench.streaks.rain import RAIN_STYLES, blend_streaks, render_streaks
from rainbench.streaks.streak import measure_streaks
from rainbench.training.patches import generator


def bars(length: int, width: int, slope: float) -> np.ndarray:
    """Draw bars of one length and width on black, leaning by `slope` pixels a row."""
    random = np.random.default_rng(0)
    rainy = np.zeros((240, 320, 3), np.uint8)
    for top, left in zip(
        random.integers(0, 240 - length, 60), random.integers(60, 250, 60), strict=True
    ):
        for row in range(length):
            start = round(left + slope * row)
            rainy[top + row, start : start + width] = 60
    return rainy


@pytest.mark.parametrize(("length", "width"), [(20, 2), (40, 3), (32, 4)])
def test_bars_are_as_long_and_as_wide_as_they_were_drawn(length: int, width: int) -> None:
    look = measure_streaks(bars(length, width, 0.0), np.zeros((240, 320, 3), np.uint8))
    assert look is not None
    assert look.length == pytest.approx(length, rel=0.15)
    assert look.width == pytest.approx(width, abs=1)
    assert look.angle == pytest.approx(0, abs=1)
    assert look.brightness == look.highlights == 60


@pytest.mark.parametrize("slope", [-0.5, 0.25, 0.5])
def test_the_angle_is_that_of_the_bars(slope: float) -> None:
    look = measure_streaks(bars(40, 3, slope), np.zeros((240, 320, 3), np.uint8))
    assert look is not None
    assert look.angle == pytest.approx(-np.degrees(np.arctan(slope)), abs=4)
    assert look.coherence > 0.7


def test_coverage_is_the_share_of_touched_pixels() -> None:
    clean = np.full((50, 40, 3), 100, np.uint8)
    rainy = clean.copy()
    rainy[:10] += 9
    rainy[10:20] += 8  # not more than what JPEG does
    look = measure_streaks(rainy, clean)
    assert look is not None
    assert look.coverage == pytest.approx(20)


def test_a_picture_without_rain_has_no_look() -> None:
    clean = np.full((50, 40, 3), 100, np.uint8)
    assert measure_streaks(clean, clean) is None


def test_one_direction_prevails_more_than_five() -> None:
    clean = np.zeros((200, 300, 3), np.uint8)
    mean = {}
    for name in ("rain100l", "rain100h"):
        style = RAIN_STYLES[name]
        looks = [
            measure_streaks(
                blend_streaks(clean, render_streaks(200, 300, style, generator(0, i)), "add"), clean
            )
            for i in range(12)
        ]
        mean[name] = np.mean([look.coherence for look in looks if look is not None])
    assert mean["rain100h"] < mean["rain100l"]
