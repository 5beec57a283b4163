"""What a network runs on, as values: the network, an engine, and the two together.

An engine gives a network's numbers but for the rounding of floating-point sums, and is no part of
a run's identity; arithmetic of less than float32 is, as the run's dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rainbench.engines.lanes import Lanes
from rainbench.engines.network import FLOAT32
from rainbench.method import SizeRule

if TYPE_CHECKING:
    from torch import nn

    from rainbench.image import Image

AUTO = "auto"
EAGER = "channels_last"
"""The engine that is always there, and the one that every other is held against."""


@dataclass(frozen=True)
class Network:
    """A network with its weights, on its device."""

    module: nn.Module
    device: str
    size: SizeRule = field(default_factory=SizeRule)


Derain = Callable[["Image"], "Image"]


@dataclass(frozen=True)
class Engine:
    """One way to run a network."""

    start: Callable[[Network, Engine], Derain]
    dtype: str = FLOAT32
    devices: tuple[str, ...] = ("cpu", "cuda")
    needs: tuple[str, ...] = ()
    """Libraries, which an extra of the engine's name brings."""
    repays: float = 0.0
    """Seconds of eager work below which starting it costs more than it saves."""
    alone: Callable[[Network, Engine], Derain] | None = None
    """Starts it so that an image takes one thread, and threads may call side by side; None: it
    cannot."""
    takes: Callable[[nn.Module], bool] = lambda _: True
    """Whether a network is of the kind that it runs."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A network on an engine."""

    engine: str
    dtype: str
    derain: Derain
    lanes: Lanes | None = None
    gauge: Derain | None = None
    """Eager torch, where the engine's own memory cannot be seen from here; it takes no more."""
    remark: str | None = None
    """Why it is not the fastest engine that is installed."""
