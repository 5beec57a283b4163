"""DID-MDN's guess of how dense the rain is: a first residual, and a classifier of it.

Dense_rain_residual of the authors' models/derain_residual.py and vgg19ca of their
models/derain_dense.py, in the order of their test.py: the classifier's only layer of weight takes
127,896 numbers, so that it sees images of 512x512 alone.
"""

import operator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import DenseSteps, Pyramid, Step, conv, norm, unused

SIDE = 512  # test.py: imageSize
CLASSES = 4  # dense_classifier1
LABEL_MAPS = 4  # Dense_rain_residual.forward
HEAVY = 0.0  # test.py and train_rain_class.py: the residual is taken for the label of heavy rain
MAPS, EACH = 20, 1  # Dense_rain_residual: conv_refin, conv1010 to conv1040
POOL = 7  # vgg19ca.forward
HIDDEN = 512  # vgg19ca: dense_classifier

# Dense_base_down2, Dense_base_down1 and Dense_base_down0, all with kernel 3.
LONG = (
    Step(3, 13, 8, "down"),
    Step(8, 16, 16, "down"),
    Step(16, 16, 16, "keep"),
    Step(16, 16, 16, "keep"),
    Step(16, 8, 8, "up"),
    Step(8, 8, 2, "up"),
)
MIDDLE = (
    LONG[0],
    Step(8, 16, 16, "keep"),
    *LONG[2:4],
    Step(16, 8, 8, "keep"),
    LONG[5],
)
SHORT = (
    Step(3, 5, 4, "keep"),
    Step(4, 8, 12, "keep"),
    Step(12, 4, 12, "keep"),
    Step(12, 4, 12, "keep"),
    Step(12, 8, 4, "keep"),
    Step(4, 8, 2, "keep"),
)
# A fourth chain of steps, declared in Dense_rain_residual and never called.
UNUSED = (
    Step(3, 13, 8, "keep"),
    Step(8, 16, 16, "keep"),
    Step(16, 32, 16, "keep"),
    Step(16, 16, 16, "keep"),
    Step(16, 8, 8, "keep"),
    Step(8, 8, 4, "keep"),
)


def _unused_of_stream() -> nn.ModuleDict:
    levels = {f"conv10{k}0": (MAPS, EACH, 1) for k in range(1, 5)}
    return unused({"conv_refin": (11, 20, 3), "refine3": (24, 3, 3), **levels}, (20, 1))


class ResidualNetwork(nn.Module):
    """Dense_rain_residual: an image in [-1, 1] to its first estimate without rain."""

    def __init__(self) -> None:
        super().__init__()
        # Joined by sums here, where the de-raining network joins by concatenation.
        self.streams = nn.ModuleList(
            DenseSteps(steps, 3, operator.add) for steps in (SHORT, MIDDLE, LONG)
        )
        self.pyramid = Pyramid(3 * LONG[-1].outputs + 3 + LABEL_MAPS, MAPS, EACH)
        self.unused = nn.ModuleList(
            [
                DenseSteps(UNUSED, 3, operator.add),
                unused({}, (20, 1)),
                _unused_of_stream(),  # of Dense_base_down1
                _unused_of_stream(),  # of Dense_base_down2
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to the same, in [-1, 1]; the sides are multiples of 32."""
        short, middle, long = (stream(x)[0] for stream in self.streams)
        label = torch.full_like(x[:, :1], HEAVY).expand(-1, LABEL_MAPS, -1, -1)
        estimate: Tensor = self.pyramid(torch.cat([short, x, middle, long, label], 1))
        return estimate


class Classifier(nn.Module):
    """vgg19ca: one layer of VGG-19, one of its own, and two that see the image whole."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            conv(3, 64, 3),
            norm(64),
            nn.ReLU(),
            conv(64, 24, 3),
            nn.ReLU(),
            nn.AvgPool2d(POOL),
            nn.Flatten(),
        )
        self.hidden = nn.Linear(24 * (SIDE // POOL) ** 2, HIDDEN)
        self.leave = nn.Linear(HIDDEN, CLASSES)

    def forward(self, residue: Tensor) -> Tensor:
        """(N, 3, 512, 512) to a score a class, (N, 4)."""
        scores: Tensor = self.leave(self.hidden(self.features(residue)).relu())
        return scores


class DensityPredictor(nn.Module):
    """Images, (N, 3, H, W) in [-1, 1], to the label of each, (N,), 1 to 4.

    What it looks at is brought to 512x512 first, as the authors have all their images.
    """

    def __init__(self) -> None:
        super().__init__()
        self.residual = ResidualNetwork()
        self.classifier = Classifier()

    def forward(self, x: Tensor) -> Tensor:
        """Classify what the residual network takes away; test.py adds one to the class."""
        x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
        scores: Tensor = self.classifier(x - self.residual(x))
        return scores.argmax(1) + 1
