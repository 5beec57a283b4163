"""DID-MDN: its dead weights are dead, its statistics an image's own, its label given or guessed."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rainbench.costs.profile import count_parameters
from rainbench.errors import TrainingError, WeightsError
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, method_settings, prepare_restorer
from rainbench.restorers.weights import save_weights
from rainbench.specification import parse_method
from rainbench.training.job import train


def did(words: str = "did") -> nn.Module:
    method = find_method("did").value
    assert isinstance(method, LearnedMethod)
    torch.manual_seed(0)
    return build_network(method, method_settings(method, parse_method(words)))


def test_dead_parameters_change_nothing() -> None:
    network, rainy = did().eval(), torch.rand(1, 3, 32, 64)
    with torch.no_grad():
        before = network(rainy)
        for name, parameter in network.named_parameters():
            if "unused." in name:
                parameter.fill_(torch.nan)
        assert torch.equal(network(rainy), before)


def test_an_image_restores_alike_alone_in_a_batch_and_in_training() -> None:
    network, rainy = did(), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        alone = torch.cat([network.eval()(image[None]) for image in rainy])
        torch.testing.assert_close(network(rainy), alone, atol=1e-6, rtol=0)
        torch.testing.assert_close(network.train()(rainy), alone, atol=1e-6, rtol=0)
    assert not list(network.buffers())


def test_the_density_label_reaches_the_output() -> None:
    rainy = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        results = [did(f"did:density={density}")(rainy) for density in range(5)]
    assert torch.equal(results[2], did()(rainy))
    for one, other in pairwise(results):
        assert not torch.equal(one, other)
    for result in results:
        assert 0 <= result.min() <= result.max() <= 1


PREDICTED = "did:density=predicted"


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """All three networks, with a classifier of images of 64x64: that of 512x512 has 262 MB."""
    monkeypatch.setattr("rainbench.methods.did.density.SIDE", 64)
    return did(PREDICTED).eval()


def predictor(network: nn.Module) -> nn.Module:
    part = network.predictor
    assert isinstance(part, nn.Module)
    return part


def test_each_network_has_the_parameters_of_the_published_code() -> None:
    with torch.device("meta"):
        parts = dict(predictor(did(PREDICTED)).named_children())
    counts = {name: count_parameters(part) for name, part in parts.items()}
    assert counts == {"residual": 182_947, "classifier": 65_501_084}
    called = [p for name, p in parts["residual"].named_parameters() if "unused." not in name]
    assert sum(parameter.numel() for parameter in called) == 103_609


def test_the_classifier_is_shown_any_image_at_its_own_size() -> None:
    with torch.device("meta"):
        network = did(PREDICTED)
        assert network.get_submodule("predictor")(torch.rand(2, 3, 32, 96)).shape == (2,)
        assert network(torch.rand(2, 3, 32, 96)).shape == (2, 3, 32, 96)


def test_a_predicted_label_restores_as_the_same_label_given(whole: nn.Module) -> None:
    rainy = torch.rand(2, 3, 32, 64)
    # As drawn, the classifier finds one class in all noise: two are put into its mouth.
    with torch.no_grad():
        leave = predictor(whole).get_submodule("classifier.leave")
        assert isinstance(leave, nn.Linear)
        hook = leave.register_forward_hook(lambda *_: torch.eye(4)[torch.tensor([0, 2])])
        labels = whole.get_submodule("predictor")(2 * rainy - 1)
        restored = whole(rainy)
        hook.remove()
    assert labels.tolist() == [1, 3]
    for image, label, found in zip(rainy, labels, restored, strict=True):
        given = did(f"did:density={label}").eval()
        given.load_state_dict(whole.state_dict(), strict=False)
        with torch.no_grad():
            torch.testing.assert_close(given(image[None])[0], found, atol=1e-6, rtol=0)


def test_the_dead_of_the_predictor_change_nothing_and_the_rest_does(whole: nn.Module) -> None:
    part, x = predictor(whole).get_submodule("residual"), torch.rand(1, 3, 32, 64)
    state = {name: tensor.clone() for name, tensor in part.state_dict().items()}
    with torch.no_grad():
        before = part(x)
        for name, parameter in part.named_parameters():
            if "unused." in name:
                parameter.fill_(torch.nan)
        assert torch.equal(part(x), before)
    part.load_state_dict(state)
    part(x).sum().backward()
    for name, parameter in part.named_parameters():
        assert (parameter.grad is None) == ("unused." in name), name


def test_a_predicted_label_is_refused_without_its_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as told:
        prepare_restorer(PREDICTED)
    assert "expected weights for did" in str(told.value)
    assert "got none at hand" in str(told.value)
    assert "weights of all three networks" in str(told.value)
    with pytest.raises(TrainingError, match="weights of all three networks"):
        train(PREDICTED, clean=tmp_path, output=tmp_path)


def test_weights_of_a_given_label_do_not_predict(tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    record = {"settings": {"density": "2"}, "trained_on": "noise"}
    save_weights(file, did().state_dict(), record)
    assert prepare_restorer("did", weights=file).label == "did@mine"
    with pytest.raises(WeightsError, match="density=predicted"):
        prepare_restorer(PREDICTED, weights=file)


def test_weights_of_all_three_networks_predict(whole: nn.Module, tmp_path: Path) -> None:
    file = tmp_path / "all.safetensors"
    record = {"settings": {"density": "predicted"}, "trained_on": "noise"}
    save_weights(file, whole.state_dict(), record)
    restorer = prepare_restorer("did", weights=file)
    assert restorer.label == f"{PREDICTED}@all"
    rainy = np.random.default_rng(0).random((20, 33, 3), dtype=np.float32)
    assert restorer(rainy).shape == rainy.shape
