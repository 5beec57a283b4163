"""LP's quadratic step: both layers at once, solved by FFT and held between 0 and the rainy plane.

With the patches' and gradients' targets fixed, the energy is a convex quadratic of the layers
x = (B, R), x' M x - 2 x' b + constant, whose M is a 2x2 matrix at each frequency:

    [1 + omega (|d|^2 + K), 1; 1, 1 + beta + omega K]

with d the transforms of the two differences and K that of the patches (eq. 9 of the paper forgets
the term of the gradients, which its eq. 5 has).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from .patches import LENGTH, spectrum

BETA = 0.01  # of ||R||^2, section 4

TOLERANCE = 2e-6  # in [0, 1]: what a step of conjugate gradients that ends them may move
SETS = 30  # of pixels at a bound that are tried at most
TURNS = 60  # of conjugate gradients at most


class Targets(NamedTuple):
    """What the layers are drawn to; None: that term is left out."""

    gradients: Tensor | None
    """H, (2, H, W): down and to the right."""
    background: Tensor | None
    """Sum of P_i' g_i over B's patches, (H, W)."""
    rain: Tensor | None
    """The same of R's patches."""


@dataclass(frozen=True)
class Quadratic:
    """The step's quadratic at one omega; planes are float64, layers (2, H, W): B, then R."""

    rainy: Tensor
    omega: float
    targets: Targets

    def slope(self, layers: Tensor) -> Tensor:
        """Return M x - b, half the gradient of the energy."""
        return self.times(layers) - self.right_side

    def times(self, layers: Tensor) -> Tensor:
        """Return M x."""
        a, c = self._diagonal
        b, r = torch.fft.rfft2(layers)
        return self._layers(a * b + r, b + c * r)

    def solve(self, right_side: Tensor) -> Tensor:
        """Return the layers where M x is `right_side`."""
        a, c = self._diagonal
        b, r = torch.fft.rfft2(right_side) / (a * c - 1)
        return self._layers(c * b - r, a * r - b)

    @cached_property
    def right_side(self) -> Tensor:
        """The vector b."""
        b, r = self.rainy, self.rainy
        if self.targets.gradients is not None:
            b = b + self.omega * gather(self.targets.gradients)
        if self.targets.background is not None:
            b = b + self.omega * self.targets.background
        if self.targets.rain is not None:
            r = r + self.omega * self.targets.rain
        return torch.stack([b, r])

    @cached_property
    def _diagonal(self) -> tuple[Tensor, Tensor]:
        height, width = self.rainy.shape
        device = self.rainy.device
        patches = spectrum(height, width, device)
        differences = differences_spectrum(height, width, device)
        a = torch.ones_like(patches)
        c = a + BETA
        if self.targets.gradients is not None:
            a = a + self.omega * differences
        if self.targets.background is not None:
            a = a + self.omega * patches
        if self.targets.rain is not None:
            c = c + self.omega * patches
        return a, c

    def _layers(self, b: Tensor, r: Tensor) -> Tensor:
        height, width = self.rainy.shape
        found: Tensor = torch.fft.irfft2(torch.stack([b, r]), (height, width))
        return found


def minimise_in_box(quadratic: Quadratic, start: Tensor, *, tolerance: float = TOLERANCE) -> Tensor:
    """Find the layers of least energy with 0 <= B, R <= O, from `start`, (2, H, W), in the box.

    By the primal-dual active set method (Hintermueller, Ito, Kunisch, "The Primal-Dual Active Set
    Strategy as a Semismooth Newton Method", SIAM J. Optim. 13, 2002): the slope says which pixels
    lie at a bound, the others are solved for, and so on until the same pixels lie there. It is
    exact to some `tolerance`. The energy is then minimised between `start` and what was found, so
    that it never rises even where SETS were too few.
    """
    top = quadratic.rainy.expand_as(start)
    layers, before = start, None
    for _ in range(SETS):
        pushed = layers - quadratic.slope(layers) / (1 + LENGTH * quadratic.omega)
        low, high = pushed <= 0, pushed >= top
        free = ~(low | high)
        bounds = torch.stack([low, high])
        if before is not None and bool((bounds == before).all()):
            break
        before = bounds
        layers = torch.where(low, 0.0, torch.where(high, top, layers))
        layers = _solve_for(quadratic, free, layers, tolerance)
    return _least_between(quadratic, start, layers.clamp_min(0).minimum(top))


def _solve_for(quadratic: Quadratic, free: Tensor, layers: Tensor, tolerance: float) -> Tensor:
    """Minimise over the pixels that are `free`, (2, H, W) of bool, with the others as they are.

    Conjugate gradients, preconditioned by the solution for all pixels: few are at a bound.
    """
    left = -quadratic.slope(layers) * free
    way, before = torch.zeros_like(left), left.new_ones(())
    for _ in range(TURNS):
        wanted = quadratic.solve(left) * free
        fall = (left * wanted).sum()
        if float(fall) <= 0:
            break
        way, before = wanted + fall / before * way, fall
        bend = quadratic.times(way) * free
        size = fall / (way * bend).sum()
        layers, left = layers + size * way, left - size * bend
        if float((size * way).abs().max()) <= tolerance:
            break
    return layers


def _least_between(quadratic: Quadratic, start: Tensor, end: Tensor) -> Tensor:
    """Minimise on the line between two layers: the energy there is a parabola."""
    slope, way = quadratic.slope(start), end - start
    fall = -float((slope * way).sum())
    bend = float(((quadratic.slope(end) - slope) * way).sum())
    if fall <= 0 or bend <= 0:
        return start
    return end if fall >= bend else start + fall / bend * way


def differences(plane: Tensor) -> Tensor:
    """Return the periodic forward differences down and to the right, (2, H, W)."""
    return torch.stack([plane.roll(-1, 0) - plane, plane.roll(-1, 1) - plane])


def gather(gradients: Tensor) -> Tensor:
    """Apply the adjoint of `differences`, (2, H, W) to (H, W)."""
    down, right = gradients
    gathered: Tensor = down.roll(1, 0) - down + right.roll(1, 1) - right
    return gathered


@cache
def differences_spectrum(height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """Return what `gather(differences(x))` multiplies each frequency of x by."""
    rows = torch.fft.fftfreq(height, dtype=torch.float64, device=device)
    columns = torch.fft.rfftfreq(width, dtype=torch.float64, device=device)
    down, right = (2 - 2 * (2 * torch.pi * each).cos() for each in (rows, columns))
    total: Tensor = down[:, None] + right
    return total
