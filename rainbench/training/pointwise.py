"""Kernels of one pixel, which torch hands to its fast library only where it is asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def hasten(network: nn.Module) -> None:
    """Have a network's 1x1 convolutions computed by oneDNN, whatever the batch.

    On one thread and below 16 images a batch torch convolves with 1x1 kernels by loops of its own,
    which take four times as long. It does not where a convolution is dilated: a distance between a
    kernel's pixels, which means nothing where there is one.
    """
    from torch.nn import Conv2d

    for module in network.modules():
        if isinstance(module, Conv2d) and module.kernel_size == (1, 1):
            module.dilation = (2, 2)
