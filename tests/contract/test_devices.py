"""Prior methods that are told a device: whatever they make is made where they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from rainbench.method import work_of
from rainbench.registry import entries, find_method
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.settings import takes_device

FROM_NUMPY = torch.from_numpy
RAINY = np.random.default_rng(3).random((24, 40, 3), dtype=np.float32)

MAKERS = {
    torch.arange, torch.as_tensor, torch.empty, torch.eye, torch.fft.fftfreq, torch.fft.rfftfreq,
    torch.full, torch.linspace, torch.ones, torch.rand, torch.randn, torch.tensor,
    torch.tril_indices, torch.zeros,
}  # fmt: skip
"""What makes a tensor out of none: on the CPU unless it is told a device.

Not among them is `torch.randperm`, which is drawn on the CPU to be the same everywhere."""


class Told(str):
    """A device as it was told, which "cpu" written into a method is not."""


class Homeless(TorchFunctionMode):
    """Collects what is made without the device that was told, or another tensor's."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.kept: dict[int, Tensor] = {}
        """What came from arrays and has not been moved yet, by where it lies."""

    def from_numpy(self, array: Any) -> Tensor:  # noqa: ANN401
        """Make a tensor of an array, as torch does."""
        made: Tensor = FROM_NUMPY(array)
        self.kept[made.data_ptr()] = made
        return made

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,  # noqa: ANN401 - torch's own signature
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        kwargs = kwargs or {}
        if func in MAKERS and not isinstance(kwargs.get("device"), Told | torch.device):
            self.found.append(func.__name__)
        if func is Tensor.to and isinstance(args[1], Told):
            self.kept.pop(args[0].data_ptr(), None)
        return func(*args, **kwargs)


def told() -> list[str]:
    return [name for name in entries("methods") if takes_device(work_of(find_method(name).value))]


def test_some_methods_are_told_their_device() -> None:
    assert {"lp", "dsc"} <= set(told())


@pytest.mark.parametrize("name", told())
def test_tensors_are_made_on_the_device_that_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    restorer = prepare_restorer(name, device=Told("cpu"))
    assert (restorer.device, restorer.engine) == ("cpu", "torch")
    assert "device" not in restorer.settings
    restorer(RAINY)  # what is read once and kept is moved
    with Homeless() as homeless:
        monkeypatch.setattr(torch, "from_numpy", homeless.from_numpy)
        restorer(RAINY)
    assert homeless.found == []
    assert not homeless.kept


def test_a_maker_without_a_device_is_found() -> None:
    with Homeless() as homeless:
        torch.zeros(2)
        torch.zeros(2, device="cpu")
        torch.zeros(2, device=Told("cpu")).new_zeros(3)
        torch.zeros(2, device=torch.zeros(2).device)
        moved, left = (homeless.from_numpy(np.ones(3)) for _ in range(2))
        moved.to(Told("cpu"))
        left.to("cpu")
    assert homeless.found == ["zeros"] * 3
    assert [each is left for each in homeless.kept.values()] == [True]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("name", told())
def test_a_gpu_restores_as_the_cpu_does(name: str) -> None:
    there, here = (prepare_restorer(name, device=device)(RAINY) for device in ("cuda", "cpu"))
    assert np.abs(there - here).max() < 1e-2
