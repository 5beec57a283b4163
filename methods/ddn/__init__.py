"""DDN: a residual network that sees only the detail layer of the rainy image.

Two networks go by this name. The paper's training code normalises after every convolution; the
network the authors published for MATLAB normalises before the convolutions inside its blocks (its
statistics and its biases say so, and only so does it remove rain). Both are here, by a setting.
"""

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import Checkpoint, LearnedMethod, Paper, Reach, Recipe, Weights

from .matlab import read_mat

MAPS = 16  # section 3.3: 16 feature maps
BLOCKS = 12  # section 3.3: 26 layers, of which 24 in twelve blocks
RADIUS, EPSILON = 15, 1.0  # guided filter of the training code, for images in [0, 1]
MOMENTUM = 0.01  # batch normalisation in the training code: decay 0.99
# Batch normalisation's epsilon: TensorFlow's in the training code, Caffe's in the published file.
NORM_EPSILON = {"after": 1e-3, "before": 1e-5}


def base_layer(rainy: Tensor) -> Tensor:
    """Smooth each channel by a guided filter with itself as the guide, (N, C, H, W) to the same.

    A window of 31x31 pixels is cut at the border and holds what of the image is in it, so that an
    image smaller than that is one window with fewer pixels; no size is refused.
    """
    mean = _window_mean(rainy)
    variance = _window_mean(rainy * rainy) - mean * mean
    slope = variance / (variance + EPSILON)
    return _window_mean(slope) * rainy + _window_mean(mean - slope * mean)


def _window_mean(x: Tensor) -> Tensor:
    edge = 2 * RADIUS + 1
    for kernel, padding in (((edge, 1), (RADIUS, 0)), ((1, edge), (0, RADIUS))):
        x = F.avg_pool2d(x, kernel, stride=1, padding=padding, count_include_pad=False)
    return x


class Layer(nn.Module):
    """A 3x3 convolution with a batch normalisation after it, or before."""

    def __init__(self, inputs: int, outputs: int, *, norm: str, before: bool = False) -> None:
        super().__init__()
        self.before = before
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        nn.init.xavier_uniform_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]
        self.norm = nn.BatchNorm2d(
            inputs if before else outputs, eps=NORM_EPSILON[norm], momentum=MOMENTUM
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve and normalise, with no activation after."""
        out: Tensor = self.conv(self.norm(x).relu()) if self.before else self.norm(self.conv(x))
        return out


class Block(nn.Module):
    """Two layers and the shortcut around them; rectified before the sum, not after."""

    def __init__(self, norm: str) -> None:
        super().__init__()
        self.before = norm == "before"
        self.first, self.second = (
            Layer(MAPS, MAPS, norm=norm, before=self.before) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Refine features, (N, 16, H, W)."""
        if self.before:
            refined: Tensor = self.second(self.first(x))
        else:
            refined = self.second(self.first(x).relu()).relu()
        return x + refined


class Ddn(nn.Module):
    """The deep detail network (section 3): (N, 3, H, W), RGB in [0, 1], any size.

    Settings:
        norm: whether blocks normalise after each convolution (the training code) or before (the
            published network).
    """

    def __init__(self, *, norm: Literal["after", "before"] = "after") -> None:
        super().__init__()
        self.enter = Layer(3, MAPS, norm=norm)
        self.blocks = nn.Sequential(*(Block(norm) for _ in range(BLOCKS)))
        self.leave = Layer(MAPS, 3, norm=norm)

    def forward(self, rainy: Tensor) -> Tensor:
        """Add the negative residual, found in the detail layer, to the whole image."""
        detail = rainy - base_layer(rainy)
        features = self.blocks(self.enter(detail).relu())
        residual: Tensor = self.leave(features)
        return rainy + residual


# The parts of each of the 26 layers in network.mat: kernels, biases, and of each normalisation the
# summed means and variances with what they are sums of, the scales and the shifts.
PARTS = ("weight", "bias", "BatchNorm_1", "BatchNorm_2", "BatchNorm_3", "Scale_1", "Scale_2")
LAYERS = 2 + 2 * BLOCKS
LEVELS = 255  # what is 1 here is 255 there


def read_weights(tensors: Mapping[str, Tensor]) -> Checkpoint:
    """Read the authors' network.mat, as they exported it from Caffe.

    Kernels are (width, height, inputs, outputs). Input and output count 8-bit levels, which the
    first kernel and the last normalisation take up here. The channels are red, green and blue: the
    mean residuals learnt, -14.5, -14.8 and -15.3 levels, follow the room to white that each has
    in photographs.
    """
    if tensors.keys() != {f"model.{part}.{i}" for part in PARTS for i in range(LAYERS)}:
        return Checkpoint({}, tensors)  # the check against the network says what is missing
    state: dict[str, Tensor] = {}
    for i in range(LAYERS):
        layer = {part: tensors[f"model.{part}.{i}"] for part in PARTS}
        state |= {f"{_place(i)}.{name}": tensor for name, tensor in _layer(layer).items()}
    state["enter.conv.weight"] = state["enter.conv.weight"] * LEVELS
    for name in ("weight", "bias"):
        state[f"leave.norm.{name}"] = state[f"leave.norm.{name}"] / LEVELS
    return Checkpoint({"norm": "before"}, state)


def _place(i: int) -> str:
    """Say where layer `i` of 26 stands here."""
    inside = f"blocks.{(i - 1) // 2}.{('second', 'first')[i % 2]}"
    return {0: "enter", LAYERS - 1: "leave"}.get(i, inside)


def _layer(parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name the parts of one layer as torch does; sums become means."""
    kernel, summed = parts["weight"], parts["BatchNorm_3"].flatten()[0]
    return {
        "conv.weight": kernel.permute(3, 2, 1, 0).contiguous() if kernel.dim() == 4 else kernel,
        "conv.bias": parts["bias"].flatten(),
        "norm.running_mean": parts["BatchNorm_1"].flatten() / summed,
        "norm.running_var": parts["BatchNorm_2"].flatten() / summed,
        "norm.weight": parts["Scale_1"].flatten(),
        "norm.bias": parts["Scale_2"].flatten(),
        "norm.num_batches_tracked": torch.tensor(0),
    }


METHOD = LearnedMethod(
    title="DDN",
    paper=Paper(
        title="Removing Rain from Single Images via a Deep Detail Network",
        authors="Fu, Huang, Zeng, Huang, Ding, Paisley",
        venue="CVPR",
        year=2017,
    ),
    code_licence="none stated",
    network=Ddn,
    recipe=Recipe(
        source="the authors' training code (CVPR17_training_code)",
        loss=F.mse_loss,
        steps=210_000,
        batch=20,
        patch=64,
        learning_rate=0.1,
        milestones=(100_000, 200_000),
        optimiser="sgd",
        momentum=0.9,
        initialisation="Xavier uniform, biases 0",
    ),
    variants={"released": {"norm": "before"}},
    weights={
        "matlab": Weights(
            source="network.mat of the repository XMU-smartdsp/Removing_Rain",
            sha256="8dab3f4ede5abf6ab03a589ef848b2d7691e86512641d6072d87de9e4a1071c5",
            trained_on="not stated",
            settings={"norm": "before"},
        ),
        "rain800-10min": Weights(
            source="ddn-rain800-10min.safetensors",
            sha256="7a78920bd980cfc0a0460b432f3b0a7e1626ad547a520225448b269cc9e8379f",
            licence="MIT",
            shipped=True,
        ),
    },
    # The detail layer takes two windows, every convolution a pixel.
    reach=Reach(2 * RADIUS + LAYERS),
    read_weights=read_weights,
    read_file={".mat": read_mat},
)
