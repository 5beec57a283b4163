"""Errors on rain pixels and elsewhere, against sums worked out by hand and by NumPy alone."""

from math import log10

import numpy as np
import pytest

from rainbench.metrics.colour import studio_luma
from rainbench.metrics.comparison import Comparison
from rainbench.metrics.metric import mean_squared_error
from rainbench.metrics.pixel_error import RAIN_LEVEL, PixelErrors, RegionError, measure_pixel_errors
from rainbench.protocol import HEADLINE, PROTOCOLS
from rainbench.runs.document import decode_errors, encode_errors

RNG = np.random.default_rng(5)
CLEAN = RNG.integers(20, 200, (24, 32, 3), dtype=np.uint8)


def rained() -> tuple[np.ndarray, np.ndarray]:
    """Brighten the upper half by so much that its luma is rain, and leave the rest."""
    rain = np.zeros(CLEAN.shape[:2], bool)
    rain[:12] = True
    return np.where(rain[..., None], CLEAN + np.uint8(40), CLEAN), rain


def test_the_input_errs_on_rain_alone_and_is_too_bright_there() -> None:
    rainy, rain = rained()
    found = measure_pixel_errors(Comparison(rainy, CLEAN), rainy)
    # 40 levels in every channel are 40 x 219/255 of studio luma.
    lighter = 40 * 219 / 255
    assert found.rain.pixels == rain.sum()
    assert (found.rain.mse, found.rain.mean) == pytest.approx((lighter**2, lighter))
    assert found.free == RegionError(int((~rain).sum()), 0.0, 0.0)
    assert found.rain_share == 0.5
    assert found.mean == pytest.approx(lighter / 2)


def test_regions_add_up_to_the_headline() -> None:
    rainy, _ = rained()
    restored = np.clip(rainy / 255 + RNG.normal(-0.02, 0.05, rainy.shape), -0.1, 1.1)
    comparison = Comparison(restored.astype(np.float32), CLEAN)
    found = measure_pixel_errors(comparison, rainy)
    parts = (found.rain, found.free)
    mse = sum(each.mse * each.pixels for each in parts) / sum(each.pixels for each in parts)
    headline = comparison.score(PROTOCOLS[HEADLINE]).psnr_db
    assert 10 * log10(255**2 / mse) == pytest.approx(headline, abs=1e-6)
    (one,), (other,) = comparison.planes(PROTOCOLS[HEADLINE], "psnr")
    assert mse == pytest.approx(mean_squared_error((one,), (other,)))
    assert found.mean == pytest.approx(float((one - other).mean()), abs=1e-6)


def test_what_differs_by_the_level_itself_is_no_rain() -> None:
    clean = np.full((12, 12, 3), 100, np.uint8)
    rainy = clean.copy()
    rainy[0] += np.uint8(9)  # 7.7 levels of luma
    rainy[1] += np.uint8(10)  # 8.6
    assert studio_luma(rainy)[0, 0] - studio_luma(clean)[0, 0] < RAIN_LEVEL
    assert measure_pixel_errors(Comparison(clean, clean), rainy).rain.pixels == 12


def test_a_picture_without_rain_has_no_rain_pixels() -> None:
    found = measure_pixel_errors(Comparison(CLEAN, CLEAN), CLEAN)
    assert found == PixelErrors(RegionError(0, 0.0, 0.0), RegionError(24 * 32, 0.0, 0.0))
    assert found.rain_share == 0


def test_json_holds_them_and_what_is_none_is_refused() -> None:
    errors = PixelErrors(RegionError(3, 1.5, -0.25), RegionError(0, 0.0, 0.0))
    assert decode_errors(encode_errors(errors)) == errors
    good = {"rain": [3, 1.5, -0.25], "free": [0, 0, 0]}
    refused: tuple[object, ...] = (
        [], {}, {"rain": [3, 1.5, -0.25]}, {**good, "free": [0, 0]}, {**good, "free": ["0", 0, 0]},
        {**good, "rain": [0, 0, 0]}, {**good, "rain": [-3, 1, 1]}, {**good, "rain": [3, -1, 1]},
        {**good, "rain": [1.5, 1, 1]}, {**good, "rain": [True, 1, 1]},
    )  # fmt: skip
    assert [decode_errors(each) for each in refused] == [None] * len(refused)
