from __future__ import annotations

from math import log10

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rainbench.metrics.colour import full_luma_8bit, planes, studio_luma, studio_luma_8bit
from rainbench.metrics.memo import Memo
from rainbench.metrics.metric import (
    gauss_taps,
    mean_squared_error,
    mse_of,
    psnr_db,
    shrink,
    wang_factor,
)
from rainbench.protocol import PsnrRule
from tests.pictures import random_pixels
from tests.witness import imfilter_every, matlab_y_8bit


def every_colour(reds: range) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    r, g, b = np.meshgrid(np.array(reds), np.arange(256), np.arange(256), indexing="ij")
    return np.stack([r, g, b], axis=-1).reshape(-1, 256, 3).astype(np.uint8)


@pytest.mark.parametrize("red", [0, 1, 127, 200, 255])
def test_8bit_studio_luma_is_the_exact_integer_formula(red: int) -> None:
    colours = every_colour(range(red, red + 1))
    exact = matlab_y_8bit(colours.astype(np.float64))
    assert np.array_equal(studio_luma_8bit(colours), exact)


@pytest.mark.parametrize("red", [0, 1, 127, 200, 255])
def test_full_luma_is_opencvs(red: int) -> None:
    colours = every_colour(range(red, red + 1))
    theirs = cv2.cvtColor(colours, cv2.COLOR_RGB2YCrCb)[..., 0]
    assert np.array_equal(full_luma_8bit(colours), theirs)


def test_studio_luma_spans_16_to_235() -> None:
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], dtype=np.uint8)
    assert studio_luma(ends).tolist() == [[16.0, 235.0]]
    assert studio_luma_8bit(ends).tolist() == [[16.0, 235.0]]
    assert full_luma_8bit(ends).tolist() == [[0.0, 255.0]]


def test_studio_luma_lifts_psnr_by_its_narrow_range() -> None:
    # 20 log10(255 / 219): the same weights on 0..255 against 16..235 (datasets differ by it).
    clean, restored = random_pixels(40, 50, 1), random_pixels(40, 50, 2)
    weights = np.array([65.481, 128.553, 24.966]) / 219
    full = [(picture.astype(np.float64) @ weights,) for picture in (restored, clean)]
    studio = [planes(picture, "y") for picture in (restored, clean)]
    rule = PsnrRule()
    offset = psnr_db(mean_squared_error(*studio), rule) - psnr_db(mean_squared_error(*full), rule)
    assert offset == pytest.approx(20 * log10(255 / 219), abs=1e-9)
    assert offset == pytest.approx(1.3219, abs=5e-5)


@pytest.mark.parametrize(
    ("side", "factor"),
    [(1, 1), (255, 1), (383, 1), (384, 2), (385, 2), (639, 2), (640, 3), (641, 3), (896, 4)],
)
def test_wang_shrinks_by_halves_rounded_upwards(side: int, factor: int) -> None:
    assert wang_factor(side, side + 100) == factor
    assert wang_factor(side + 100, side) == factor


@given(st.integers(12, 40), st.integers(12, 40), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_shrinking_is_imfilter_at_every_nth_pixel(height: int, width: int, factor: int) -> None:
    plane = np.random.default_rng(height * width).uniform(0, 255, (height, width))
    shrunk = shrink(plane, factor)
    assert shrunk.shape == (-(-height // factor), -(-width // factor))
    np.testing.assert_allclose(shrunk, imfilter_every(plane, factor), rtol=0, atol=1e-11)


def test_gaussian_taps_are_fspecials() -> None:
    printed = [0.00102838, 0.00759876, 0.03600077, 0.10936069, 0.21300554, 0.26601172]
    np.testing.assert_allclose(gauss_taps()[:6], printed, rtol=0, atol=5e-9)
    assert np.array_equal(gauss_taps(), gauss_taps()[::-1])
    assert gauss_taps().sum() == pytest.approx(1, abs=1e-15)


@given(st.floats(1e-9, 65025))
def test_psnr_and_error_are_each_others_inverse(mse: float) -> None:
    rule = PsnrRule()
    assert mse_of(psnr_db(mse, rule), rule) == pytest.approx(mse, rel=1e-12)


def test_no_error_scores_what_the_rule_says() -> None:
    assert psnr_db(0.0, PsnrRule()) == float("inf")
    assert psnr_db(0.0, PsnrRule(perfect_db=100.0)) == 100.0
    assert mse_of(float("inf"), PsnrRule()) == 0.0


def test_a_memo_forgets_what_was_used_longest_ago() -> None:
    memo: Memo[tuple[object, ...]] = Memo(max_bytes=2000)
    made: list[str] = []

    def get(name: str) -> None:
        def make() -> tuple[object, ...]:
            made.append(name)
            return (np.zeros(100),)

        memo.get(name, make)

    for name in ("a", "b", "a", "c", "a", "b"):
        get(name)
    assert made == ["a", "b", "c", "b"]
