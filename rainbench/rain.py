"""The one renderer of rain streaks: grey layers to add to a clean photograph (eq. 1).

Streaks are drawn upright, as a sparse field of seeds blurred by a width and a length profile,
and then sheared into the image's one direction. A layer mixes several kinds of streak, each
with a width, a length and a brightness of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, radians, tan
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.image import Pixels

Range: TypeAlias = tuple[float, float]
"""The least and the greatest value, drawn from evenly."""

Streaks: TypeAlias = NDArray[np.float32]
"""Grey light to add, (H, W), float32, 0 or more; 1 is the full range of an image."""


@dataclass(frozen=True, kw_only=True)
class RainStyle:
    """What a style of rain looks like: the ranges its images are drawn from."""

    title: str
    kinds: tuple[int, int]
    """Kinds of streak in an image, least and most."""
    angle: Range
    """Degrees from the vertical, one for the whole image."""
    length: Range
    """Pixels."""
    width: Range
    """Standard deviation of a streak's profile across, in pixels."""
    peak: Range
    """Brightness of a kind's typical streak; drawn evenly on a logarithmic scale."""
    coverage: Range
    """Share of the image a kind's streaks would cover if none crossed; logarithmic too."""
    spread: Range
    """Standard deviation of the logarithm of brightness among the streaks of a kind."""


RAIN_STYLES: Mapping[str, RainStyle] = MappingProxyType(
    {
        # Lengths, widths, angle and brightness of Rain100L's rainy minus clean (35% of pixels
        # touched, median 9 levels, 99th percentile 89, within 28 degrees of the vertical), and
        # beyond them on every side: variety of shape serves a network better than averages.
        "rain100l": RainStyle(
            title="light rain in one direction, fitted to the look of Rain100L",
            kinds=(2, 5),
            angle=(-32.0, 32.0),
            length=(8.0, 48.0),
            width=(0.4, 1.4),
            peak=(0.03, 0.4),
            coverage=(0.01, 0.18),
            spread=(0.1, 0.7),
        ),
    }
)

DEFAULT_STYLE = "rain100l"
"""The style that training renders where none is named."""


def render_streaks(
    height: int, width: int, style: RainStyle, generator: np.random.Generator
) -> Streaks:
    """Render one image's streak layer, (height, width) pixels.

    The layer depends on nothing but its arguments and the generator's state.
    """
    slant = tan(radians(generator.uniform(*style.angle)))
    margin = ceil(style.length[1] / 2)
    reach = ceil(abs(slant) * (height + 2 * margin) / 2) + margin
    upright = np.zeros((height + 2 * margin, width + 2 * reach), np.float32)
    for _ in range(generator.integers(style.kinds[0], style.kinds[1] + 1)):
        upright += _one_kind(upright.shape, style, generator)
    return _sheared(upright, slant, height, width)


def add_streaks(clean: Pixels, streaks: Streaks) -> Pixels:
    """Add a streak layer to a clean photograph (eq. 1), both (H, W): 8 bit, saturated at white."""
    levels = np.rint(streaks * 255).astype(np.int32)
    rainy: Pixels = np.minimum(clean.astype(np.int32) + levels[..., None], 255).astype(np.uint8)
    return rainy


def _one_kind(shape: tuple[int, ...], style: RainStyle, generator: np.random.Generator) -> Streaks:
    """Draw the upright streaks of one kind: one length, one width, one typical brightness."""
    length = generator.uniform(*style.length)
    sigma = generator.uniform(*style.width)
    peak = _log_uniform(style.peak, generator)
    spread = generator.uniform(*style.spread)
    area = length * sigma * 2.5  # of one streak, in pixels: a Gaussian is 2.5 sigma wide
    count = generator.poisson(_log_uniform(style.coverage, generator) * shape[0] * shape[1] / area)
    seeds = np.zeros(shape, np.float32)
    y = generator.integers(0, shape[0], count)
    x = generator.integers(0, shape[1], count)
    np.add.at(seeds, (y, x), peak * np.exp(generator.normal(0, spread, count)).astype(np.float32))
    across, along = _gaussian(sigma), _tapered(length, generator.uniform(0.0, 1.0))
    layer = cv2.sepFilter2D(seeds, cv2.CV_32F, across, along, borderType=cv2.BORDER_CONSTANT)
    return layer.astype(np.float32, copy=False)


def _log_uniform(bounds: Range, generator: np.random.Generator) -> float:
    return float(np.exp(generator.uniform(np.log(bounds[0]), np.log(bounds[1]))))


def _gaussian(sigma: float) -> NDArray[np.float32]:
    radius = ceil(3 * sigma)
    return np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2).astype(np.float32)


def _tapered(length: float, taper: float) -> NDArray[np.float32]:
    """Profile along a streak: 1 in the middle, fading over the share `taper` of its length."""
    radius = ceil(length / 2)
    to_end = 1 - np.abs(np.arange(-radius, radius + 1)) / (length / 2 + 0.5)
    return np.clip(to_end / max(taper, 1 / length), 0, 1).astype(np.float32)


def _sheared(upright: Streaks, slant: float, height: int, width: int) -> Streaks:
    """Cut the middle (height, width) out of the layer, leaning by `slant` pixels a row."""
    rows, columns = upright.shape
    across = (columns - width) / 2 - slant * height / 2
    matrix = np.array([[1, slant, across], [0, 1, (rows - height) / 2]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    layer = cv2.warpAffine(upright, matrix, (width, height), flags=flags)
    return layer.astype(np.float32, copy=False)
