"""JORDER's multi-task form, re-constructed: where rain is, its streaks, and what is behind it.

This is the network that the paper describes and its authors never released; what they released
under the name is `jorder`. Known of it, from the paper's abstract and the README beside the
released model: contextualised features from three paths of two 3x3 convolutions, dilated by 1, 2
and 3, so that they see 5, 9 and 13 pixels; 64 maps; from the features F a mask R by two
convolutions, the streaks S by one on [F, R], the background B by one on [F, R, S, O - R S]; the
squared errors of B and of S and the cross-entropy of R as the loss; and all of it applied again to
its own estimate.

Everything marked "chosen" below stands in no source at hand. No weights exist, and nothing measured
with this file is a figure of the paper's.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import LearnedMethod, Paper, Reach, Recipe, Setting, Weights

CHANNELS = 64
DILATIONS = (1, 2, 3)
RECURRENCES = 3  # chosen
RAINY = 4 / 255  # chosen: how much rain, in any colour, makes a pixel of the mask
STREAKS_WEIGHT, MASK_WEIGHT = 1.0, 0.01  # chosen: lambda_1 and lambda_2 of the loss


class Estimate(NamedTuple):
    """What one recurrence makes of an image."""

    seen: Tensor
    """O, the image it was given, (N, 3, H, W)."""
    mask: Tensor
    """R before its sigmoid, (N, 1, H, W)."""
    streaks: Tensor
    """S, (N, 3, H, W)."""
    background: Tensor
    """B, (N, 3, H, W)."""


def _conv(inputs: int, outputs: int, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)


class Context(nn.Module):
    """The contextualised dilated features: three paths of different reach, and the features.

    Chosen: every convolution is rectified, the paths are summed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.paths = nn.ModuleList(
            nn.Sequential(
                _conv(CHANNELS, CHANNELS, dilation),
                nn.ReLU(),
                _conv(CHANNELS, CHANNELS, dilation),
                nn.ReLU(),
            )
            for dilation in DILATIONS
        )

    def forward(self, x: Tensor) -> Tensor:
        """Gather context around features, (N, 64, H, W)."""
        return sum((path(x) for path in self.paths), start=x)


class JorderMultiTask(nn.Module):
    """The network: (N, 3, H, W), RGB in [0, 1], any size, zeros beyond the edges.

    In training mode it returns an Estimate a recurrence, else the last background. Settings:

        recurrences: how often it is applied, to the background it found last; no weight depends
            on it.
    """

    def __init__(self, *, recurrences: int = RECURRENCES) -> None:
        super().__init__()
        if recurrences < 1:
            raise ValueError("there must be at least one recurrence")
        self.recurrences = recurrences
        self.enter = _conv(3, CHANNELS)
        self.context = Context()
        self.mask = nn.Sequential(_conv(CHANNELS, CHANNELS), nn.ReLU(), _conv(CHANNELS, 1))
        self.streaks = _conv(CHANNELS + 1, 3)
        self.background = _conv(CHANNELS + 1 + 3 + 3, 3)

    def forward(self, rainy: Tensor) -> Tensor | tuple[Estimate, ...]:
        """Restore the image; overshoot is kept."""
        estimates = self.estimates(rainy)
        return tuple(estimates) if self.training else estimates[-1].background

    def estimates(self, rainy: Tensor) -> list[Estimate]:
        """Apply the network again and again.

        Chosen: weights are shared, and features are handed on from one recurrence to the next.
        """
        estimates: list[Estimate] = []
        seen, features = rainy, torch.zeros_like(rainy[:, :1])
        for _ in range(self.recurrences):
            features = self.context(self.enter(seen).relu() + features)
            estimates.append(self._tell_apart(seen, features))
            seen = estimates[-1].background
        return estimates

    def _tell_apart(self, seen: Tensor, features: Tensor) -> Estimate:
        """Find mask, streaks and background one after the other, each from those before it."""
        mask = self.mask(features)
        r = mask.sigmoid()
        streaks = self.streaks(torch.cat([features, r], 1))
        background = self.background(torch.cat([features, r, streaks, seen - r * streaks], 1))
        return Estimate(seen, mask, streaks, background)


def multi_task_loss(estimates: Sequence[Estimate], clean: Tensor) -> Tensor:
    """Sum every recurrence's three errors: of background, streaks and mask.

    Chosen: a recurrence answers for the rain that is left in the image it is given, O - B, which
    is what its streaks should be, and its mask 1 where that is above RAINY.
    """
    total = clean.new_zeros(())
    for estimate in estimates:
        rain = (estimate.seen - clean).detach()
        touched = (rain.abs().amax(1, keepdim=True) > RAINY).to(clean.dtype)
        total = (
            total
            + F.mse_loss(estimate.background, clean)
            + STREAKS_WEIGHT * F.mse_loss(estimate.streaks, rain)
            + MASK_WEIGHT * F.binary_cross_entropy_with_logits(estimate.mask, touched)
        )
    return total


def reach(settings: Mapping[str, Setting]) -> Reach:
    """Say how far a pixel is felt: from `enter` to `background`, recurrence after recurrence."""
    once = 1 + 2 * max(DILATIONS) + 4
    return Reach(int(settings["recurrences"]) * once)


METHOD = LearnedMethod(
    title="JORDER, multi-task form (re-constructed)",
    paper=Paper(
        title="Deep Joint Rain Detection and Removal from a Single Image",
        authors="Yang, Tan, Feng, Liu, Guo, Yan",
        venue="CVPR",
        year=2017,
    ),
    network=JorderMultiTask,
    recipe=Recipe(
        source="the form of the loss as in the paper; its weights are chosen, and the rest is not "
        "published: taken from the authors' code of JORDER-E (TPAMI 2019), as for jorder",
        loss=multi_task_loss,
        picture=lambda estimates: estimates[-1].background,
        steps=300_000,
        batch=8,
        patch=64,
        learning_rate=1e-4,
        milestones=(200_000,),
        decay=0.5,
        flip=True,
    ),
    weights={
        "rain800-10min": Weights(
            source="jorder_mt-rain800-10min.safetensors",
            sha256="38f544e57d5bdd9e4543886f4b429d2a74afdf99efb2b28a496eec591ef99e3e",
            licence="MIT",
            shipped=True,
        ),
    },
    reach=reach,
)
