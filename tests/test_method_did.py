"""DID-MDN's network: its dead weights are dead, its statistics an image's own."""

from itertools import pairwise

import torch
from torch import nn

from rainbench.method import LearnedMethod
from rainbench.preparation import build_network, method_settings
from rainbench.registry import find_method
from rainbench.specification import parse_method


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
