"""What there is to know of a method before it runs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rainbench.method import LearnedMethod, Method, PriorMethod
from rainbench.plugin import ModuleDerainer, Plugin
from rainbench.preparation import build_network, method_settings
from rainbench.profile import count_parameters, macs_per_pixel
from rainbench.registry import find_method
from rainbench.specification import parse_untrained

if TYPE_CHECKING:
    from rainbench.training.recipe import Recipe


def show(method: str) -> dict[str, Any]:
    """Present a method, METHOD words with variant and settings, as plain values for JSON.

    Keys: name, title, summary, kind, settings, variants, paper, parameters; of a learned
    method also macs_per_pixel, recipe, weights and size. Raises UsageError and PluginError.
    """
    words = parse_untrained(method)
    plugin = find_method(words.name)
    settings = method_settings(plugin.value, words)
    paper = plugin.value.paper
    return {
        "name": plugin.name,
        "title": plugin.value.title,
        "summary": _summary(plugin),
        "kind": "learned" if isinstance(plugin.value, LearnedMethod) else "prior",
        "paper": None if paper is None else asdict(paper),
        "settings": settings,
        "variants": {name: dict(values) for name, values in plugin.value.variants.items()},
        "parameters": _parameters(plugin.value),
        **(_learned(plugin.value, settings) if isinstance(plugin.value, LearnedMethod) else {}),
    }


def _parameters(method: Method) -> int | None:
    """Count those of a bare module; a learned method's depend on its settings."""
    derain = method.derain if isinstance(method, PriorMethod) else None
    return count_parameters(derain.module) if isinstance(derain, ModuleDerainer) else None


def _learned(method: LearnedMethod, settings: Mapping[str, Any]) -> dict[str, Any]:
    network = build_network(method, settings)
    return {
        "parameters": count_parameters(network),
        "macs_per_pixel": macs_per_pixel(network),
        "recipe": None if method.recipe is None else _recipe(method.recipe),
        "weights": {
            name: {**vars(entry), "settings": dict(entry.settings)}
            for name, entry in method.weights.items()
        },
        "size": asdict(method.size),
    }


def _recipe(recipe: Recipe) -> dict[str, Any]:
    loss = getattr(recipe.loss, "__name__", type(recipe.loss).__name__)
    return {**vars(recipe), "loss": loss, "milestones": list(recipe.milestones)}


def _summary(plugin: Plugin[Method]) -> str:
    import ast

    tree = ast.parse(plugin.origin.read_bytes())
    return (inspect.cleandoc(ast.get_docstring(tree) or "").splitlines() or [""])[0]
