"""What a photograph looks like in 256 bits, so that it is known again without its pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.image import Pixels

# Pixels along a side of what is looked at, and the frequencies kept of each direction.
SIDE = 32
FREQUENCIES = 16

ALIKE = 40
"""Bits of 256 in which looks of one photograph differ at most. In the index that ships, whole
pictures of one scene differ in 2 at most, those of two scenes in 89 at least; a crop that leaves
much away looks like another scene."""

Bits = NDArray[np.uint8]
"""(N, 32): looks, eight bits a byte."""


def look(pixels: Pixels) -> str:
    """Tell a photograph's look, 64 hexadecimal digits: the signs of its lowest frequencies.

    Of the brightness, shrunk to 32x32 by means over areas; a discrete cosine transform's 16x16
    lowest coefficients, the mean's left at 0. A mirrored picture has the odd columns' bits turned.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    small = np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    signs = _COSINES @ small @ _COSINES.T > 0
    signs[0, 0] = False
    return np.packbits(signs).tobytes().hex()


def bits(looks: list[str]) -> Bits:
    """Turn looks into rows of bytes: (N, 32)."""
    held = np.frombuffer(bytes.fromhex("".join(looks)), dtype=np.uint8)
    return held.reshape(len(looks), FREQUENCIES * FREQUENCIES // 8)


def distances(one: str, others: Bits) -> NDArray[np.int64]:
    """Count the bits in which a look differs from others, as it is or in a mirror: (N,)."""
    mine = bits([one])
    apart = [_COUNT[mine ^ others].sum(axis=1), _COUNT[mine ^ _MIRROR ^ others].sum(axis=1)]
    return np.asarray(np.minimum(*apart), dtype=np.int64)


_COSINES = np.cos(
    np.pi / SIDE * np.outer(np.arange(FREQUENCIES), np.arange(SIDE) + 0.5)
)  # rows of the discrete cosine transform, not scaled: signs alone count
_COUNT = np.array([value.bit_count() for value in range(256)], dtype=np.int64)
_MIRROR = np.packbits(np.tile(np.arange(FREQUENCIES) % 2, (FREQUENCIES, 1)).astype(np.uint8))
