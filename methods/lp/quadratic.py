"""LP's quadratic step: both layers at once, solved by FFT and held between 0 and the rainy plane.

With the patches' and gradients' targets fixed, the energy is a convex quadratic of the layers
x = (B, R), x' M x - 2 x' b + constant, whose M is a 2x2 matrix at each frequency:

    [1 + omega (|d|^2 + K), 1; 1, 1 + beta + omega K]

with d the transforms of the two differences and K that of the patches (eq. 9 of the paper forgets
the term of the gradients, which its eq. 5 has).
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from .patches import LENGTH, spectrum

BETA = 0.01  # of ||R||^2, section 4

STEPS = 30  # of ADMM at most
TOLERANCE = 1e-3  # a quarter of a grey level: how far the two copies of a layer may be apart
BALANCE = 5.0  # by how much one residual outweighs the other before the penalty changes


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
        height, width = self.rainy.shape
        spectra = torch.fft.rfft2(layers)
        a, c = self._diagonal()
        product = torch.stack([a * spectra[0] + spectra[1], spectra[0] + c * spectra[1]])
        found: Tensor = torch.fft.irfft2(product, (height, width)) - self.right_side()
        return found

    def right_side(self) -> Tensor:
        """Return b."""
        b, r = self.rainy, self.rainy
        if self.targets.gradients is not None:
            b = b + self.omega * gather(self.targets.gradients)
        if self.targets.background is not None:
            b = b + self.omega * self.targets.background
        if self.targets.rain is not None:
            r = r + self.omega * self.targets.rain
        return torch.stack([b, r])

    def solve(self, right_side: Tensor, penalty: float = 0.0) -> Tensor:
        """Return the layers where (M + penalty I) x is `right_side`."""
        height, width = self.rainy.shape
        a, c = (each + penalty for each in self._diagonal())
        b, r = torch.fft.rfft2(right_side)
        spectra = torch.stack([c * b - r, a * r - b]) / (a * c - 1)
        found: Tensor = torch.fft.irfft2(spectra, (height, width))
        return found

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


class Box:
    """The box 0 <= B, R <= O, and ADMM that minimises within it.

    What it has learnt of one quadratic, the multipliers of the box and how stiff a penalty suits,
    is where it begins with the next.
    """

    def __init__(self, rainy: Tensor) -> None:
        self._rainy = rainy
        self._multipliers = rainy.new_zeros(2, *rainy.shape)
        self._stiffness = 1.0  # of the penalty, in what holds R besides the data

    def minimise(
        self,
        quadratic: Quadratic,
        start: Tensor,
        *,
        steps: int = STEPS,
        tolerance: float = TOLERANCE,
    ) -> Tensor:
        """Find the layers of least energy in the box, from `start`, (2, H, W), in the box.

        By turns the free minimum, by FFT, and the box, by clipping, with a penalty on the
        distance of the two that is balanced on the way; until they are no further apart than
        `tolerance` nor move more, or for so many steps. The energy is then minimised exactly
        between `start` and what was found, so that it never rises.
        """
        held = BETA + LENGTH * quadratic.omega
        b, penalty, boxed = quadratic.right_side(), self._stiffness * held, start
        dual = self._multipliers / penalty
        for _ in range(steps):
            free = quadratic.solve(b + penalty * (boxed - dual), penalty)
            before, boxed = boxed, (free + dual).clamp_min(0).minimum(self._rainy)
            dual = dual + free - boxed
            apart = float((free - boxed).abs().max())
            moved = float((boxed - before).abs().max())
            if max(apart, moved) <= tolerance:
                break
            factor = 2.0 if apart > BALANCE * moved else 0.5 if moved > BALANCE * apart else 1.0
            penalty, dual = penalty * factor, dual / factor
        self._multipliers, self._stiffness = dual * penalty, penalty / held
        return _least_between(quadratic, start, boxed)


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
