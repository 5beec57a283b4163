"""Structural similarity as a term of a loss: differentiable, in torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WINDOW, SIGMA = 11, 1.5  # pixels: Wang et al. (2004), section III.B
C1, C2 = 0.01**2, 0.03**2  # ibid., for a peak of 1


def mean_ssim(restored: Tensor, clean: Tensor) -> Tensor:
    """Return the mean SSIM of two batches, (N, C, H, W) in [0, 1], as a scalar to maximise.

    A Gaussian window on each channel, zeros beyond the edges, every pixel counted: what
    de-raining papers train with, and no figure to report (that is a protocol's).
    """
    a, b = _blurred(restored), _blurred(clean)
    aa, bb = _blurred(restored**2) - a**2, _blurred(clean**2) - b**2
    ab = _blurred(restored * clean) - a * b
    ssim = (2 * a * b + C1) * (2 * ab + C2) / ((a**2 + b**2 + C1) * (aa + bb + C2))
    return ssim.mean()


def _blurred(x: Tensor) -> Tensor:
    import torch
    import torch.nn.functional as F

    offsets = torch.arange(WINDOW, dtype=x.dtype, device=x.device) - WINDOW // 2
    window = torch.exp(-(offsets**2) / (2 * SIGMA**2))
    window = window / window.sum()
    channels, edge = x.shape[1], WINDOW // 2
    rows = window.view(1, 1, WINDOW, 1).expand(channels, 1, WINDOW, 1)
    x = F.conv2d(x, rows, padding=(edge, 0), groups=channels)
    return F.conv2d(x, rows.transpose(2, 3), padding=(0, edge), groups=channels)
