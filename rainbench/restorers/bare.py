"""Networks that come without a LearnedMethod: nothing is known of them but what they compute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainbench.evidence.marks import NOT_STATED
from rainbench.method import SizeRule

if TYPE_CHECKING:
    from torch import nn

    from rainbench.image import Image


@dataclass(frozen=True, kw_only=True)
class OpenNetwork:
    """A network ready to run, and what is known of it."""

    derain: Callable[[Image], Image]
    engine: str
    device: str
    parameters: int | None = None
    """None: it cannot be counted."""
    weights_sha256: str | None = None
    """None: the plug-in's source says it all."""
    trained_on: str = NOT_STATED


class BareNetwork(ABC):
    """A network as a function of an image, to be opened on a device."""

    @abstractmethod
    def open(self, device: str) -> OpenNetwork:
        """Make it ready on "auto", "cpu", "cuda" or "cuda:N".

        Raises PluginError for what is no such network, UsageError for a device that is not there.
        """

    def __call__(self, rainy: Image) -> Image:
        """Restore `rainy`, (H, W, 3) RGB in [0, 1], on the CPU; overshoot is kept."""
        return self.open("cpu").derain(rainy)


@dataclass(frozen=True)
class ModuleDerainer(BareNetwork):
    """A network that a plug-in made itself."""

    module: nn.Module
    """(N, 3, H, W) RGB in [0, 1] to the same."""

    def open(self, device: str) -> OpenNetwork:
        """Make it ready on a device."""
        from rainbench.costs.profile import count_parameters
        from rainbench.engines.engine import EAGER
        from rainbench.engines.network import as_derainer, resolve_device

        device = resolve_device(device)
        return OpenNetwork(
            derain=as_derainer(self.module, device, SizeRule()),
            engine=EAGER,
            device=device,
            parameters=count_parameters(self.module),
        )
