"""What all ten protocols cost beside one SSIM of scikit-image, on the same pair.

The two are timed in turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from skimage.metrics import structural_similarity

from rainbench.image import Pixels
from rainbench.metrics.comparison import Comparison

SIZES = ((321, 481), (512, 512))
"""Height and width in pixels: Rain100, and the two sets of 512x512."""

ROUNDS = 15
MAX_RATIO = 1.5
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
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratios = sorted(one / other for one, other in pairs)
    return {
        "protocols_ms": round(1000 * statistics.median(one for one, _ in pairs), 2),
        "skimage_ms": round(1000 * statistics.median(other for _, other in pairs), 2),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_lower_quartile": round(ratios[rounds // 4], 3),
        "ratio_upper_quartile": round(ratios[-1 - rounds // 4], 3),
    }


def measure() -> dict[str, float]:
    """Compare at every size; the ratio has a budget."""
    return {
        f"{width}x{height} {what}": figure
        for height, width in SIZES
        for what, figure in compare(height, width).items()
    }
