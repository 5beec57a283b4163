"""DID-MDN: three densely connected streams of different reach, told how dense the rain is.

The de-raining network is `Dense_rain` of the authors' models/derain_dense.py. The label it takes
is given, or predicted by two more networks (`density.py`), a hundred and eighty times its size.
The published test script also stretches every output from its own minimum to its maximum and
saves JPEG; neither is done here. No published weights are in reach.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import LearnedMethod, Paper, Recipe, SizeRule, Weights

from .blocks import LEAK, DenseSteps, Pyramid, Step, conv, side_by_side, unused
from .density import DensityPredictor

LABEL_MAPS = 8  # Dense_rain.forward: the label fills 8 maps
COPIES = 5  # Dense_base_down*.forward: x11 to x51, all of them conv11(x1)
EACH = 2  # conv1010 to conv1040: 2 maps each
PREDICTED = "predicted"

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


class Stream(nn.Module):
    """One of the three streams: its six steps, and copies of what the first of them found."""

    def __init__(self, steps: tuple[Step, ...], kernel: int) -> None:
        super().__init__()
        self.steps = DenseSteps(steps, kernel, side_by_side)
        self.copied = conv(steps[0].outputs, 1, 3)  # conv11
        self.unused = _unused_of_stream(steps)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, 12, H, W)."""
        last, first = self.steps(x)
        copied = F.interpolate(F.leaky_relu(self.copied(first), LEAK), size=x.shape[2:])
        return torch.cat([last, copied.expand(-1, COPIES, -1, -1), x], 1)


def _unused_of_stream(steps: tuple[Step, ...]) -> nn.ModuleDict:
    inputs = (steps[1].outputs, steps[2].outputs, steps[4].inputs, steps[5].inputs, 8)
    convs = {f"conv{i}1": (maps, 1, 3) for i, maps in enumerate(inputs, start=2)}
    if steps is SHORT:
        return unused(convs, ())
    return unused(convs | {"conv_refin": (11, 20, 3), "refine3": (24, 3, 3)}, (20, 1))


class Did(nn.Module):
    """The de-raining network: rainy to restored, (N, 3, H, W), RGB in [0, 1].

    Height and width are multiples of 32, so that no pooling drops a row. Settings:

        density: the label. In training (datasets/pix2pix_class.py) 0 is heavy, 1 medium, 2 light
            rain; the published test script feeds one more than the classifier's class of four. It
            holds for every image here, in training too; "predicted" asks the classifier.
    """

    def __init__(self, *, density: Literal["0", "1", "2", "3", "4", "predicted"] = "2") -> None:
        super().__init__()
        self.density = density
        self.predictor = DensityPredictor() if density == PREDICTED else None
        self.short, self.middle, self.long = Stream(SHORT, 3), Stream(MIDDLE, 5), Stream(LONG, 7)
        maps = 3 * HANDED_ON + 3 + LABEL_MAPS
        self.pyramid = Pyramid(maps, maps, EACH)
        self.refine = nn.Sequential(  # refineclean1, refineclean2
            conv(3, 8, 7), nn.LeakyReLU(LEAK), conv(8, 3, 3), nn.Tanh()
        )
        self.unused = unused({}, (20, 1))

    def forward(self, rainy: Tensor) -> Tensor:
        """Subtract the residual and refine what is left; the output is within [0, 1]."""
        x = 2 * rainy - 1  # mean 0.5 and deviation 0.5, transforms/pix2pix.py
        label = self.labels(x)[:, None, None, None].expand(-1, LABEL_MAPS, *x.shape[2:])
        streams = [self.short(x), x, self.middle(x), self.long(x), label]
        restored: Tensor = self.refine(x - self.pyramid(torch.cat(streams, 1)))
        return (restored + 1) / 2

    def labels(self, x: Tensor) -> Tensor:
        """Say how dense the rain of each image is, (N,); `x` is in [-1, 1]."""
        if self.predictor is None:
            return x.new_full((len(x),), float(self.density))
        label: Tensor = self.predictor(x)
        return label.to(x.dtype)


METHOD = LearnedMethod(
    title="DID-MDN",
    paper=Paper(
        title="Density-aware Single Image De-raining using a Multi-stream Dense Network",
        authors="Zhang, Patel",
        venue="CVPR",
        year=2018,
    ),
    code_licence="MIT",
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
        flip=True,
        initialisation="as PyTorch starts layers: misc.py's other start is never called",
    ),
    untrainable={
        "density": {
            PREDICTED: "give a file of rainbench with the weights of all three networks, for none "
            "ships and the recipe trains the first alone; or give the label: did:density=2"
        }
    },
    weights={
        "rain800-10min": Weights(
            source="did-rain800-10min.safetensors",
            sha256="23d798e4c728b6fd7262fb8f8075b3332985a90a87805c63c082b03869c3fe4e",
            licence="MIT",
            shipped=True,
        ),
    },
    size=SizeRule(multiple_of=32, minimum=32),
    reach=None,  # an image is normalised by its own statistics
    dead=("*unused.*",),
)
