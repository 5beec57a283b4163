"""What of a recipe decides the steps besides its plan: optimiser, modes, sizes."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD, Adam

from rainbench.errors import TrainingError
from rainbench.method import SizeRule
from rainbench.streaks.rain import RAIN_STYLES
from rainbench.training.loop import _decided_by, _optimiser, follow
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
    follow(course, lambda: network, recipe, MATERIAL, folder, size=size, every=2)
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
    assert len({_decided_by(course, r, MATERIAL) for r in recipes}) == 4


class Pair(NamedTuple):
    """What a network may return in training: tensors by name."""

    restored: torch.Tensor
    mask: torch.Tensor


def test_reduced_precision_is_recorded_and_its_losses_are_float32(tmp_path: Path) -> None:
    seen: list[torch.dtype] = []

    class Nested(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, rainy: torch.Tensor) -> object:
            made: torch.Tensor = self.conv(rainy)
            seen.append(made.dtype)
            return [Pair(made, made)] if self.training else rainy

    def loss(stages: list[Pair], clean: torch.Tensor) -> torch.Tensor:
        assert type(stages[0]) is Pair
        assert stages[0].mask.dtype == stages[0].restored.dtype == torch.float32
        return F.mse_loss(stages[0].restored, clean)

    recipe = replace(PLAIN, loss=loss)
    course = plan("nested", {}, recipe, rain="rain100l", precision="bf16")
    state = follow(course, Nested, recipe, MATERIAL, tmp_path, every=2)
    assert seen[:2] == [torch.bfloat16] * 2
    assert seen[-1] == torch.float32  # validation is not reduced
    assert state.network["conv.weight"].dtype == torch.float32
    full = replace(course, precision="float32")
    assert _decided_by(course, recipe, MATERIAL) != _decided_by(full, recipe, MATERIAL)


def test_a_training_by_the_squared_error_is_another_run() -> None:
    recipe = replace(PLAIN, loss=F.l1_loss)
    own, mse = (plan("normed", {}, recipe, rain="rain100l", loss=loss) for loss in ("own", "mse"))
    assert _decided_by(own, recipe, MATERIAL) != _decided_by(mse, recipe, MATERIAL)
    one, other = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.5)
    assert recipe.objective(own.loss)(one, other) == pytest.approx(0.5)
    assert recipe.objective(mse.loss)(one, other) == pytest.approx(0.25)


def test_a_compressed_schedule_keeps_its_shares() -> None:
    recipe = replace(PLAIN, steps=400, milestones=(240, 320), learning_rate=1.0)
    short = plan("m", {}, recipe, steps=50)
    rates = [short.learning_rate_at(step) for step in (0, 29, 30, 39, 40, 49)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    falling = plan("m", {}, recipe, steps=50, schedule="cosine")
    assert falling.learning_rate_at(25) == pytest.approx(0.5)
