"""What a network costs: parameters and multiply-accumulates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

# Large enough for every scale of every network on the shelf.
PROBE = 128


def count_parameters(network: nn.Module) -> int:
    """Count the trainable numbers of a network, dead ones included."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def macs_per_pixel(network: nn.Module) -> float:
    """Count multiply-accumulates an image pixel, of convolutions and matrix products alone.

    Counted by torch's own counter over a square image of 128 pixels, two operations to one
    multiply-accumulate; activations, pooling and resampling are not counted.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        network.eval()(torch.zeros(1, 3, PROBE, PROBE))
    return counter.get_total_flops() / 2 / PROBE**2
