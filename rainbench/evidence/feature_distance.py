"""How alike maps inside a network are: distances of their values, with what to hold them against.

The distance is Wasserstein's first: how far values must move, in standard deviations of what
they are compared with, for one histogram to become the other. By itself it says nothing; it
does beside the same distance in an untrained network, on a rain-free picture, and between
channels of one scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import fsum
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from rainbench.evidence.features import FeatureSet, Maps

Change: TypeAlias = Callable[[Maps], Maps]

MOST_VALUES = 5_000
"""Values of a map that are compared; of larger maps every n-th."""


def as_they_are(maps: Maps) -> Maps:
    """Return maps unchanged."""
    return maps


def gradients(maps: Maps) -> Maps:
    """Compute the magnitude of each map's spatial gradient by Sobel, a pixel of its own scale."""
    found = [
        np.hypot(*(cv2.Sobel(each, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1))))
        for each in maps
    ]
    return np.stack(found).astype(np.float32)


def distances_to_first(
    sets: Sequence[FeatureSet], group: str, change: Change = as_they_are
) -> dict[str, float]:
    """Compare every map of a group with the group's first, channel by channel.

    Values are standardised by the first's mean and deviation. Returns the median over channels
    and sets, by the map's name; channels that are constant are left out.
    """
    found: dict[str, list[float]] = {}
    for each in sets:
        maps = {name: change(values) for name, values in each.groups.get(group, {}).items()}
        for name in list(maps)[1:]:
            first = next(iter(maps.values()))
            found.setdefault(name, []).extend(
                _distance(one, other) for one, other in zip(first, maps[name], strict=True)
            )
    return {name: _median(values) for name, values in found.items()}


def distance_between_channels(
    sets: Sequence[FeatureSet], group: str, change: Change = as_they_are
) -> float:
    """Compare every two channels of a group's first map, standardised by either: the median."""
    return _median(list(_between(sets, group, change)))


def variance_left(
    rainy: Sequence[FeatureSet], clean: Sequence[FeatureSet], group: str
) -> dict[str, float]:
    """Say what part of each map's variance is there without rain, from the same scenes without it.

    0: the map sees rain alone; 1: it varies as much where there is no rain. By the map's name,
    over all channels and pairs of sets.
    """
    left: dict[str, list[float]] = {}
    whole: dict[str, list[float]] = {}
    for with_rain, without in zip(rainy, clean, strict=False):
        for name, values in with_rain.groups.get(group, {}).items():
            whole.setdefault(name, []).append(_variance(values))
            left.setdefault(name, []).append(_variance(without.groups[group][name]))
    return {name: fsum(left[name]) / fsum(whole[name]) for name in whole if fsum(whole[name]) > 0}


def standardised(maps: Mapping[str, Maps]) -> dict[str, Maps]:
    """Standardise every map of a group by the first's channels; constant channels go."""
    first = next(iter(maps.values()))
    mean, deviation = first.mean(axis=(1, 2)), first.std(axis=(1, 2))
    kept = deviation > 0
    shape = (-1, 1, 1)
    return {
        name: (values[kept] - mean[kept].reshape(shape)) / deviation[kept].reshape(shape)
        for name, values in maps.items()
    }


def _between(sets: Sequence[FeatureSet], group: str, change: Change) -> Iterator[float]:
    for each in sets:
        maps = each.groups.get(group, {})
        if not maps:
            continue
        channels = change(next(iter(maps.values())))
        for i, one in enumerate(channels):
            for j, other in enumerate(channels):
                if i != j:
                    yield _distance(one, other)


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Measure how far `other` is from `one`, in deviations of `one`; NaN where it has none."""
    deviation = float(one.std())
    if deviation == 0:
        return float("nan")
    first, second = ((_some(each) - float(one.mean())) / deviation for each in (one, other))
    return float(stats.wasserstein_distance(first, second))


def _some(values: NDArray[np.float32]) -> NDArray[np.float64]:
    flat = values.ravel().astype(np.float64)
    return flat[:: max(1, -(-flat.size // MOST_VALUES))]


def _variance(values: Maps) -> float:
    return float(values.astype(np.float64).var(axis=(1, 2)).sum())


def _median(values: Sequence[float]) -> float:
    # Not the mean: one channel that hardly varies is a hundred of its deviations off.
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
