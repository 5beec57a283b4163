"""What all ten protocols cost beside one SSIM of scikit-image, on the same pair.

The two are timed in turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median, quantiles

import numpy as np
from skimage.metrics import structural_similarity

from rainbench.comparison import Comparison
from rainbench.image import Pixels

SIZES = ((321, 481), (512, 512))
"""Height and width in pixels: Rain100, and the two sets of 512x512."""

ROUNDS = 15
BUDGETS = {f"all protocols / one SSIM, {width}x{height}": 1.5 for height, width in SIZES}
BUDGETS = {f"{width}x{height} ratio": MAX_RATIO for height, width in SIZES}


def picture(height: int, width: int, seed: int) -> Pixels:
    """Draw a smooth random picture: what is timed does not depend on what it shows."""
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (height, width, 3)).astype(np.float64)
    return np.asarray(np.cumsum(noise - noise.mean(), axis=1) % 256, dtype=np.uint8)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(height: int, width: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Time both in turns: medians in milliseconds, and the ratio's median and spread."""
    clean = picture(height, width, seed=1)
    streaks = np.random.default_rng(2).normal(0, 0.02, clean.shape)
    restored = (clean / 255 + streaks).astype(np.float32)  # a network's output, with overshoot
    stored = np.asarray(np.rint(np.clip(restored, 0, 1) * 255), dtype=np.uint8)

    def ours() -> object:
        return Comparison(restored, clean).score_all()

    def theirs() -> object:
        return structural_similarity(stored, clean, gaussian_weights=True, channel_axis=2)

    ours(), theirs()
    return [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]


def measure() -> dict[str, float]:
    """Medians in milliseconds, and the median ratio of a turn with its quartiles."""
    figures = {}
    for (height, width), ratio in zip(SIZES, BUDGETS, strict=True):
        pairs = turns(height, width)
        size = f"{width}x{height}"
        lower, middle, upper = quantiles([one / other for one, other in pairs], n=4)
        figures[f"all protocols, {size} (ms)"] = 1000 * median(one for one, _ in pairs)
        figures[f"scikit-image's SSIM, {size} (ms)"] = 1000 * median(other for _, other in pairs)
        figures[ratio] = middle
        figures[f"  lower quartile, {size}"] = lower
        figures[f"  upper quartile, {size}"] = upper
    return figures
