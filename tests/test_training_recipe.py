"""What of a recipe decides the steps besides its plan: optimiser, modes, sizes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD, Adam

from rainbench.errors import TrainingError
from rainbench.method import SizeRule
from rainbench.rain import RAIN_STYLES
from rainbench.training.loop import _identity, _optimiser, follow
from rainbench.training.patches import Photograph, Rendered
from rainbench.training.plan import plan
from rainbench.training.recipe import Recipe

PLAIN = Recipe(source="", loss=F.mse_loss, steps=2, batch=3, patch=20, learning_rate=0.1)
DRAW = np.random.default_rng(0)
PHOTOGRAPHS = tuple(
    Photograph(f"{i}.png", DRAW.integers(0, 256, (47, 64, 3), dtype=np.uint8)) for i in range(2)
)
MATERIAL = Rendered(
    photographs=PHOTOGRAPHS[:1], kept=PHOTOGRAPHS[1:], style=RAIN_STYLES["rain100l"],
    seed=0, batch=3, patch=20,
)  # fmt: skip


class Normed(nn.Module):
    """A network with running statistics that notes how it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.calls: list[tuple[bool, tuple[int, ...]]] = []

    def forward(self, rainy: torch.Tensor) -> torch.Tensor:
        self.calls.append((self.training, tuple(rainy.shape)))
        added: torch.Tensor = self.norm(rainy)
        return rainy + added


def follow_it(recipe: Recipe, folder: Path, size: SizeRule) -> Normed:
    network = Normed()
    course = plan("normed", {}, recipe, rain="rain100l")
    follow(course, lambda: network, recipe, MATERIAL, folder, size=size)
    return network


def test_validation_changes_no_statistics_and_keeps_to_the_networks_sizes(tmp_path: Path) -> None:
    network = follow_it(PLAIN, tmp_path, SizeRule(multiple_of=10))
    trained, validated = (True, (3, 3, 20, 20)), (False, (1, 3, 40, 60))
    assert network.calls == [trained, trained, validated]
    assert network.norm.num_batches_tracked == 2
    assert network.training


def test_a_patch_the_network_does_not_take_is_refused_first(tmp_path: Path) -> None:
    for rule in (SizeRule(multiple_of=8), SizeRule(minimum=32)):
        with pytest.raises(TrainingError, match="another --patch"):
            follow_it(PLAIN, tmp_path, rule)
    assert list(tmp_path.iterdir()) == []


def test_the_recipe_chooses_the_optimiser() -> None:
    network = Normed()
    usual = _optimiser(PLAIN, network, 0.1)
    assert isinstance(usual, Adam)
    assert usual.defaults == Adam(network.parameters(), lr=0.1).defaults
    other = _optimiser(replace(PLAIN, momentum=0.5, weight_decay=1e-4), network, 0.1)
    assert (other.defaults["betas"], other.defaults["weight_decay"]) == ((0.5, 0.999), 1e-4)
    plain = _optimiser(replace(PLAIN, optimiser="sgd"), network, 0.1)
    assert isinstance(plain, SGD)
    assert (plain.defaults["momentum"], plain.defaults["weight_decay"]) == (0.9, 0)


def test_another_optimiser_is_another_run() -> None:
    course = plan("normed", {}, PLAIN, rain="rain100l")
    recipes = [
        PLAIN,
        replace(PLAIN, optimiser="sgd"),
        replace(PLAIN, momentum=0.5),
        replace(PLAIN, weight_decay=1e-4),
    ]
    assert len({_identity(course, r, MATERIAL) for r in recipes}) == 4
