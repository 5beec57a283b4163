"""What a network costs: parameters and multiply-accumulates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Work:
    """What a network does for one image."""

    macs: int
    """Multiply-accumulates of convolutions and matrix products: one for each element written and
    each input that has part in it; activation functions, pooling and resampling are not counted."""
    activations: int
    """Elements that convolutions and matrix products write, each operation's as it is run."""


def measure_work(build: Callable[[], nn.Module], height: int, width: int) -> Work:
    """Measure what `build` builds on one image, in shapes alone where that can be.

    Raises what `build` and the network raise.
    """
    import torch

    try:
        with torch.device("meta"):
            return _work(build(), height, width)
    except Exception:  # noqa: BLE001 - as above: it may look at numbers
        return _work(build(), height, width)


def _work(network: nn.Module, height: int, width: int) -> Work:
    import torch

    from rainbench.engines.operations import Operations

    aten = torch.ops.aten
    # Where the left factor of each kind of product stands among its arguments.
    products = {aten.mm: 0, aten.addmm: 1, aten.bmm: 0, aten.baddbmm: 1}
    macs = activations = 0

    def count(function: Any, args: Any, made: Any) -> None:  # noqa: ANN401 - torch states no types
        nonlocal macs, activations
        kind = function.overloadpacket
        if kind is aten.convolution:
            rainy, weight, transposed = args[0], args[1], args[6]
            macs += (rainy if transposed else made).numel() * weight[0].numel()
        elif kind in products:
            macs += made.numel() * args[products[kind]].shape[-1]
        else:
            return
        activations += made.numel()

    with torch.no_grad(), Operations(count):
        network.eval()(torch.zeros(1, 3, height, width))
    return Work(macs, activations)


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
