"""What an audit keeps of a clean picture: digest, thumbnail, corners with their surroundings."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.costs.machine import cores
from rainbench.errors import RainbenchError
from rainbench.image import Picture, Pixels, pixel_sha256

# Pixels along the longer side of what corners are sought in, and how many of them are kept.
SIDE = 320
CORNERS = 200
THUMB = 32


@dataclass(frozen=True)
class Sight:
    """One clean picture, as far as an audit needs it."""

    name: str
    digest: str
    """SHA-256 of its pixels."""
    size: tuple[int, int]
    """Width and height in pixels."""
    small: NDArray[np.uint8]
    """Grey, (H, W), at most SIDE pixels along a side."""
    thumb: NDArray[np.float32]
    """Grey, (THUMB, THUMB), stretched, of zero mean and unit length."""
    corners: NDArray[np.float32]
    """(N, 4): x and y in `small`, the angle in degrees, and the size in pixels."""
    surroundings: NDArray[np.uint8]
    """(N, 32): ORB's binary descriptors."""

    @cached_property
    def mirrored(self) -> Sight:
        """The same picture in a mirror."""
        over = self.turned(upside_down=False, left_right=True)
        corners, surroundings = _corners(over.small)
        return replace(over, corners=corners, surroundings=surroundings)

    def turned(self, *, upside_down: bool, left_right: bool) -> Sight:
        """See the whole picture turned over, without its corners."""
        rows, columns = (slice(None, None, -1 if over else 1) for over in (upside_down, left_right))
        return replace(
            self,
            small=np.ascontiguousarray(self.small[rows, columns]),
            thumb=np.ascontiguousarray(self.thumb[rows, columns]),
        )


@dataclass(frozen=True)
class Sights:
    """The clean pictures of a set, each once."""

    title: str
    seen: tuple[Sight, ...]
    unread: tuple[str, ...]
    """Names of the pictures that cannot be decoded."""


def look_at(title: str, pictures: Iterable[tuple[str, Picture]]) -> Sights:
    """See every picture of a set, on all cores."""
    listed = list(pictures)
    with ThreadPoolExecutor(cores(), "audit") as pool:
        seen = list(pool.map(_look, listed))
    return Sights(
        title,
        tuple(sight for sight in seen if sight is not None),
        tuple(name for (name, _), sight in zip(listed, seen, strict=True) if sight is None),
    )


def see(name: str, pixels: Pixels) -> Sight:
    """See one picture: RGB, (H, W, 3), 8 bit."""
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    small = shrink(grey, SIDE)
    corners, surroundings = _corners(small)
    return Sight(
        name,
        pixel_sha256(pixels),
        (pixels.shape[1], pixels.shape[0]),
        small,
        _thumb(grey),
        corners,
        surroundings,
    )


def shrink(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Shrink to at most `side` pixels along the longer side, by the mean over areas."""
    scale = side / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _look(item: tuple[str, Picture]) -> Sight | None:
    name, picture = item
    try:
        return see(name, picture.read())
    except RainbenchError:
        return None


def _thumb(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = small - small.mean()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-6), dtype=np.float32)


def _corners(small: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    finder = cv2.ORB.create(nfeatures=CORNERS, edgeThreshold=16, fastThreshold=10)
    points, surroundings = finder.detectAndCompute(small, None)
    if surroundings is None:
        return np.zeros((0, 4), np.float32), np.zeros((0, 32), np.uint8)
    corners = [(*point.pt, point.angle, point.size) for point in points]
    return np.array(corners, np.float32), np.asarray(surroundings, np.uint8)
