"""Training on clean photographs under rendered rain, from words to a weights file."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rainbench
from rainbench.data.scene_index import read_scene_index
from rainbench.errors import TrainingError, UnknownNameError, WeightsError
from rainbench.image import pixel_sha256
from rainbench.method import LearnedMethod, Setting
from rainbench.plugin import Plugin
from rainbench.preparation import (
    FoundWeights,
    build_network,
    check_weights,
    find_weights,
    method_settings,
    why_untrainable,
)
from rainbench.rain import DEFAULT_STYLE, RAIN_STYLES
from rainbench.registry import find_method
from rainbench.specification import MethodSpecification, parse_method
from rainbench.training.checkpoint import State
from rainbench.training.loop import Moment, Plan, Schedule, follow, plan
from rainbench.training.patches import Photograph, Rendered, pixels_digest, read_photographs, split
from rainbench.training.recipe import Recipe
from rainbench.weights import fit, read_checkpoint, save_weights

if TYPE_CHECKING:
    from torch import nn

WEIGHTS = "weights.safetensors"


def train(
    method: str,
    *,
    clean: Path,
    output: Path,
    rain: str = DEFAULT_STYLE,
    steps: int | None = None,
    batch: int | None = None,
    patch: int | None = None,
    learning_rate: float | None = None,
    schedule: Schedule = "milestones",
    seed: int = 0,
    threads: int = 1,
    validation: int = 20,
    every: int = 500,
    on_moment: Callable[[Moment], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
) -> Path:
    """Train a learned method on the photographs in `clean`, and return its weights file.

    `method` with weights (`msfm@rendered-light`, `msfm@FILE`) goes on from these, with a fresh
    optimiser and schedule; without, the network begins at random.

    `output` holds checkpoints, a log and, from the first checkpoint on, the weights that scored
    highest so far on the `validation` photographs kept apart; called again after a stop it goes
    on from there. What is
    None is taken from the method's recipe, whose schedule is compressed to `steps`. The same
    arguments on one machine, with one torch, end in the same bits.

    Raises UsageError, PluginError, ImageError and TrainingError.
    """
    if rain not in RAIN_STYLES:
        raise UnknownNameError.among("style of rain", rain, RAIN_STYLES)
    words = parse_method(method)
    plugin = find_method(words.name)
    learned, recipe = _learned(plugin)
    settings = method_settings(learned, words)
    check_weights(plugin, words, None)
    start = _start(plugin, settings, words)
    instead = why_untrainable(learned, settings)
    if instead is not None:
        raise TrainingError(
            expected=f"settings of {plugin.name} that its recipe trains", got=method, now=instead
        )
    course = plan(
        plugin.name,
        settings,
        recipe,
        rain=rain,
        steps=steps,
        batch=batch,
        patch=patch,
        learning_rate=learning_rate,
        schedule=schedule,
        seed=seed,
        threads=threads,
        start=start.sha256 if start else "",
    )
    training, kept = split(read_photographs(clean), validation)
    material = Rendered(
        photographs=tuple(training),
        kept=tuple(kept),
        style=RAIN_STYLES[rain],
        seed=course.seed,
        batch=course.batch,
        patch=course.patch,
    )
    record = _record(plugin, course, training, kept, clean)
    if start:
        record = {**record, "start_trained_on": start.trained_on}

    def keep(state: State) -> None:
        made = {"validation_db": state.best_psnr_db, "best_step": state.best_step}
        save_weights(output / WEIGHTS, state.best, {**record, **made, "steps_done": state.step})

    state = follow(
        course,
        lambda: _network(learned, settings, start),
        recipe,
        material,
        output,
        size=learned.size,
        every=every,
        on_state=keep,
        on_moment=on_moment,
        on_warning=on_warning,
    )
    keep(state)
    return output / WEIGHTS


def _learned(plugin: Plugin[Any]) -> tuple[LearnedMethod, Recipe]:
    if isinstance(plugin.value, LearnedMethod) and plugin.value.recipe is not None:
        return plugin.value, plugin.value.recipe
    raise TrainingError(
        expected=f"{plugin.name} to be a learned method with a recipe",
        got=f"a {type(plugin.value).__name__}",
        now="name another method, or give its METHOD a recipe",
    )


def _start(
    plugin: Plugin[Any], settings: Mapping[str, Setting], words: MethodSpecification
) -> FoundWeights | None:
    """Find the weights to go on from, made with these settings; None: none are asked for."""
    if words.weights is None:
        return None
    start = find_weights(plugin, settings, words=words.weights, dataset=None)
    made_with = read_checkpoint(plugin.value, start.path).settings
    other = sorted(name for name, value in made_with.items() if settings.get(name) != value)
    if other:
        name = other[0]
        raise WeightsError(
            expected=f"weights made with {name}={settings.get(name, 'no such setting')}",
            got=f"{name}={made_with[name]} in {start.path}",
            now=f"say {name}={made_with[name]} as well, or give other weights",
        )
    return start


def _network(
    method: LearnedMethod, settings: Mapping[str, Setting], start: FoundWeights | None
) -> nn.Module:
    network = build_network(method, settings)
    if start is not None:
        fit(network, read_checkpoint(method, start.path).state, start.path)
    return network


def _set_name(training: list[Photograph], clean: Path) -> str:
    """Name the known set that all photographs are of; a folder's name alone says nothing."""
    known = read_scene_index().set_of(pixel_sha256(each.pixels) for each in training)
    return known or f"the folder {clean.resolve().name}"


def _record(
    plugin: Plugin[Any],
    course: Plan,
    training: list[Photograph],
    kept: list[Photograph],
    clean: Path,
) -> Mapping[str, Any]:
    """Write down what made the weights: enough to make them again, and to know what they saw."""
    import torch

    style = RAIN_STYLES[course.rain]
    photographs = f"{len(training)} photographs of {_set_name(training, clean)}"
    return {
        **asdict(course),
        "trained_on": f"{photographs}, rendered rain",
        "rain_model": asdict(style),
        "method_sha256": plugin.source_sha256,
        "photographs_sha256": pixels_digest(training),
        "validation_sha256": pixels_digest(kept),
        "validation": [photograph.name for photograph in kept],
        "rainbench": rainbench.__version__,
        "torch": torch.__version__,
        "machine": platform.machine(),
    }
