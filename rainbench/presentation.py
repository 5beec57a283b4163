"""What there is to know of a method before it runs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rainbench.errors import PluginError, RainbenchError, in_words
from rainbench.kept_cost import keep_cost
from rainbench.method import LearnedMethod, Method, PriorMethod, Setting
from rainbench.plugin import ModuleDerainer, Plugin
from rainbench.preparation import build_network, method_settings
from rainbench.profile import PROBE, count_parameters, measure_cost
from rainbench.registry import find_method
from rainbench.specification import parse_untrained

if TYPE_CHECKING:
    from rainbench.training.recipe import Recipe


def show(method: str) -> dict[str, Any]:
    """Present a method, METHOD words with variant and settings, as plain values for JSON.

    Keys: name, title, summary, kind, settings, variants, paper, code_licence, parameters; of a
    learned method also macs_per_pixel, recipe, weights and size. Raises UsageError and PluginError.
    """
    words = parse_untrained(method)
    plugin = find_method(words.name)
    settings = method_settings(plugin.value, words)
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
        **(_learned(plugin.value) if isinstance(plugin.value, LearnedMethod) else {}),
    }


def kind_of(method: Method) -> str:
    """Say which group a method is in: "learned" or "prior"."""
    return "learned" if isinstance(method, LearnedMethod) else "prior"


def code_licence_of(method: Method) -> str | None:
    """Say under which licence the authors published their code; None: there is no paper."""
    return None if method.paper is None else method.code_licence


def cost_of(plugin: Plugin[Method], settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Measure a network: its parameters, and of a learned method its macs_per_pixel too.

    Raises UsageError and PluginError.
    """
    method = plugin.value
    if isinstance(method, PriorMethod):
        module = method.derain.module if isinstance(method.derain, ModuleDerainer) else None
        return {"parameters": None if module is None else count_parameters(module)}
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


def _learned(method: LearnedMethod) -> dict[str, Any]:
    return {
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
