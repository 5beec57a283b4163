"""Seconds LP takes for an image of Rain100's size, at 5 and at 20 iterations.

All cores that torch may use; on a busy machine the figures say little.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from rainbench.image import Image
from rainbench.restorers.preparation import prepare_restorer
from rainbench.streaks.rain import RAIN_STYLES, render_streaks

HEIGHT, WIDTH = 321, 481  # pixels: Rain100
BUDGETS = {"481x321, 5 iterations (seconds)": 15.0}


def rainy_image() -> Image:
    """Draw waves and edges under rendered rain."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = 0.4 + 0.1 * np.sin(x / 7) * np.cos(y / 11) + 0.2 * ((x + 2 * y) % 97 > 48)
    style, draw = RAIN_STYLES["rain100l"], np.random.default_rng(0)
    noise = draw.normal(0, 0.01, (HEIGHT, WIDTH))
    grey = (waves + noise + render_streaks(HEIGHT, WIDTH, style, draw)).clip(0, 1)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def measure() -> dict[str, float]:
    """Time both rows once each, after a small image that reads the prior."""
    rainy, seconds = rainy_image(), {}
    for words, count in (("lp.fast", 5), ("lp", 20)):
        restorer = prepare_restorer(words)
        restorer(rainy[:16, :16])
        start = perf_counter()
        restorer(rainy)
        seconds[f"481x321, {count} iterations (seconds)"] = perf_counter() - start
    return seconds
