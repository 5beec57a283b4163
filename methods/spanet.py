"""SPANet: residual blocks under an attention that looks along rows and columns.

Sizes, constants and what happens where follow the authors' code, the files SPANet.py, irnn.py,
main.py and dataset.py of the repository stevewongv/SPANet.
"""

import re
from collections.abc import Mapping
from operator import itemgetter

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import Checkpoint, LearnedMethod, Paper, Recipe, Weights, mean_ssim, rename

CHANNELS = 32  # SPANet.py
BLOCKS = 17  # SPANet.py: three plain, four groups of three under attention, two plain
ATTENTIVE = range(3, 15)
GROUP = 3
# irnn.py, in the order of its outputs: the axis of (N, H, W, C) that a direction runs along, and
# whether it runs from the far end ("up" begins at the bottom).
DIRECTIONS = {"up": (1, True), "right": (2, False), "down": (1, False), "left": (2, True)}
WEIGHT = 0.2  # SPANet.py: alpha, where the recurrences' weights start
LEVEL = 1 / 255  # one level of 8 bits


def _conv(inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> nn.Conv2d:
    padding = dilation * (kernel // 2)
    return nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=False)


def scan(x: Tensor, weight: Tensor, bias: Tensor, *, along: int, back: bool) -> Tensor:
    """Run a rectified recurrence along one axis of (N, H, W, C), all of the others at once.

    h_0 = max(x_0, 0), without weight or bias, and h_t = max(w h_(t-1) + b + x_t, 0) (irnn.py).
    `back` begins at the far end.
    """
    turn = slice(None, None, -1 if back else 1)
    states = [x.select(along, -1 if back else 0).relu()]
    for step in (x + bias).unbind(along)[turn][1:]:
        states.append(torch.addcmul(step, weight, states[-1]).relu_())
    return torch.stack(states[turn], along)


class Irnn(nn.Module):
    """Recurrences of identity form in four directions, one weight and bias a channel each.

    (N, C, H, W) to (N, 4 C, H, W), in the order of DIRECTIONS.
    """

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.ParameterDict(
            {where: torch.full((CHANNELS,), WEIGHT) for where in DIRECTIONS}
        )
        # SPANet.py leaves the bias as torch draws it for one input a channel.
        self.bias = nn.ParameterDict(
            {where: torch.empty(CHANNELS).uniform_(-1, 1) for where in DIRECTIONS}
        )

    def forward(self, x: Tensor) -> Tensor:
        """Carry features along columns and rows, to and fro; channels last, as memory has them."""
        x = x.permute(0, 2, 3, 1)
        four = [
            scan(x, self.weight[where], self.bias[where], along=axis, back=back)
            for where, (axis, back) in DIRECTIONS.items()
        ]
        return torch.cat(four, 3).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """The spatial attentive module: features, (N, 32, H, W), to where rain is, (N, 1, H, W).

    `unused` is a weighing of the four directions that the published code declares and works
    out, and then drops: its products are not in place. Its parameters are in every count and
    weights file, near their initial values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = _conv(CHANNELS, CHANNELS)
        self.first, self.second = Irnn(), Irnn()
        self.middle, self.last = (_conv(4 * CHANNELS, CHANNELS) for _ in range(2))
        self.leave = _conv(CHANNELS, 1, kernel=1)
        half = CHANNELS // 2
        self.unused = nn.Sequential(
            nn.Conv2d(CHANNELS, half, 3), nn.Conv2d(half, half, 3), nn.Conv2d(half, 4, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Look along all rows and columns twice, so that every pixel sees every other."""
        once = self.middle(self.first(self.enter(x)))
        twice = self.last(self.second(once)).relu()
        attention: Tensor = self.leave(twice).sigmoid()
        return attention


def _block() -> nn.Sequential:
    """Build the body of a residual block (Bottleneck)."""
    return nn.Sequential(
        _conv(CHANNELS, CHANNELS, kernel=1),
        nn.ReLU(inplace=True),
        _conv(CHANNELS, CHANNELS, dilation=2),
        nn.ReLU(inplace=True),
        _conv(CHANNELS, CHANNELS, kernel=1),
    )


class Spanet(nn.Module):
    """The network: (N, 3, H, W), RGB in [0, 1], any size; the image itself, not its rain.

    In training mode it returns the restored image, the first attention and the rainy image.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = _conv(3, CHANNELS)
        self.attention = Attention()
        self.blocks = nn.ModuleList(_block() for _ in range(BLOCKS))
        self.leave = _conv(CHANNELS, 3)

    def forward(self, rainy: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        """Restore the image; each group of three blocks looks anew, with the same weights."""
        x = self.enter(rainy).relu()
        attentions: list[Tensor] = []
        for k, block in enumerate(self.blocks):
            change = block(x)
            if k in ATTENTIVE:
                if (k - ATTENTIVE.start) % GROUP == 0:
                    attentions.append(self.attention(x))
                change = change * attentions[-1]
            x = (change + x).relu()
        restored: Tensor = self.leave(x)
        return (restored, attentions[0], rainy) if self.training else restored


def joint_loss(outputs: tuple[Tensor, Tensor, Tensor], clean: Tensor) -> Tensor:
    """Return the authors' loss (main.py): L1, 1 - SSIM, and the first attention's squared error.

    The attention should be 1 where rainy and clean differ in any channel (dataset.py), 0 elsewhere.
    """
    restored, attention, rainy = outputs
    touched = (rainy - clean).abs().amax(1, keepdim=True) > LEVEL / 2
    similarity = mean_ssim(restored, clean)
    return F.l1_loss(restored, clean) + 1 - similarity + F.mse_loss(attention, touched.float())


# The authors' names of layers, as patterns, and what they are called here.
_NAMES = (
    (r"conv_in\.0\.", r"enter."),
    (r"conv_out\.0\.", r"leave."),
    (r"SAM1\.conv_in\.", r"attention.enter."),
    (r"SAM1\.conv2\.", r"attention.middle."),
    (r"SAM1\.conv3\.", r"attention.last."),
    (r"SAM1\.conv_out\.", r"attention.leave."),
    (r"SAM1\.irnn1\.([a-z]+)_weight\.(weight|bias)", r"attention.first.\2.\1"),
    (r"SAM1\.irnn2\.([a-z]+)_weight\.(weight|bias)", r"attention.second.\2.\1"),
    (r"SAM1\.attention_layer\.conv([1-3])\.", lambda m: f"attention.unused.{int(m[1]) - 1}."),
    (
        r"res_block(\d+)\.group1\.conv([1-3])\.",
        lambda m: f"blocks.{int(m[1]) - 1}.{2 * int(m[2]) - 2}.",
    ),
)


def read_weights(tensors: Mapping[str, Tensor]) -> Checkpoint:
    """Read the authors' state dict, and those of csdwren/RecDerain.

    They were trained on BGR, as OpenCV reads it. Turning round the colour axis of the first
    kernel and the last makes the same network take and give RGB.
    """
    state = {}
    for theirs, tensor in tensors.items():
        name = rename(theirs, _NAMES)
        if name in ("enter.weight", "leave.weight") and tensor.dim() == 4:
            tensor = tensor.flip(1 if name == "enter.weight" else 0)
        elif re.match(r"attention\.(first|second)\.", name):
            tensor = tensor.flatten()  # (32, 1, 1, 1) there: a convolution of each channel
        state[name] = tensor
    return Checkpoint({}, state)


METHOD = LearnedMethod(
    title="SPANet",
    paper=Paper(
        title="Spatial Attentive Single-Image Deraining with a High Quality Real Rain Dataset",
        authors="Wang, Yang, Xu, Chen, Zhang, Lau",
        venue="CVPR",
        year=2019,
    ),
    code_licence="BSD-style, License.txt of the repository",
    network=Spanet,
    recipe=Recipe(
        source="main.py of the authors' code; its crops are also scaled, those here are not",
        loss=joint_loss,
        picture=itemgetter(0),
        steps=40_000,
        batch=16,
        patch=256,
        learning_rate=5e-3,
        milestones=(30_000,),
        initialisation="as PyTorch starts layers; recurrent weights 0.2",
    ),
    weights={
        "spa": Weights(
            source="model/latest of the repository stevewongv/SPANet",
            sha256="3b5d58d0f4569004a0d2dc6f4373463bd60991fc8a04c061361357cf012e5eb0",
            trained_on="spa:train",
            licence="BSD-style, License.txt of the repository",
        ),
        "rainlight": Weights(
            source="logs/RainLight/SPANet/latest of the repository csdwren/RecDerain",
            sha256="c6c6c10c1371fd31fd620143e79cb786fb02d984c538355372cbeeca00730192",
            trained_on="rain200l:train, which has all scenes of Rain100L",
        ),
        "rain800-8min": Weights(
            source="spanet-rain800-8min.safetensors",
            sha256="bbe0f9335d02297369a5f280bdad8f80a44c008c379a65ba01b3da0e31e7cf6c",
            licence="MIT",
            shipped=True,
        ),
    },
    reach=None,  # recurrences run from edge to edge
    read_weights=read_weights,
    dead=("attention.unused.*",),
)
