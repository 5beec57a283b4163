"""The energy of two layers under one dictionary, and the steps that lower it in turn.

    E = sum_p |P_p I - D_I a_p|^2 + sum_p |P_p R - D_R b_p|^2
        + FIDELITY sum_x n(x) (J - I - R + I R)^2

with the rainy plane J, the image I and the rain R, all in [0, J]; P_p cuts the patches p, of which
n(x) hold the pixel x; a_p and b_p have at most 5 and 8 atoms, of length 1, and no atom is in both
D_I and D_R. Each step minimises over one of these with the others kept, or leaves things as they
are where a greedy search finds nothing better: no step raises E.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .dictionary import improve
from .patches import add_up, cover, cut
from .pursuit import Codes, pursue

STEP = 2  # pixels between patches (the released demo: step_s)

# Ours: a patch's five atoms say how an image goes on across a streak, not what it is to a level.
FIDELITY = 1.0
# Ours: a pixel that rain hides all but this much of, of 1, is divided by no less.
LEAST_THROUGH = 1e-3
# Ours: image and rain answer each other's changes a few times before patches are coded again.
SWEEPS = 3


@dataclass(frozen=True)
class Layer:
    """The image or the rain: a plane, and its patches in atoms that are this layer's alone."""

    plane: Tensor
    """(H, W), in [0, 1]."""
    dictionary: Tensor
    """(256, K), columns of length 1."""
    codes: Codes
    """Of the patches of `plane` at every second pixel."""

    @staticmethod
    def uncoded(plane: Tensor, dictionary: Tensor, sparsity: int) -> Layer:
        """Start with codes of nothing, which have room for `sparsity` atoms a patch."""
        count, most = len(cut(plane, STEP)), min(sparsity, dictionary.shape[1])
        return Layer(plane, dictionary, Codes.nothing(count, most, plane))

    def recode(self) -> Layer:
        """Code the patches anew; one whose codes so far are closer keeps them."""
        patches = cut(self.plane, STEP)
        found = pursue(patches, self.dictionary, self.codes.atoms.shape[1])
        before = self._errors(patches, self.codes)[:, None]
        after = self._errors(patches, found)[:, None]
        codes = Codes(
            torch.where(before < after, self.codes.atoms, found.atoms),
            torch.where(before < after, self.codes.values, found.values),
        )
        return replace(self, codes=codes)

    def relearn(self) -> Layer:
        """Fit the atoms to the patches, with the codes as they are but for an atom's length."""
        dictionary, codes = improve(self.dictionary, cut(self.plane, STEP), self.codes)
        return replace(self, dictionary=dictionary, codes=codes)

    def agreed(self) -> Tensor:
        """Average what the codes say of each pixel over the patches that hold it: (H, W)."""
        size = self.plane.shape[0], self.plane.shape[1]
        total = add_up(self.codes.decode(self.dictionary), size, STEP)
        return total / cover(size, STEP, total.device)

    def error(self) -> float:
        """Sum the squared errors of all patches."""
        return float(self._errors(cut(self.plane, STEP), self.codes).sum(dtype=torch.float64))

    def _errors(self, patches: Tensor, codes: Codes) -> Tensor:
        return codes.decode(self.dictionary).sub_(patches).square_().sum(1)


@dataclass(frozen=True)
class Separation:
    """A rainy plane and the two layers it is taken for."""

    rainy: Tensor
    image: Layer
    rain: Layer

    def energy(self) -> float:
        """Sum what is to be small: see the head of this file."""
        left = self.rainy - self.image.plane - self.rain.plane + self.image.plane * self.rain.plane
        weight = cover((left.shape[0], left.shape[1]), STEP, left.device)
        blend = (weight * left.square()).sum(dtype=torch.float64)
        return self.image.error() + self.rain.error() + FIDELITY * float(blend)

    def steps(self) -> Iterator[Separation]:
        """Go once through all steps: codes, dictionaries, planes."""
        now = replace(self, image=self.image.recode(), rain=self.rain.recode())
        yield now
        now = replace(now, image=now.image.relearn(), rain=now.rain.relearn())
        yield now
        yield now.divide()

    def divide(self) -> Separation:
        """Divide the rainy plane anew between the image and the rain, with their codes kept."""
        image, rain = self.image.plane, self.rain.plane
        wanted_image, wanted_rain = self.image.agreed(), self.rain.agreed()
        for _ in range(SWEEPS):
            image = blend_step(self.rainy, rain, wanted_image)
            rain = blend_step(self.rainy, image, wanted_rain)
        return replace(
            self, image=replace(self.image, plane=image), rain=replace(self.rain, plane=rain)
        )


def blend_step(rainy: Tensor, other: Tensor, wanted: Tensor) -> Tensor:
    """Minimise (x - wanted)^2 + FIDELITY (rainy - x - other + x other)^2 over x in [0, rainy].

    A parabola in each pixel: its vertex, or the end of the range next to it. The screen blend is
    the same for either layer.
    """
    through = 1 - other
    vertex = (wanted + FIDELITY * through * (rainy - other)) / (1 + FIDELITY * through.square())
    return torch.minimum(vertex.clamp_min(0), rainy)


def without_rain(rainy: Tensor, rain: Tensor) -> Tensor:
    """Solve J = I + R - I R for the image I: in [0, J] for a rain R in there."""
    return (rainy - rain) / (1 - rain).clamp_min(LEAST_THROUGH)
