"""What a network costs: parameters and multiply-accumulates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

# Large enough for every scale of every network on the shelf.
PROBE = 128


@dataclass(frozen=True)
class Cost:
    """What a network costs on every image."""

    parameters: int
    """Trainable numbers, dead ones included."""
    macs_per_pixel: float
    """Multiply-accumulates an image pixel; of a part that works at a size of its own, for PROBE."""


def measure_cost(build: Callable[[], nn.Module]) -> Cost:
    """Measure what `build` builds, in shapes alone: no number is drawn, held or multiplied.

    A network that looks at numbers cannot be built so, and is built and run in earnest. Raises
    what `build` and the network raise.
    """
    import torch

    try:
        with torch.device("meta"):
            network = build()
            return Cost(count_parameters(network), macs_per_pixel(network))
    except Exception:  # noqa: BLE001 - whatever it was does not count, only what comes up here
        network = build()
        return Cost(count_parameters(network), macs_per_pixel(network))


def measure_parameters(build: Callable[[], nn.Module]) -> int:
    """Count the parameters of what `build` builds, in shapes alone where that can be.

    Raises what `build` raises.
    """
    import torch

    try:
        with torch.device("meta"):
            return count_parameters(build())
    except Exception:  # noqa: BLE001 - as above: it may need numbers to be built
        return count_parameters(build())


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
