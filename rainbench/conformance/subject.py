"""A method as the checks see it, and the made-up images that it is tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from rainbench.conformance.verdict import DoesNotApplyError
from rainbench.engines.engine import EAGER
from rainbench.engines.network import as_derainer
from rainbench.errors import WeightsError
from rainbench.image import Image, to_image
from rainbench.method import LearnedMethod, Method, Setting, SizeRule, find_reach, work_of
from rainbench.registry import find_method
from rainbench.restorers.bare import BareNetwork, ModuleDerainer
from rainbench.restorers.preparation import build_network, method_settings, prepare_restorer
from rainbench.restorers.restorer import Restorer
from rainbench.shelves.plugin import Plugin
from rainbench.specification import parse_method

if TYPE_CHECKING:
    from torch import Tensor, nn

SEED = 7


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A method as the checks see it."""

    plugin: Plugin[Method]
    restorer: Restorer
    """With weights where they are at hand; else with the network as it was built."""
    trained: bool
    """Whether the restorer's range means something: no weights, or weights at hand."""

    @property
    def derain(self) -> Callable[[Image], Image]:
        """What restores one image; past the check of ranges where nothing was learnt."""
        return self.restorer if self.trained else self.restorer.derain

    @property
    def learned(self) -> LearnedMethod:
        """The method, where it builds networks. Raises DoesNotApplyError."""
        if isinstance(self.plugin.value, LearnedMethod):
            return self.plugin.value
        bare = isinstance(work_of(self.plugin.value), BareNetwork)
        raise DoesNotApplyError("its network comes ready made" if bare else "it has no network")

    @property
    def size(self) -> SizeRule:
        """Which sizes its network says it takes. Raises DoesNotApplyError."""
        return SizeRule() if self._made else self.learned.size

    def network(self, seed: int = SEED) -> nn.Module:
        """Build its untrained network, or copy the one that its file made.

        Raises DoesNotApplyError.
        """
        if self._made:
            return deepcopy(self._made.module)
        return build_seeded(self.learned, self.restorer.settings, seed)

    @property
    def _made(self) -> ModuleDerainer | None:
        work = work_of(self.plugin.value)
        return work if isinstance(work, ModuleDerainer) else None

    def side(self, least: int = 32) -> int:
        """Choose a side in pixels that the size rule allows."""
        rule = self.size
        side = max(least, rule.minimum)
        return side + -side % rule.multiple_of


def make_subject(words: str, weights: Path | None) -> Subject:
    """Make a method ready to be tried, by METHOD words and perhaps a file of weights.

    Raises what finding the method and reading the weights raises.
    """
    specification = parse_method(words)
    plugin = find_method(specification.name)
    method = plugin.value
    if not isinstance(method, LearnedMethod):
        restorer = prepare_restorer(specification, weights=weights)
        return Subject(plugin=plugin, restorer=restorer, trained=True)
    settings = method_settings(method, specification)
    try:
        restorer, trained = prepare_restorer(specification, weights=weights), True
    except WeightsError:
        if weights is not None or specification.weights is not None:
            raise
        restorer, trained = _untrained(plugin, method, settings, words), False
    return Subject(plugin=plugin, restorer=restorer, trained=trained)


def _untrained(
    plugin: Plugin[Method], method: LearnedMethod, settings: Mapping[str, Setting], words: str
) -> Restorer:
    """Make a restorer of a network as it is built, for want of weights."""
    return Restorer(
        method=plugin.name,
        label=words,
        title=method.title,
        settings=MappingProxyType(dict(settings)),
        method_sha256=plugin.source_sha256,
        reach=find_reach(method, settings),
        multiple=method.size.multiple_of,
        derain=as_derainer(build_seeded(method, settings, SEED), "cpu", method.size),
        engine=EAGER,
    )


def build_seeded(method: LearnedMethod, settings: Mapping[str, Setting], seed: int) -> nn.Module:
    """Build a method's untrained network from a seed."""
    import torch

    torch.manual_seed(seed)
    return build_network(method, settings)


def batch_of(side: int) -> Tensor:
    """Draw two images, (2, 3, side, side)."""
    import torch

    images = np.stack([image_of(side, side, seed=seed) for seed in range(2)])
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


def shades_of(height: int, width: int) -> Image:
    """Draw shades from black to white that hold no rain, and no edge to overshoot at."""
    shades = np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width, 1)
    return np.repeat(shades, 3, axis=2)


def image_of(height: int, width: int, seed: int = 0) -> Image:
    """Draw noise in 8-bit levels, so that a program that works on files is given the very same."""
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return to_image(levels)
