"""JORDER: a residual network on luminance, as its authors released it.

The paper describes a recurrent, dilated multi-task network; what was released under its name, and
what later tables call JORDER, is this one: a single pass over the luminance, without dilation,
mask or recurrence. It is what the released weights say of themselves, layer by layer.
"""

import re
from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import Checkpoint, LearnedMethod, Paper, Reach, Recipe, Weights

from .caffe import read_caffemodel

CHANNELS = 64  # num_output of Convolution1, deploy_rain_removal_single.prototxt
BLOCKS = 5  # Eltwise1 to Eltwise5, ibid.
HALF = 0.5  # both coefficients of Eltwise1 to Eltwise6, ibid.

# Luminance of BT.601 in its studio range, 16/255 to 235/255 for [0, 1], as rgb2ycbcr has it.
OF_RED, OF_GREEN, OF_BLUE, BLACK = 65.481 / 255, 128.553 / 255, 24.966 / 255, 16 / 255
STUDIO_RANGE = 219 / 255


def luminance(rgb: Tensor) -> Tensor:
    """Weigh RGB in [0, 1], (N, 3, H, W), into Y in [16/255, 235/255], (N, 1, H, W)."""
    red, green, blue = rgb[:, :1], rgb[:, 1:2], rgb[:, 2:]
    return OF_RED * red + OF_GREEN * green + OF_BLUE * blue + BLACK


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")  # the filler "msra"
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return conv


class Residual(nn.Module):
    """A residual block that halves its sum (Convolution2, 3 and Eltwise1, and so on)."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = _conv(CHANNELS, CHANNELS), _conv(CHANNELS, CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        """Refine features, (N, 64, H, W)."""
        refined: Tensor = self.second(self.first(x).relu())
        return (HALF * x + HALF * refined).relu()


class Jorder(nn.Module):
    """The released network: rainy to restored, (N, 3, H, W), RGB in [0, 1], any size.

    It restores Y. Cb and Cr are those of the rainy image (the released script pastes those of
    the ground truth), so that a change of Y moves red, green and blue alike.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = _conv(1, CHANNELS)
        self.blocks = nn.Sequential(*(Residual() for _ in range(BLOCKS)))
        self.leave = _conv(CHANNELS, 1)

    def forward(self, rainy: Tensor) -> Tensor:
        """Add the residual of the luminance; overshoot is kept."""
        shallow = self.enter(luminance(rainy)).relu()
        deep = self.blocks(shallow)
        residual: Tensor = self.leave(HALF * shallow + HALF * deep)  # Eltwise6, Convolution12
        return rainy + residual / STUDIO_RANGE


def luminance_error(restored: Tensor, clean: Tensor) -> Tensor:
    """Return the released model's loss (`rect_loss`, Euclidean), as a mean over pixels."""
    return F.mse_loss(luminance(restored), luminance(clean))


def read_weights(tensors: Mapping[str, Tensor]) -> Checkpoint:
    """Read a released model's blobs, "Convolution1.0" (a kernel) and "Convolution1.1" (its bias).

    MATLAB shows Caffe an image with its axes exchanged, so every kernel is transposed.
    """
    state = {}
    for name, tensor in tensors.items():
        layer = re.fullmatch(r"Convolution([1-9]|1[0-2])\.([01])", name)
        if layer is None:
            state[name] = tensor
        else:
            here = f"{_PLACES[int(layer[1]) - 1]}.{('weight', 'bias')[int(layer[2])]}"
            state[here] = tensor.mT.contiguous() if tensor.dim() == 4 else tensor
    return Checkpoint({}, state)


# Where the twelve convolutions of the release, in order, stand here.
_PLACES = (
    "enter",
    *(f"blocks.{k}.{which}" for k in range(BLOCKS) for which in ("first", "second")),
    "leave",
)


def _released(kind: str, tested_on: str, sha256: str) -> Weights:
    return Weights(
        source=f"demo_JORDER_release/SRCNN_model/rain_removal_single_{kind}.caffemodel of the "
        f"repository ZhangXinNan/RainDetectionAndRemoval, which tests it on {tested_on}",
        sha256=sha256,
        trained_on="not stated",
    )


METHOD = LearnedMethod(
    title="JORDER",
    paper=Paper(
        title="Deep Joint Rain Detection and Removal from a Single Image",
        authors="Yang, Tan, Feng, Liu, Guo, Yan",
        venue="CVPR",
        year=2017,
    ),
    code_licence="none stated",
    network=Jorder,
    recipe=Recipe(
        source="loss of the released model; the rest is not published, and taken from the "
        "authors' code of JORDER-E (TPAMI 2019): 1,000 batches an epoch, 300 epochs",
        loss=luminance_error,
        steps=300_000,
        batch=8,
        patch=64,
        learning_rate=1e-4,
        milestones=(200_000,),
        decay=0.5,
        flip=True,
        initialisation='the released prototxt\'s filler "msra" (He et al.), biases 0',
    ),
    weights={
        "light": _released(
            "light", "Rain100L", "a96eebec2929a54801d75385c24c2bb7834625180d46a3114c291d228969ec1a"
        ),
        "heavy": _released(
            "heavy", "Rain100H", "c0fab37839c31de884799fa5d48eb4de1e384b8427ccac11bcfc85131046811a"
        ),
        "rain800-10min": Weights(
            source="jorder-rain800-10min.safetensors",
            sha256="8ad1f8adff13a9772095997c4ee4424a87c41d5cedc74f000186bab6b2d25c66",
            licence="MIT",
            shipped=True,
        ),
    },
    reach=Reach(2 + 2 * BLOCKS),  # a pixel for each convolution
    read_weights=read_weights,
    read_file={".caffemodel": read_caffemodel},
)
