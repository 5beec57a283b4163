"""What there is to know of a method before it runs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rainbench.costs.kept_cost import keep_cost
from rainbench.costs.profile import PROBE, measure_cost
from rainbench.errors import PluginError, RainbenchError, in_words
from rainbench.method import ExternalMethod, LearnedMethod, Method, PriorMethod, Setting
from rainbench.registry import find_method
from rainbench.restorers.at_hand import FoundWeights, check_weights, known_weights
from rainbench.restorers.bare import BareNetwork
from rainbench.restorers.external import Command
from rainbench.restorers.preparation import build_network, load_network, method_settings
from rainbench.restorers.weights import read_record
from rainbench.shelves.plugin import Plugin
from rainbench.specification import parse_method
from rainbench.training.recipe import recipe_in_words


def show(method: str) -> dict[str, Any]:
    """Present a method, METHOD words, as plain values for JSON.

    Keys: name, title, summary, kind, settings, variants, paper, code_licence, parameters; of a
    learned method also macs_per_pixel, recipe, weights and size, of a command's also command.
    Where the words name weights, `record` says what is known of them, and settings are theirs.
    Raises UsageError, PluginError, WeightsError and NotInstalledError.
    """
    words = parse_method(method)
    plugin = find_method(words.name)
    check_weights(plugin, words, None)
    settings = method_settings(plugin.value, words)
    record = {}
    if words.weights is not None and isinstance(plugin.value, LearnedMethod):
        loaded = load_network(plugin, plugin.value, words)
        settings, record = dict(loaded.settings), {"record": _record(loaded.found)}
    paper = plugin.value.paper
    return {
        "name": plugin.name,
        "title": plugin.value.title,
        "summary": _summary(plugin),
        "kind": kind_of(plugin.value),
        "paper": None if paper is None else asdict(paper),
        "code_licence": code_licence_of(plugin.value),
        "settings": settings,
        "variants": {name: dict(values) for name, values in plugin.value.variants.items()},
        **cost_of(plugin, settings),
        **_more(plugin),
        **record,
    }


def _record(found: FoundWeights) -> dict[str, Any]:
    """Present what is known of a weights file: of one trained here, all that made it."""
    said = dict(read_record(found.path) or {})
    said.pop("settings", None)
    known = {"file": str(found.path), "sha256": found.sha256, "trained_on": found.trained_on}
    return {**said, **known, "budget": found.budget or "not stated"}


def kind_of(method: Method) -> str:
    """Say what a method is made of: "learned", "prior", "external", or a bare "network"."""
    if isinstance(method, PriorMethod):
        return "network" if isinstance(method.derain, BareNetwork) else "prior"
    return "learned" if isinstance(method, LearnedMethod) else "external"


def _more(plugin: Plugin[Method]) -> dict[str, Any]:
    """Present what methods of its kind have and others have not."""
    method = plugin.value
    if isinstance(method, LearnedMethod):
        return _learned(plugin, method)
    if isinstance(method, ExternalMethod) and isinstance(method.restore, Command):
        return {"command": " ".join(method.restore.words)}
    return {}


def code_licence_of(method: Method) -> str | None:
    """Say under which licence the authors published their code; None: there is no paper."""
    return None if method.paper is None else method.code_licence


def cost_of(plugin: Plugin[Method], settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Measure a network: its parameters, and of a learned method its macs_per_pixel too.

    Raises UsageError, PluginError and NotInstalledError.
    """
    method = plugin.value
    if not isinstance(method, LearnedMethod):
        bare = method.derain if isinstance(method, PriorMethod) else None
        parameters = bare.open("cpu").parameters if isinstance(bare, BareNetwork) else None
        return {"parameters": parameters}
    try:
        return asdict(
            keep_cost(
                plugin, settings, lambda: measure_cost(lambda: build_network(method, settings))
            )
        )
    except RainbenchError:
        raise
    except Exception as error:  # a network is somebody's code
        raise PluginError(
            expected=f"the network of {method.title} to take an image of {PROBE}x{PROBE}",
            got=in_words(error),
            now="mend the method",
        ) from error


def _learned(plugin: Plugin[Method], method: LearnedMethod) -> dict[str, Any]:
    return {
        "recipe": None if method.recipe is None else recipe_in_words(method.recipe),
        "weights": {
            name: {**vars(entry), "settings": dict(entry.settings)}
            for name, entry in known_weights(plugin).items()
        },
        "size": asdict(method.size),
    }


def _summary(plugin: Plugin[Method]) -> str:
    import ast

    if plugin.origin.suffix != ".py":
        return ""  # a network's file
    tree = ast.parse(plugin.origin.read_bytes())
    return (inspect.cleandoc(ast.get_docstring(tree) or "").splitlines() or [""])[0]
