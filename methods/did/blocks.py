"""What DID-MDN's two image networks are made of: dense steps, their joints, a pyramid."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GROWTH = 4  # BottleneckBlock: inter_planes = 4 * out_planes
LEAK = 0.2  # LeakyReLU
POOLS = (32, 16, 8, 4)  # Dense_rain.forward and Dense_rain_residual.forward: x101 to x104

Joint = Callable[[Tensor, Tensor], Tensor]
"""How later features meet earlier ones."""


class Step(NamedTuple):
    """One dense block and the transition after it."""

    inputs: int
    growth: int
    outputs: int
    scale: Literal["down", "keep", "up"]


def conv(inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> nn.Conv2d:
    """Make a convolution that keeps the size, started as torch starts it.

    misc.py defines another start, which derain_train_2018.py never calls.
    """
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)


def norm(channels: int) -> nn.InstanceNorm2d:
    """Normalise by the image's own statistics, in training and after.

    The authors normalise by batch in batches of one image and test their networks in training
    mode (README, test.py): the running statistics are never used.
    """
    return nn.InstanceNorm2d(channels, affine=True)


def side_by_side(later: Tensor, earlier: Tensor) -> Tensor:
    """Join by concatenation, as the de-raining network does (models/derain_dense.py)."""
    return torch.cat([later, earlier], 1)


class DenseStep(nn.Module):
    """BottleneckBlock and TransitionBlock: grow the features, mix them, change the scale."""

    def __init__(self, step: Step, kernel: int) -> None:
        super().__init__()
        inner, grown = GROWTH * step.growth, step.inputs + step.growth
        self.scale = step.scale
        self.grow = nn.Sequential(
            norm(step.inputs),
            nn.ReLU(),
            conv(step.inputs, inner, 1, bias=False),
            norm(inner),
            nn.ReLU(),
            conv(inner, step.growth, kernel, bias=False),
        )
        self.mix = nn.Sequential(norm(grown), nn.ReLU(), conv(grown, step.outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H', W'), half, the same or double."""
        mixed: Tensor = self.mix(torch.cat([x, self.grow(x)], 1))
        if self.scale == "down":
            return F.avg_pool2d(mixed, 2)
        return F.interpolate(mixed, scale_factor=2.0) if self.scale == "up" else mixed


class DenseSteps(nn.Module):
    """Six steps, the first two joined again before the last two."""

    def __init__(self, steps: tuple[Step, ...], kernel: int, join: Joint) -> None:
        super().__init__()
        self.each = nn.ModuleList(DenseStep(step, kernel) for step in steps)
        self.join = join

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the last step makes of an image, (N, 3, H, W), and what the first does."""
        first, second, third, fourth, fifth, sixth = self.each
        x1 = first(x)
        x2 = second(x1)
        x5 = fifth(self.join(fourth(third(x2)), x2))
        return sixth(self.join(x5, x1)), x1


class Pyramid(nn.Module):
    """The end of both networks: features, their means over squares, and an image of three."""

    def __init__(self, inputs: int, maps: int, each: int) -> None:
        super().__init__()
        self.fuse = conv(inputs, maps, 3)  # conv_refin
        self.levels = nn.ModuleList(conv(maps, each, 1) for _ in POOLS)  # conv1010 to conv1040
        self.leave = conv(each * len(POOLS) + maps, 3, 3)  # refine3

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, 3, H, W) in [-1, 1]; the sides are multiples of 32."""
        features = F.leaky_relu(self.fuse(x), LEAK)
        coarse = [
            F.interpolate(F.leaky_relu(level(F.avg_pool2d(features, pool)), LEAK), x.shape[2:])
            for level, pool in zip(self.levels, POOLS, strict=True)
        ]
        found: Tensor = self.leave(torch.cat([*coarse, features], 1)).tanh()
        return found


def unused(convolutions: dict[str, tuple[int, int, int]], norms: tuple[int, ...]) -> nn.ModuleDict:
    """Declare what the published code declares and never calls: part of its counts.

    `convolutions` has the maps in, the maps out and the kernel of each.
    """
    return nn.ModuleDict(
        {name: conv(*sizes) for name, sizes in convolutions.items()}
        | {f"batchnorm{channels}": norm(channels) for channels in norms}
    )
