"""The planes that protocols compare: R, G and B, or one of three lumas.

Channels are (H, W, 3) RGB on the scale 0..255, 8 bit or float64; planes are (H, W), float64.
The weights are whole numbers, so that on 8-bit pixels every sum is exact and ties round the same
way on every machine.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rainbench.protocol import Colour

Plane: TypeAlias = NDArray[np.float64]
"""One plane of a picture, shape (H, W), float64, on the scale 0..255."""

Channels: TypeAlias = NDArray[np.uint8] | NDArray[np.float64]

# MATLAB's rgb2ycbcr: 65.481, 128.553 and 24.966 for channels in [0, 1], times a thousand.
STUDIO_WEIGHTS = (65481.0, 128553.0, 24966.0)
STUDIO_DIVISOR = 255_000.0
STUDIO_OFFSET = 16.0

# OpenCV's RGB2YCrCb on 8 bit: 0.299, 0.587 and 0.114 in 14 bits of fixed point.
FULL_WEIGHTS = (4899.0, 9617.0, 1868.0)
FULL_DIVISOR = 16_384.0


def rgb_planes(channels: Channels) -> tuple[Plane, ...]:
    """Part a picture into its planes R, G and B, 0..255."""
    return tuple(np.ascontiguousarray(channels[..., c], dtype=np.float64) for c in range(3))


def studio_luma(channels: Channels) -> Plane:
    """Compute the luma of MATLAB's rgb2ycbcr(im2double(x)), times 255: 16..235, not rounded."""
    luma = _weighted(channels, STUDIO_WEIGHTS)
    luma /= STUDIO_DIVISOR
    luma += STUDIO_OFFSET
    return luma


def studio_luma_8bit(channels: Channels) -> Plane:
    """Compute the luma of MATLAB's rgb2ycbcr of 8-bit pixels: whole numbers in 16..235.

    Exactly (65481 R + 128553 G + 24966 B + 127500) // 255000 + 16, halves upwards; the 194
    colours that are exact ties differ by a level where MATLAB's order of summation does.
    """
    luma = _rounded(_weighted(channels, STUDIO_WEIGHTS), STUDIO_DIVISOR)
    luma += STUDIO_OFFSET
    return luma


def full_luma_8bit(channels: Channels) -> Plane:
    """Compute the luma of OpenCV's COLOR_RGB2YCrCb of 8-bit pixels: whole numbers in 0..255."""
    return _rounded(_weighted(channels, FULL_WEIGHTS), FULL_DIVISOR)


def planes(channels: Channels, colour: Colour) -> tuple[Plane, ...]:
    """Turn channels into the planes that a protocol's colour names, one or three."""
    if colour == "rgb":
        return rgb_planes(channels)
    return (_LUMAS[colour](channels),)


def _weighted(channels: Channels, weights: tuple[float, float, float]) -> Plane:
    # Channel by channel: a float64 copy of the whole picture costs more than the sums.
    total: Plane = np.multiply(channels[..., 0], weights[0], dtype=np.float64)
    for channel in (1, 2):
        total += np.multiply(channels[..., channel], weights[channel], dtype=np.float64)
    return total


def _rounded(total: Plane, divisor: float) -> Plane:
    # Sums are whole numbers: their quotient never crosses a whole number by rounding.
    total += divisor / 2
    total /= divisor
    return np.floor(total, out=total)


_LUMAS: Mapping[Colour, Callable[[Channels], Plane]] = MappingProxyType(
    {"y": studio_luma, "y-8bit": studio_luma_8bit, "y-full-8bit": full_luma_8bit}
)
