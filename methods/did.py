"""DID-MDN: three densely connected streams of different reach, told how dense the rain is.

This is its de-raining network, `Dense_rain` of the authors' models/derain_dense.py. The second
network, which predicts the density label for images of 512x512 alone, is not here: the label is a
setting. The published test script also stretches every output from its own minimum to its maximum
and saves JPEG; neither is done here. No published weights are in reach.
"""

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import LearnedMethod, Paper, Recipe, SizeRule

GROWTH = 4  # BottleneckBlock: inter_planes = 4 * out_planes
LEAK = 0.2  # LeakyReLU
LABEL_MAPS = 8  # Dense_rain.forward: the label fills 8 maps
COPIES = 5  # Dense_base_down*.forward: x11 to x51, all of them conv11(x1)
POOLS = (32, 16, 8, 4)  # Dense_rain.forward: x101 to x104
PYRAMID = 2  # conv1010 to conv1040: 2 maps each


class Step(NamedTuple):
    """One dense block and the transition after it."""

    inputs: int
    growth: int
    outputs: int
    scale: Literal["down", "keep", "up"]


# Dense_base_down2, Dense_base_down1 and Dense_base_down0: kernel 7, 5 and 3.
LONG = (
    Step(3, 13, 8, "down"),
    Step(8, 16, 16, "down"),
    Step(16, 16, 16, "down"),
    Step(16, 16, 16, "up"),
    Step(32, 8, 8, "up"),
    Step(16, 8, 4, "up"),
)
MIDDLE = (*LONG[:2], Step(16, 16, 16, "keep"), Step(16, 16, 16, "keep"), *LONG[4:])
SHORT = (
    Step(3, 5, 4, "down"),
    Step(4, 8, 12, "keep"),
    Step(12, 4, 12, "keep"),
    Step(12, 4, 12, "keep"),
    Step(24, 8, 4, "keep"),
    Step(8, 8, 4, "up"),
)
# What each stream hands on: its last maps, the copies of one, and the image.
HANDED_ON = 4 + COPIES + 3


def _conv(inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> nn.Conv2d:
    # As torch makes it: misc.py defines another start, which derain_train_2018.py never calls.
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)


def _norm(channels: int) -> nn.InstanceNorm2d:
    """Normalise by the image's own statistics, in training and after.

    The authors normalise by batch in batches of one image, and their README has the network
    tested in training mode: the running statistics are never used.
    """
    return nn.InstanceNorm2d(channels, affine=True)


class DenseStep(nn.Module):
    """BottleneckBlock and TransitionBlock: grow the features, mix them, change the scale."""

    def __init__(self, step: Step, kernel: int) -> None:
        super().__init__()
        inner, grown = GROWTH * step.growth, step.inputs + step.growth
        self.scale = step.scale
        self.grow = nn.Sequential(
            _norm(step.inputs),
            nn.ReLU(),
            _conv(step.inputs, inner, 1, bias=False),
            _norm(inner),
            nn.ReLU(),
            _conv(inner, step.growth, kernel, bias=False),
        )
        self.mix = nn.Sequential(_norm(grown), nn.ReLU(), _conv(grown, step.outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H', W'), half, the same or double."""
        mixed: Tensor = self.mix(torch.cat([x, self.grow(x)], 1))
        if self.scale == "down":
            return F.avg_pool2d(mixed, 2)
        return F.interpolate(mixed, scale_factor=2.0) if self.scale == "up" else mixed


class Stream(nn.Module):
    """One of the three streams: six steps, the first two joined again before the last two."""

    def __init__(self, steps: tuple[Step, ...], kernel: int, unused: nn.Module) -> None:
        super().__init__()
        self.steps = nn.ModuleList(DenseStep(step, kernel) for step in steps)
        self.copied = _conv(steps[0].outputs, 1, 3)  # conv11
        self.unused = unused

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, 12, H, W)."""
        first, second, third, fourth, fifth, sixth = self.steps
        x1 = first(x)
        x2 = second(x1)
        x5 = fifth(torch.cat([fourth(third(x2)), x2], 1))
        x6 = sixth(torch.cat([x5, x1], 1))
        copied = F.interpolate(F.leaky_relu(self.copied(x1), LEAK), size=x.shape[2:])
        return torch.cat([x6, copied.expand(-1, COPIES, -1, -1), x], 1)


def _unused(convolutions: dict[str, tuple[int, int]], norms: tuple[int, ...]) -> nn.ModuleDict:
    """Declare what the published code declares and never calls: part of its counts."""
    return nn.ModuleDict(
        {name: _conv(inputs, outputs, 3) for name, (inputs, outputs) in convolutions.items()}
        | {f"batchnorm{channels}": _norm(channels) for channels in norms}
    )


def _unused_of_stream(steps: tuple[Step, ...]) -> nn.ModuleDict:
    inputs = (steps[1].outputs, steps[2].outputs, steps[4].inputs, steps[5].inputs, 8)
    convs = {f"conv{i}1": (maps, 1) for i, maps in enumerate(inputs, start=2)}
    if steps is SHORT:
        return _unused(convs, ())
    return _unused(convs | {"conv_refin": (11, 20), "refine3": (24, 3)}, (20, 1))


class Did(nn.Module):
    """The de-raining network: rainy to restored, (N, 3, H, W), RGB in [0, 1].

    Height and width are multiples of 32, so that no pooling drops a row. Settings:

        density: the label. In training (datasets/pix2pix_class.py) 0 is heavy, 1 medium, 2 light
            rain; the published test script feeds one more than the classifier's class of four. It
            holds for every image here, in training too.
    """

    def __init__(self, *, density: Literal[0, 1, 2, 3, 4] = 2) -> None:
        super().__init__()
        self.density = density
        self.short = Stream(SHORT, 3, _unused_of_stream(SHORT))
        self.middle = Stream(MIDDLE, 5, _unused_of_stream(MIDDLE))
        self.long = Stream(LONG, 7, _unused_of_stream(LONG))
        maps = 3 * HANDED_ON + 3 + LABEL_MAPS
        self.fuse = _conv(maps, maps, 3)  # conv_refin
        self.pyramid = nn.ModuleList(_conv(maps, PYRAMID, 1) for _ in POOLS)
        self.residual = _conv(PYRAMID * len(POOLS) + maps, 3, 3)  # refine3
        self.refine = nn.Sequential(  # refineclean1, refineclean2
            _conv(3, 8, 7), nn.LeakyReLU(LEAK), _conv(8, 3, 3), nn.Tanh()
        )
        self.unused = _unused({}, (20, 1))

    def forward(self, rainy: Tensor) -> Tensor:
        """Subtract the residual and refine what is left; the output is within [0, 1]."""
        x = 2 * rainy - 1  # mean 0.5 and deviation 0.5, transforms/pix2pix.py
        label = torch.full_like(x[:, :1], self.density).expand(-1, LABEL_MAPS, -1, -1)
        streams = [self.short(x), x, self.middle(x), self.long(x), label]
        features = F.leaky_relu(self.fuse(torch.cat(streams, 1)), LEAK)
        coarse = [
            F.interpolate(F.leaky_relu(conv(F.avg_pool2d(features, pool)), LEAK), x.shape[2:])
            for conv, pool in zip(self.pyramid, POOLS, strict=True)
        ]
        residual = self.residual(torch.cat([*coarse, features], 1)).tanh()
        restored: Tensor = self.refine(x - residual)
        return (restored + 1) / 2


METHOD = LearnedMethod(
    title="DID-MDN",
    paper=Paper(
        title="Density-aware Single Image De-raining using a Multi-stream Dense Network",
        authors="Zhang, Patel",
        venue="CVPR",
        year=2018,
    ),
    network=Did,
    recipe=Recipe(
        source="the authors' derain_train_2018.py, without its loss on features of VGG-16; ten "
        "passes over 12,000 pairs, for the weights it tests are of epoch 9, in which the rate "
        "falls by 2.5%: held here",
        loss=F.l1_loss,
        steps=120_000,
        batch=1,
        patch=512,
        learning_rate=2e-4,
        momentum=0.5,
        weight_decay=5e-5,
    ),
    size=SizeRule(multiple_of=32, minimum=32),
    reach=None,  # an image is normalised by its own statistics
    dead=("*unused.*",),
)
