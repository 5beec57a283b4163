"""The one renderer of rain streaks: grey layers, and how one meets a clean photograph.

Streaks are drawn upright, as a sparse field of seeds blurred by a width and a length profile,
and then sheared into a direction. A layer mixes several kinds of streak, each with a width, a
length and a brightness of its own, in one direction or in several.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, radians, tan
from types import MappingProxyType
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.image import Pixels

Range: TypeAlias = tuple[float, float]
"""The least and the greatest value, drawn from evenly."""

Streaks: TypeAlias = NDArray[np.float32]
"""Grey light to add, (H, W), float32, 0 or more; 1 is the full range of an image."""

Blend: TypeAlias = Literal["add", "screen"]
"""How streaks meet a photograph: light adds up (eq. 1), or covers what is dark the most."""


@dataclass(frozen=True, kw_only=True)
class RainStyle:
    """What a style of rain looks like: the ranges its images are drawn from."""

    title: str
    directions: tuple[int, int] = (1, 1)
    """Directions in an image, least and most."""
    kinds: tuple[int, int]
    """Kinds of streak in a direction, least and most."""
    angle: Range
    """Degrees from the vertical, one a direction."""
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
    blend: Blend = "add"
    """How a photograph takes such streaks where nobody says otherwise."""


RAIN_STYLES: Mapping[str, RainStyle] = MappingProxyType(
    {
        # Lengths, widths, angle and brightness of Rain100L's test pairs, rainy minus clean (35% of
        # pixels touched, median 9 levels, 99th percentile 89, within 28 degrees of the vertical),
        # and beyond them on every side: variety of shape serves a network better than averages.
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
        # The same within what Rain100L has: 10 to 40 pixels long, 1 to 3 wide, less than 30 degrees
        # off the vertical, and few streaks far brighter than the others of an image.
        "rain100l-fine": RainStyle(
            title="light rain in one direction, of lengths and widths as in Rain100L",
            kinds=(2, 5),
            angle=(-30.0, 30.0),
            length=(10.0, 40.0),
            width=(0.4, 0.9),
            peak=(0.03, 0.4),
            coverage=(0.01, 0.18),
            spread=(0.1, 0.5),
        ),
        # Five directions over each other, as the paper of Rain100H describes it; none of its
        # pictures was measured. Three training pairs of its later release have rainy inputs
        # between 11 and 27 dB, and so has this.
        "rain100h": RainStyle(
            title="heavy rain in up to five directions, after the description of Rain100H",
            directions=(2, 5),
            kinds=(1, 1),
            angle=(-45.0, 45.0),
            length=(10.0, 48.0),
            width=(0.6, 1.8),
            peak=(0.15, 0.7),
            coverage=(0.05, 0.25),
            spread=(0.1, 0.5),
        ),
        # Brightness, coverage, length and angle of rainy minus clean on Rain1400's training
        # pairs 1 to 4. Screened: undoing a screen leaves streaks greyer than undoing a sum.
        "ddn": RainStyle(
            title="dense rain in one direction, fitted to training pairs of Rain1400",
            kinds=(2, 3),
            angle=(-32.0, 32.0),
            length=(8.0, 24.0),
            width=(0.45, 1.0),
            peak=(0.04, 0.2),
            coverage=(0.25, 0.75),
            spread=(0.2, 0.7),
            blend="screen",
        ),
        # Light, medium and heavy together: no picture of it was at hand.
        "did": RainStyle(
            title="light to heavy rain in one direction, after the description of Rain1200",
            kinds=(1, 3),
            angle=(-45.0, 45.0),
            length=(10.0, 50.0),
            width=(0.5, 1.6),
            peak=(0.06, 0.45),
            coverage=(0.03, 0.6),
            spread=(0.2, 0.8),
            blend="screen",
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
    least, most = style.directions
    # One draw less where there is nothing to choose.
    count = least if least == most else generator.integers(least, most + 1)
    layers = [_one_direction(height, width, style, generator) for _ in range(count)]
    return layers[0] if count == 1 else np.sum(layers, axis=0, dtype=np.float32)


def blend_streaks(clean: Pixels, streaks: Streaks, blend: Blend) -> Pixels:
    """Let a streak layer, (H, W), meet a clean photograph of that size: 8 bit, (H, W, 3).

    "add" is eq. 1, B + R, saturated at white; "screen" is B + R - BR. Either depends on the
    layer's 8-bit levels alone, so that a layer stored in 8 bit makes the same picture again.
    """
    if blend == "add":
        return add_streaks(clean, streaks)
    dark = 255 - clean.astype(np.int32)
    rainy: Pixels = (255 - (dark * (255 - as_levels(streaks)[..., None]) + 127) // 255).astype(
        np.uint8
    )
    return rainy


def add_streaks(clean: Pixels, streaks: Streaks) -> Pixels:
    """Add a streak layer, (H, W), to a clean photograph of that size (eq. 1): 8 bit, (H, W, 3).

    Saturates at white.
    """
    light = clean.astype(np.int32) + as_levels(streaks)[..., None]
    rainy: Pixels = np.minimum(light, 255).astype(np.uint8)
    return rainy


def as_levels(streaks: Streaks) -> NDArray[np.int32]:
    """Round a streak layer, (H, W), to levels, 0 to 255; more light than white is white."""
    return np.minimum(np.rint(streaks * 255), 255).astype(np.int32)


def _one_direction(
    height: int, width: int, style: RainStyle, generator: np.random.Generator
) -> Streaks:
    slant = tan(radians(generator.uniform(*style.angle)))
    margin = ceil(style.length[1] / 2)
    reach = ceil(abs(slant) * (height + 2 * margin) / 2) + margin
    upright = np.zeros((height + 2 * margin, width + 2 * reach), np.float32)
    for _ in range(generator.integers(style.kinds[0], style.kinds[1] + 1)):
        upright += _one_kind(upright.shape, style, generator)
    return _sheared(upright, slant, height, width)


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
