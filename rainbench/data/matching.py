"""Which pictures of one set may show the scene of another's: candidates, then registration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.data.sight import Sight

# Thumbnails of one scene correlate with 0.998 and more, those of two with 0.938 at most (all of
# Rain100L and Rain800): what is less than this is no candidate as a whole.
WHOLE = 0.93
# What the detail of a registered pair correlates with at least. Made-up crops, flips, resizes and
# JPEGs of kodak24 do with 0.98, all but one; two photographs of one place, taken one after the
# other, with 0.81 at most (tests/bench/audit.py).
SAME = 0.9
# Below this there is nothing to make better.
HOPELESS, SETTLED = 0.4, 0.98
# Corners that agree before two pictures are registered by them, and after.
VOTES = 4
# Bits in which two descriptors of one corner differ at most, of 256.
BITS = 50
# Degrees between the directions of one corner in two pictures at most.
TURN = 12.0
# Tables of descriptors, each keyed by so many bits of them.
TABLES, KEY_BITS = 12, 18
# More corners than this that look alike are texture, and tell nothing.
CROWD = 40
# What is correlated: between this deviation of a Gaussian and this mean's width, in pixels.
FINE, BROAD = 1.5, 25
# The overlap's share of the smaller picture at least, and the zoom between the two at most.
OVERLAP = 0.5
ZOOM = 6.0
LEAN = 0.1  # the sine of the turn between two registered pictures

Indices = NDArray[np.int64]
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Registration:
    """Two pictures, laid over each other."""

    correlation: float
    covered: tuple[float, float]
    """Which part of the one and of the other is in the overlap."""
    scale: float
    """How many pixels of the other a pixel of the one is wide."""


def whole_candidates(ones: Sequence[Sight], others: Sequence[Sight]) -> Iterator[Pair]:
    """Give the pairs whose thumbnails are alike."""
    if not ones or not others:
        return
    mine = np.stack([sight.thumb.ravel() for sight in ones])
    theirs = np.stack([sight.thumb.ravel() for sight in others])
    found = np.argwhere(mine @ theirs.T >= WHOLE)
    yield from ((int(i), int(j)) for i, j in found)


def part_candidates(ones: Sequence[Sight], others: Sequence[Sight]) -> dict[Pair, Indices]:
    """Give the pairs that share corners, each with the corners of the one and of the other."""
    mine, theirs = _pool(ones), _pool(others)
    if not len(mine.surroundings) or not len(theirs.surroundings):
        return {}
    joined = np.unique(np.concatenate([*_joins(mine, theirs)]), axis=0)
    pairs = mine.owners[joined[:, 0]] * len(others) + theirs.owners[joined[:, 1]]
    order = np.argsort(pairs, kind="stable")
    starts = np.flatnonzero(np.diff(pairs[order], prepend=-1))
    found = {}
    for start, end in zip(starts, np.append(starts, len(order))[1:], strict=True):
        if end - start >= VOTES:
            one, other = divmod(int(pairs[order[start]]), len(others))
            rows = joined[order[start:end]]
            firsts = [mine.starts[one], theirs.starts[other]]
            found[one, other] = np.asarray(rows - firsts, dtype=np.int64)
    return found


def register_whole(one: Sight, other: Sight) -> Registration:
    """Stretch one picture over the other."""
    height, width = other.small.shape
    stretched = cv2.resize(one.small, (width, height), interpolation=cv2.INTER_AREA)
    over = np.asarray(stretched, dtype=np.uint8)
    scale = ((other.size[0] / one.size[0]) * (other.size[1] / one.size[1])) ** 0.5
    return Registration(_correlate(over, other.small), (1.0, 1.0), scale)


def register_part(one: Sight, other: Sight, corners: Indices) -> Registration | None:
    """Lay one picture over the other by their corners; None where these do not agree."""
    source, target = one.corners[corners[:, 0], :2], other.corners[corners[:, 1], :2]
    found, inliers = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=3, maxIters=500
    )
    if found is None or int(np.sum(inliers)) < VOTES:
        return None
    matrix = np.asarray(found, dtype=np.float64)
    zoom, turn = float(np.hypot(matrix[0, 0], matrix[1, 0])), abs(float(matrix[1, 0]))
    if not 1 / ZOOM < zoom < ZOOM or turn > zoom * LEAN:
        return None
    laid = _lay(one, other, matrix)
    if HOPELESS < laid.correlation < SETTLED and max(laid.covered) >= OVERLAP:
        better = _lay(one, other, _refined(one, other, matrix))
        laid = max(laid, better, key=lambda each: each.correlation)
    return laid if max(laid.covered) >= OVERLAP else None


def _lay(one: Sight, other: Sight, matrix: NDArray[np.float64]) -> Registration:
    height, width = other.small.shape
    over = np.asarray(cv2.warpAffine(one.small, matrix, (width, height)), dtype=np.uint8)
    mask = np.asarray(cv2.warpAffine(np.ones_like(one.small), matrix, (width, height)) > 0)
    zoom = abs(float(np.linalg.det(matrix[:, :2]))) ** 0.5
    covered = (float(mask.sum()) / (one.small.size * max(zoom, 1e-3) ** 2), float(mask.mean()))
    scale = zoom * (one.small.shape[1] / one.size[0]) / (other.small.shape[1] / other.size[0])
    return Registration(_correlate(over, other.small, mask), covered, scale)


def _refined(one: Sight, other: Sight, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move a picture by fractions of a pixel to where it correlates most (ECC)."""
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 40, 1e-4)
    try:
        _, better = cv2.findTransformECC(other.small, one.small, back, cv2.MOTION_AFFINE, stop)
    except cv2.error:  # it does not converge
        return matrix
    return np.asarray(cv2.invertAffineTransform(np.asarray(better)), dtype=np.float64)


@dataclass(frozen=True)
class _Pool:
    """The corners of all pictures of a set in one row."""

    corners: NDArray[np.float32]
    surroundings: NDArray[np.uint8]
    owners: Indices
    starts: Indices
    """Where each picture's own begin."""


def _pool(sights: Sequence[Sight]) -> _Pool:
    counts = np.array([len(sight.corners) for sight in sights], dtype=np.int64)
    return _Pool(
        np.concatenate([np.zeros((0, 4), np.float32), *(sight.corners for sight in sights)]),
        np.concatenate([np.zeros((0, 32), np.uint8), *(s.surroundings for s in sights)]),
        np.repeat(np.arange(len(sights)), counts),
        np.cumsum(counts) - counts,
    )


def _joins(mine: _Pool, theirs: _Pool) -> Iterator[Indices]:
    """Pair the corners that agree in all of a few bits, a table of other bits after the other."""
    yield np.zeros((0, 2), np.int64)
    for wanted, keys in zip(_keys(mine.surroundings), _keys(theirs.surroundings), strict=True):
        order = np.argsort(keys, kind="stable")
        counts = np.bincount(keys, minlength=1 << KEY_BITS)
        starts = np.cumsum(counts) - counts
        counts[counts > CROWD] = 0
        low, count = starts[wanted], counts[wanted]
        first = np.repeat(np.arange(len(wanted)), count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        second = order[np.repeat(low, count) + within]
        yield _plausible(mine, theirs, np.stack([first, second], axis=1))


def _plausible(mine: _Pool, theirs: _Pool, joined: Indices) -> Indices:
    """Keep the pairs of corners that point the same way, for nobody turns photographs a little."""
    one, other = mine.corners[joined[:, 0]], theirs.corners[joined[:, 1]]
    turn = np.abs((one[:, 2] - other[:, 2] + 180) % 360 - 180)
    joined = joined[turn <= TURN]
    bits = mine.surroundings[joined[:, 0]] ^ theirs.surroundings[joined[:, 1]]
    return np.asarray(joined[_POPCOUNT[bits].sum(axis=1) <= BITS], dtype=np.int64)


def _keys(surroundings: NDArray[np.uint8]) -> Indices:
    """Read each table's bits of every descriptor as a number: (TABLES, N), below 2^KEY_BITS."""
    random = np.random.default_rng(0)
    weights = np.zeros((256, TABLES), dtype=np.float32)
    for table in range(TABLES):
        weights[random.choice(256, KEY_BITS, replace=False), table] = 1 << np.arange(KEY_BITS)
    # Exact in float32, whose matrix product is many times that of integers.
    bits = np.unpackbits(surroundings, axis=1).astype(np.float32)
    return np.asarray((bits @ weights).T, dtype=np.int64)


def _correlate(
    one: NDArray[np.uint8], other: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None
) -> float:
    """Correlate what two pictures show between a pixel and the width of a tenth of them.

    Finer things go with half a pixel's shift or with JPEG; broader ones, a sky's shading or a
    horizon, any two photographs may share.
    """
    a, b = _detail(one), _detail(other)
    if mask is not None:
        a, b = a[mask], b[mask]
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0


def _detail(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    exact = small.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(exact, (0, 0), FINE) - cv2.blur(exact, (BROAD, BROAD)))


_POPCOUNT = np.array([value.bit_count() for value in range(256)], dtype=np.uint16)
