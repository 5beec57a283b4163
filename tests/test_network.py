from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rainbench.engines.network import as_derainer, resolve_device
from rainbench.errors import MethodError, UsageError
from rainbench.method import SizeRule


class Picky(nn.Module):
    """Refuses what its size rule forbids, and returns its input."""

    def forward(self, rainy: Tensor) -> Tensor:
        if rainy.shape[2] % 8 or rainy.shape[3] % 8 or min(rainy.shape[2:]) < 32:
            raise ValueError(str(tuple(rainy.shape)))
        return rainy


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (31, 33), (32, 32), (65, 47)])
def test_sizes_are_padded_for_the_network_and_cropped_again(size: tuple[int, int]) -> None:
    derain = as_derainer(Picky(), "cpu", SizeRule(multiple_of=8, minimum=32))
    rainy = np.random.default_rng(0).random((*size, 3), dtype=np.float32)
    np.testing.assert_array_equal(derain(rainy), rainy)


class Returning(nn.Module):
    """Returns whatever a function makes of its input."""

    def __init__(self, answer: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, rainy: Tensor) -> object:
        return self.answer(rainy)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda rainy: torch.cat([rainy, rainy]), r"got \(2, 3, 12, 16\)"),
        (lambda rainy: nn.functional.pad(rainy, (0, 1, 0, 1)), r"got \(1, 3, 13, 17\)"),
        (lambda rainy: rainy[:, :, :-1], r"got \(1, 3, 11, 16\)"),
        (lambda rainy: rainy[:, :1], r"got \(1, 1, 12, 16\)"),
        (lambda rainy: rainy[0], r"got \(3, 12, 16\)"),
        (lambda rainy: (rainy, rainy), "got a tuple"),
        (lambda rainy: rainy.numpy(), "got a ndarray"),
    ],
)
def test_what_a_network_returns_is_never_cropped_into_shape(
    answer: Callable[[Tensor], object], message: str
) -> None:
    derain = as_derainer(Returning(answer), "cpu", SizeRule(multiple_of=4))
    with pytest.raises(MethodError, match=message):
        derain(np.zeros((10, 15, 3), np.float32))


def test_a_network_is_evaluated_and_not_trained() -> None:
    first = nn.Conv2d(3, 3, 1)
    network = nn.Sequential(first, nn.BatchNorm2d(3), nn.Dropout(0.5))
    derain = as_derainer(network, "cpu", SizeRule())
    rainy = np.random.default_rng(0).random((8, 9, 3), dtype=np.float32)
    np.testing.assert_array_equal(derain(rainy), derain(rainy))
    assert not torch.is_inference(first.weight)


def test_an_absent_device_is_named_with_those_there() -> None:
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") in ("cpu", "cuda")
    for name in ("gpu", "cuda:97", "cuda:x", "cpu:1"):
        with pytest.raises(UsageError, match="a device that is there"):
            resolve_device(name)
