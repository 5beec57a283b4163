"""Every learned method trains by its own recipe, and its weights restore again."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rainbench.method import LearnedMethod
from rainbench.registry import entries, find_method
from rainbench.restorers.preparation import build_network, method_settings, prepare_restorer
from rainbench.restorers.weights import read_record
from rainbench.specification import parse_method
from rainbench.training.job import train
from rainbench.training.watch import Watch
from tests.training_pairs import draw_pairs


def learned() -> dict[str, LearnedMethod]:
    found = {name: find_method(name).value for name in entries("methods")}
    return {name: each for name, each in found.items() if isinstance(each, LearnedMethod)}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_pairs(tmp_path_factory.mktemp("pairs") / "made", scenes=3, height=64, width=72)


@pytest.mark.parametrize("name", learned())
def test_it_trains_by_its_recipe(name: str, pairs: Path, tmp_path: Path) -> None:
    losses: list[float] = []
    weights = train(
        name, datasets=[str(pairs)], output=tmp_path, cache=tmp_path / "cache",
        budget="steps=2", batch=2, patch=32, validation=1,
        watch=Watch(on_step=lambda _step, _steps, loss: losses.append(loss)),
    )  # fmt: skip
    assert len(losses) == 2
    assert np.isfinite(losses).all()
    record = read_record(weights) or {}
    assert record["method"] == name
    restorer = prepare_restorer(f"{name}@{weights}")
    rainy = np.random.default_rng(0).random((64, 72, 3), dtype=np.float32)
    # After two steps what it makes may lie outside [0, 1] by more than a restorer allows.
    assert np.isfinite(restorer.derain(rainy)).all()
    assert restorer.budget.startswith("2 of ")


@pytest.mark.parametrize("name", learned())
def test_its_recipe_says_which_is_the_restored_picture(name: str) -> None:
    """The squared error is of the very picture that the network gives when it restores."""
    method = learned()[name]
    recipe = method.recipe
    assert recipe is not None
    torch.manual_seed(0)
    network = build_network(method, method_settings(method, parse_method(name))).eval()
    rainy, clean = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        restored = network(rainy)
        for part in network.modules():
            # What is normalised by its batch stays as it is when it restores.
            part.training = not isinstance(part, nn.BatchNorm2d)
        loss = recipe.objective("mse")(network(rainy), clean)
    torch.testing.assert_close(loss, F.mse_loss(restored, clean))


@pytest.mark.parametrize("name", learned())
def test_a_recipe_says_where_it_comes_from(name: str) -> None:
    recipe = learned()[name].recipe
    assert recipe is not None
    assert recipe.source
    assert recipe.initialisation
    assert recipe.steps > max(recipe.milestones, default=0)
    assert list(recipe.milestones) == sorted(recipe.milestones)
