"""Every 8x8 patch of a plane, its mean removed, and the way back (the operators P_i of LP).

Planes are periodic: there is a patch at every pixel, so that P is the same everywhere and the
sum of P_i' P_i is a convolution. Whoever wants no patch to cross the seam pads first.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 8  # pixels, section 3.1
LENGTH = SIDE * SIDE


def remove_means(patches: Tensor) -> Tensor:
    """Take its mean from every patch, (N, 64)."""
    return patches - patches.mean(1, keepdim=True)


def cut(plane: Tensor) -> Tensor:
    """Cut a plane, (H, W), into the mean-removed patches that begin at each pixel, (H W, 64)."""
    wrapped = torch.cat([plane, plane[: SIDE - 1]])
    wrapped = torch.cat([wrapped, wrapped[:, : SIDE - 1]], 1)
    windows = wrapped.unfold(0, SIDE, 1).unfold(1, SIDE, 1)
    return remove_means(windows.reshape(-1, LENGTH))


def put_back(patches: Tensor, height: int, width: int) -> Tensor:
    """Add mean-removed patches where they came from, (H W, 64) to (H, W): the adjoint of `cut`."""
    columns = remove_means(patches).t()[None]
    size = height + SIDE - 1, width + SIDE - 1
    total = F.fold(columns, size, SIDE)[0, 0]
    total[: SIDE - 1] += total[height:]
    total[:, : SIDE - 1] += total[:, width:]
    return total[:height, :width]


@cache
def spectrum(height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """Return what `put_back(cut(x))` multiplies each frequency of x by, (H, W // 2 + 1), float64.

    64 patches hold a pixel, and each spreads its mean: n^2 - |b|^2 / n^2 with b the transform
    of the n x n window of ones.
    """
    rows = _window(torch.fft.fftfreq(height, dtype=torch.float64, device=device))
    columns = _window(torch.fft.rfftfreq(width, dtype=torch.float64, device=device))
    return LENGTH - rows[:, None] * columns / LENGTH


def _window(frequencies: Tensor) -> Tensor:
    """Square the transform of SIDE ones in a row, at these cycles a pixel."""
    at = torch.arange(SIDE, dtype=torch.float64, device=frequencies.device)
    phases = 2 * torch.pi * frequencies[:, None] * at
    return phases.cos().sum(1) ** 2 + phases.sin().sum(1) ** 2
