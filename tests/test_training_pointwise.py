"""1x1 convolutions by the fast library: the same numbers, whatever the network."""

import pytest
import torch
from torch import nn

from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.specification import parse_method
from rainbench.training.pointwise import hasten


@pytest.mark.parametrize("name", ["msfm", "spanet", "rescan"])
def test_it_changes_no_number_beyond_rounding(name: str) -> None:
    method = find_method(name).value
    assert isinstance(method, LearnedMethod)
    torch.manual_seed(0)
    network = build_network(method, method_settings(method, parse_method(name))).eval()
    rainy = torch.rand(1, 3, 40, 48)
    before = network(rainy)
    before.sum().backward()
    slopes = _slopes(network)
    network.zero_grad()
    hasten(network)
    after = network(rainy)
    after.sum().backward()
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-5)
    for key, slope in _slopes(network).items():
        torch.testing.assert_close(slope, slopes[key], rtol=1e-3, atol=1e-2, msg=key)


def test_only_kernels_of_one_pixel_are_changed() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())
    hasten(network)
    assert [each.dilation for each in network if isinstance(each, nn.Conv2d)] == [(2, 2), (1, 1)]


def _slopes(network: nn.Module) -> dict[str, torch.Tensor]:
    parameters = network.named_parameters()
    return {key: each.grad.clone() for key, each in parameters if each.grad is not None}
