"""Where in a picture errors lie: on rain pixels, on the others, and to which side."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from rainbench.protocol import HEADLINE, PROTOCOLS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rainbench.image import Pixels
    from rainbench.metrics.comparison import Comparison

RAIN_LEVEL = 8
"""A pixel is rain where rainy and clean luma differ by more than so many levels of 255: more than
JPEG's noise on most pixels, and less than a streak that one sees."""

PIXEL_ERRORS = (
    f"luma under {HEADLINE}; rain pixels are those where the rainy picture's luma differs from the "
    f"clean one's by more than {RAIN_LEVEL} levels of 255"
)
"""What the figures are of, in words."""

_DIGITS = 6


@dataclass(frozen=True)
class RegionError:
    """By how much restored luma differs from clean luma on some of a picture's pixels."""

    pixels: int
    mse: float
    """Mean squared error, in levels of 255 squared; 0 where there is no pixel."""
    mean: float
    """Restored minus clean, in levels of 255: below zero is too dark; 0 where there is no pixel."""


@dataclass(frozen=True)
class PixelErrors:
    """A restored picture's errors, on its rain pixels and on the others."""

    rain: RegionError
    free: RegionError

    @property
    def rain_share(self) -> float:
        """Which part of the picture is rain, 0..1."""
        return self.rain.pixels / (self.rain.pixels + self.free.pixels)

    @property
    def mean(self) -> float:
        """Restored minus clean over the whole picture, in levels of 255."""
        parts = (each.mean * each.pixels for each in (self.rain, self.free))
        return fsum(parts) / (self.rain.pixels + self.free.pixels)


def measure_pixel_errors(comparison: Comparison, rainy: Pixels) -> PixelErrors:
    """Measure where a restored picture errs, on the luma that the headline protocol compares.

    Args:
        comparison: the restored picture beside its clean one.
        rainy: what was restored, 8-bit pixels of the same shape.
    """
    import numpy as np

    from rainbench.metrics.colour import planes

    headline = PROTOCOLS[HEADLINE]
    (restored,), (clean,) = comparison.planes(headline, "psnr")
    (luma,) = planes(rainy, headline.colour)
    rain = np.abs(luma - clean) > RAIN_LEVEL
    error = restored - clean
    return PixelErrors(_region(error[rain]), _region(error[~rain]))


def _region(error: NDArray[np.float64]) -> RegionError:
    if error.size == 0:
        return RegionError(0, 0.0, 0.0)
    mse, mean = float((error**2).mean()), float(error.mean())
    return RegionError(int(error.size), round(mse, _DIGITS), round(mean, _DIGITS))
