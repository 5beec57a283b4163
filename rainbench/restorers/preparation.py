"""From the words for a method to a restorer: plug-in, settings, weights, device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rainbench.engines.choice import choose_engine
from rainbench.engines.engine import AUTO, Network
from rainbench.engines.opening import open_engine
from rainbench.errors import PluginError, UnknownNameError, UsageError, WeightsError, in_words
from rainbench.evidence.marks import EIGHT_BIT
from rainbench.method import (
    ExternalMethod,
    LearnedMethod,
    Method,
    PriorMethod,
    Setting,
    find_reach,
    work_of,
)
from rainbench.registry import find_method
from rainbench.restorers.at_hand import FoundWeights, Settings, check_weights, find_weights
from rainbench.restorers.bare import BareNetwork
from rainbench.restorers.external import Command
from rainbench.restorers.folders import FolderRestorer, RestoreFolder
from rainbench.restorers.restorer import Restorer
from rainbench.restorers.settings import resolve_settings, takes_device
from rainbench.restorers.weights import fit, read_checkpoint
from rainbench.shelves.plugin import Plugin
from rainbench.specification import MethodSpecification, parse_method

if TYPE_CHECKING:
    from torch import nn

    from rainbench.image import Image


TORCH = "torch"
"""The engine of a function that is told its device."""


def prepare_restorer(
    method: str | MethodSpecification,
    *,
    dataset: str | None = None,
    weights: Path | None = None,
    device: str = "cpu",
    engine: str = AUTO,
) -> Restorer:
    """Make a method ready to restore.

    `dataset` is the name of the dataset it will run on: of the weights at hand, those trained
    on its training split come first, then the method's first. `weights` is a file that the
    words do not name. `engine` is what a learned method runs on; AUTO leaves it open until the
    restorer is settled. Raises UsageError, PluginError, WeightsError, NotInstalledError and
    EngineError.
    """
    words = parse_method(method) if isinstance(method, str) else method
    plugin = find_method(words.name)
    check_weights(plugin, words, weights)
    if isinstance(plugin.value, LearnedMethod):
        loaded = load_network(plugin, plugin.value, words, weights=weights, dataset=dataset)
        return _learned(plugin, plugin.value, loaded, device, engine)
    if isinstance(plugin.value, ExternalMethod):
        return _external(plugin, plugin.value, words, _variant(plugin.value, words))
    return _prior(plugin, plugin.value, words, _variant(plugin.value, words), device)


def build_network(method: LearnedMethod, settings: Settings) -> nn.Module:
    """Build a method's untrained network with these settings.

    Raises UsageError for settings no network can have, PluginError where it breaks otherwise.
    """
    try:
        return method.network(**settings)
    except (KeyError, ValueError, TypeError, ZeroDivisionError, RuntimeError) as error:
        shown = ", ".join(f"{name}={value}" for name, value in settings.items())
        raise UsageError(
            expected=f"settings that {method.title} can be built with",
            got=f"{shown} ({in_words(error)})",
            now="see `rainbench show` for the keys",
        ) from error
    except (Exception, SystemExit) as error:
        raise PluginError(
            expected=f"{method.title} to build its network",
            got=in_words(error),
            now="mend the method",
        ) from error


def method_settings(method: Method, words: MethodSpecification) -> dict[str, Setting]:
    """Resolve every setting of a method from its variant and the words. Raises UsageError."""
    return resolve_settings(work_of(method), _variant(method, words), words.settings)


@dataclass(frozen=True)
class LoadedNetwork:
    """A network with its weights, the settings it was built with and where the weights are from."""

    network: nn.Module
    settings: Settings
    found: FoundWeights


def load_network(
    plugin: Plugin[Method],
    method: LearnedMethod,
    words: MethodSpecification,
    *,
    weights: Path | None = None,
    dataset: str | None = None,
) -> LoadedNetwork:
    """Build a learned method's network with the weights asked for, or those that fit.

    Raises UsageError, PluginError and WeightsError.
    """
    variant = _variant(method, words)
    settings = resolve_settings(method.network, variant, words.settings)
    named = str(weights) if weights else words.weights
    found = find_weights(plugin, settings, words=named, dataset=dataset)
    checkpoint = read_checkpoint(method, found.path)
    asked = set(variant) | set(words.settings)
    settings = _agreed(settings, asked, checkpoint.settings, found.path)
    network = build_network(method, settings)
    fit(network, checkpoint.state, found.path)
    return LoadedNetwork(network, settings, found)


def _learned(
    plugin: Plugin[Method],
    method: LearnedMethod,
    loaded: LoadedNetwork,
    device: str,
    engine: str,
) -> Restorer:
    from rainbench.costs.profile import count_parameters
    from rainbench.engines.network import resolve_device

    settings, found = loaded.settings, loaded.found
    network = Network(module=loaded.network, device=resolve_device(device), size=method.size)
    running = open_engine(network, engine)
    restorer = Restorer(
        method=plugin.name,
        label=f"{label_of(plugin.name, method.network, method.variants, settings)}@{found.name}",
        title=method.title,
        settings=MappingProxyType(dict(settings)),
        method_sha256=plugin.source_sha256,
        weights_sha256=found.sha256,
        trained_on=found.trained_on,
        budget=found.budget,
        repeats=found.repeats,
        parameters=count_parameters(loaded.network),
        reach=find_reach(method, settings),
        multiple=method.size.multiple_of,
        device=network.device,
        **vars(running),
    )
    if engine != AUTO:
        return restorer

    def settle(first: Image, pixels: int) -> Restorer:
        chosen = choose_engine(network, running, first, pixels)
        return replace(restorer, **vars(chosen))

    return replace(restorer, settle=settle)


def _prior(
    plugin: Plugin[Method],
    method: PriorMethod,
    words: MethodSpecification,
    variant: Settings,
    device: str,
) -> Restorer:
    derain = method.derain
    settings = resolve_settings(derain, variant, words.settings)
    restorer = Restorer(
        method=plugin.name,
        label=label_of(plugin.name, derain, method.variants, settings),
        title=method.title,
        settings=MappingProxyType(settings),
        floor=method.floor,
        reach=find_reach(method, settings),
        method_sha256=plugin.source_sha256,
        derain=lambda rainy: derain(rainy, **settings),
    )
    if isinstance(derain, BareNetwork):
        return replace(restorer, **vars(derain.open(device)))
    if takes_device(derain):
        from rainbench.engines.network import resolve_device

        device = resolve_device(device)
        on_device = partial(derain, **settings, device=device)
        return replace(restorer, derain=on_device, device=device, engine=TORCH)
    return restorer


def _external(
    plugin: Plugin[Method],
    method: ExternalMethod,
    words: MethodSpecification,
    variant: Settings,
) -> Restorer:
    settings = resolve_settings(method.restore, variant, words.settings)
    label = label_of(plugin.name, method.restore, method.variants, settings)
    restore: RestoreFolder = partial(method.restore, **settings)
    code, engine = plugin.source_sha256, "folders"
    if isinstance(method.restore, Command):
        restore = command = method.restore.within(plugin.origin.parent)
        command.find_program()
        code, engine = sha256(f"{code} {command.sha256}".encode()).hexdigest(), command.name
    folders = FolderRestorer(label, restore, method.images_per_call)
    return Restorer(
        method=plugin.name,
        label=label,
        title=method.title,
        settings=MappingProxyType(settings),
        method_sha256=code,
        trained_on=method.trained_on,
        dtype=EIGHT_BIT,
        device="",  # a program takes what it likes
        engine=engine,
        derain=folders.derain,
        together=folders.together,
    )


def _variant(method: Method, words: MethodSpecification) -> Settings:
    if words.variant is None:
        return {}
    if words.variant not in method.variants:
        raise UnknownNameError.among(f"variant of {words.name}", words.variant, method.variants)
    return method.variants[words.variant]


def _agreed(
    settings: dict[str, Setting], asked: set[str], stored: Settings, path: Path
) -> dict[str, Setting]:
    """Take the weights' settings; what was asked for must not say otherwise."""
    against = {name for name in asked & stored.keys() if settings[name] != stored[name]}
    if against or not stored.keys() <= settings.keys():
        name = min(against or stored.keys() - settings.keys())
        raise WeightsError(
            expected=f"weights made with {name}={settings.get(name, 'no such setting')}",
            got=f"{name}={stored[name]} in {path}",
            now="leave that setting out, or give other weights",
        )
    return settings | dict(stored)


def label_of(
    name: str,
    owner: Callable[..., object],
    variants: Mapping[str, Settings],
    settings: Settings,
) -> str:
    """Name a method with resolved settings by the variant that leaves the fewest to spell out.

    `owner` is what takes the settings as keywords; METHOD words for the same come back.
    """
    best = None
    for variant, values in {"": {}, **variants}.items():
        base = resolve_settings(owner, values)
        other = [f"{key}={value}" for key, value in settings.items() if base[key] != value]
        words = f"{name}.{variant}" if variant else name
        if best is None or len(other) < best[0]:
            best = len(other), words + (":" + ",".join(other) if other else "")
    return name if best is None else best[1]
