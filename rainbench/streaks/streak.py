"""What the streaks of a rainy picture look like, in numbers: rainy minus clean, measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, sin
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.image import Pixels

Layer: TypeAlias = NDArray[np.float32]
"""Rainy minus clean, mean over the channels, (H, W), in levels."""

TOUCHED = 8.0
"""Levels that a pixel must have gained to count as touched by rain: JPEG alone moves less."""

LONGEST = 120.0
"""Pixels beyond which no streak is looked for."""


@dataclass(frozen=True, kw_only=True)
class StreakLook:
    """The look of one picture's rain."""

    brightness: float
    """Levels that the median touched pixel gained, of 255."""
    highlights: float
    """Levels that the brightest hundredth of the touched pixels gained at least, of 255."""
    coverage: float
    """Share of the pixels touched, in percent."""
    length: float
    """Pixels along the streaks: twice the shift at which the layer is half like itself."""
    width: float
    """Pixels across the streaks, measured likewise."""
    angle: float
    """Degrees from the vertical, -90 to 90, of the prevailing direction; lower ends lean left
    where it is positive."""
    coherence: float
    """How far one direction prevails: 0 (all alike) to 1 (one alone)."""


def measure_streaks(rainy: Pixels, clean: Pixels) -> StreakLook | None:
    """Measure the streaks that part a rainy picture from its clean one, both (H, W, 3), 8 bit.

    None where fewer than one pixel in ten thousand is touched. Direction is the small axis of
    the structure tensor; lengths come from the layer's autocorrelation, in which a bar of length
    L falls to one half at L / 2.
    """
    layer = np.maximum(rainy.astype(np.float32) - clean, 0).mean(axis=2, dtype=np.float32)
    touched = layer[layer > TOUCHED]
    if touched.size < layer.size * 1e-4:
        return None
    across, coherence = _direction(layer)
    likeness = _autocorrelation(layer)
    return StreakLook(
        brightness=float(np.median(touched)),
        highlights=float(np.percentile(touched, 99)),
        coverage=100 * touched.size / layer.size,
        length=_extent(likeness, -sin(across), cos(across)),
        width=_extent(likeness, cos(across), sin(across)),
        angle=degrees(across),
        coherence=coherence,
    )


def _direction(layer: Layer) -> tuple[float, float]:
    """Find the angle across the streaks, radians from the horizontal, and its coherence."""
    dx, dy = (cv2.Sobel(layer, cv2.CV_32F, *order).astype(np.float64) for order in ((1, 0), (0, 1)))
    xx, xy, yy = (dx * dx).mean(), (dx * dy).mean(), (dy * dy).mean()
    return atan2(2 * xy, xx - yy) / 2, hypot(xx - yy, 2 * xy) / (xx + yy)


def _autocorrelation(layer: Layer) -> Callable[[float, float], float]:
    """Make the function (x, y) in pixels -> likeness of the layer to itself shifted so far."""
    centred = layer - layer.mean()
    # Twice the size, so that nothing wraps around.
    rows, columns = 2 * layer.shape[0], 2 * layer.shape[1]
    power = np.abs(np.fft.rfft2(centred, s=(rows, columns))) ** 2
    table = np.fft.irfft2(power, s=(rows, columns))
    table /= table[0, 0]

    def at(x: float, y: float) -> float:
        left, top = int(np.floor(x)), int(np.floor(y))
        right, below = x - left, y - top
        corners = table[
            np.ix_([top % rows, (top + 1) % rows], [left % columns, (left + 1) % columns])
        ]
        return float([1 - below, below] @ corners @ [1 - right, right])

    return at


def _extent(likeness: Callable[[float, float], float], x: float, y: float) -> float:
    """Measure twice the shift along the unit vector (x, y) that halves the likeness."""
    shifts = np.arange(0.0, LONGEST / 2, 0.5)
    far = (float(shift) for shift in shifts if likeness(shift * x, shift * y) < 0.5)
    return 2 * next(far, LONGEST / 2)
