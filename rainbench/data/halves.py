"""Which half of side-by-side files the picture itself says is the rainy one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rainbench.data.listing import spread
from rainbench.dataset import ImagePair
from rainbench.errors import ImageError
from rainbench.image import Pixels

LOOKED_AT = 15
"""Pairs that are looked at, spread over the set."""


@dataclass(frozen=True)
class Votes:
    """How many of the pairs looked at have the rain where it is said to be, and elsewhere."""

    agree: int
    disagree: int

    @property
    def is_swapped(self) -> bool:
        """Whether two pairs in three have it the other way round."""
        return self.disagree >= 2 and self.disagree >= 2 * self.agree


def vote(pairs: Sequence[ImagePair]) -> Votes:
    """Look at a few pairs: rain adds light, and steep edges from one pixel to its neighbour.

    A pair whose light and edges say different things has no vote; nor has one that cannot be
    read.
    """
    agree = disagree = 0
    for pair in spread(pairs, LOOKED_AT):
        try:
            rainy, clean = pair.read()
        except ImageError:
            continue  # verifying names it
        if clean is None:
            continue
        signs = np.sign(np.subtract(_light_and_edges(rainy), _light_and_edges(clean)))
        agree += int((signs > 0).all())
        disagree += int((signs < 0).all())
    return Votes(agree, disagree)


def _light_and_edges(pixels: Pixels) -> tuple[float, float]:
    """Average the light, and the squared steps across the streaks, which fall near-vertically."""
    light = pixels.astype(np.float32).mean(axis=2)
    return float(light.mean()), float((np.diff(light, axis=1) ** 2).mean())
