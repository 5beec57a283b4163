"""Training, from words to weights files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainbench.counting import counted
from rainbench.engines.network import resolve_device
from rainbench.errors import TrainingError, UsageError, WeightsError
from rainbench.evidence.overlap import AFTER
from rainbench.method import LearnedMethod, Setting
from rainbench.registry import find_method
from rainbench.restorers.at_hand import FoundWeights, check_weights, find_weights, why_untrainable
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.restorers.weights import fit, read_checkpoint, read_record, save_weights
from rainbench.runs.journal import writing
from rainbench.shelves.plugin import Plugin
from rainbench.specification import MethodSpecification, parse_method
from rainbench.streaks.rain import DEFAULT_STYLE
from rainbench.training.arithmetic import Wish, settle
from rainbench.training.budget import measured_steps, parse_budget
from rainbench.training.checkpoint import BEST_WEIGHTS, LAST_WEIGHTS, State
from rainbench.training.loop import follow, measure_step
from rainbench.training.material import Material
from rainbench.training.pairs import Pairs
from rainbench.training.plan import Plan, Precision, Schedule, plan
from rainbench.training.processes import is_first, own_device, together
from rainbench.training.recipe import Loss, Recipe
from rainbench.training.record import make_record
from rainbench.training.supply import Supply, supply_pairs, supply_photographs
from rainbench.training.watch import UNWATCHED, Watch

if TYPE_CHECKING:
    from torch import nn


def train(
    method: str,
    *,
    output: Path,
    clean: Path | None = None,
    rain: str | None = None,
    datasets: Sequence[str] = (),
    leave_out: str = "all",
    root: Path | None = None,
    cache: Path | None = None,
    budget: str = "paper",
    batch: int | None = None,
    patch: int | None = None,
    learning_rate: float | None = None,
    schedule: Schedule = "milestones",
    seed: int = 0,
    threads: int = 1,
    device: str = "cpu",
    precision: Precision = "float32",
    loss: Loss = "own",
    arithmetic: Wish = "auto",
    workers: int = 1,
    validation: int | None = None,
    every: int | None = None,
    watch: Watch = UNWATCHED,
) -> Path:
    """Train a learned method, and return its weights file.

    `method` with weights (`msfm@rendered-light`, `msfm@FILE`) goes on from these, with a fresh
    optimiser and schedule; without, the network begins at random.

    On the photographs in `clean` under rendered rain, or on the pairs of `datasets`. `output`
    holds checkpoints, a log and, from the first checkpoint on, weights: those that scored highest
    so far on what is kept apart for validation (`weights.safetensors`), and the last ones
    (`last.safetensors`). Called again after a stop it goes on from there. What is None is taken
    from the method's recipe, whose schedule is compressed to the budget. The same arguments on
    one machine, with one torch, end in the same bits.

    Started by `torchrun`, as many processes as that says train one network together: `batch` is
    that of all, and a network that normalises by its batch sees a process's part of it.

    Args:
        method: METHOD words.
        output: the run's folder, made if need be.
        clean: a folder of clean photographs; or else `datasets`.
        rain: the style of rain that photographs are put under; None: rain100l.
        datasets: names of datasets, their training splits, or folders of pairs.
        leave_out: test sets whose scenes are not trained on: "all" known, "none", or names.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.
        cache: where pictures are kept decoded; None: RAINBENCH_CACHE, then the user's cache.
        budget: "paper", "short", "steps=N", "pixels=N" of all batches together, or "minutes=N",
            which the first start measures.
        batch: patches a step; the patches' edge is `patch`, in pixels.
        patch: see `batch`.
        learning_rate: where the schedule begins.
        schedule: how the rate falls: "milestones", the recipe's own, or "cosine".
        seed: of the network's start and of every batch.
        threads: that torch computes with; part of what decides the bits.
        device: "auto", "cpu", "cuda" or "cuda:N".
        precision: what convolutions compute in; weights are float32 whatever it is.
        loss: "own", the recipe's, or "mse", which compares methods by one measure.
        arithmetic: "torch", "native" or "auto": whose kernels compute what rainbench.kernels has.
            Part of what decides the bits; "auto" is native where a C compiler is at hand.
        workers: threads that make batches ahead.
        validation: scenes (or photographs) kept apart; None: a tenth (20 photographs).
        every: steps from one validation and checkpoint to the next; None: a fifth of all,
            500 at most.
        watch: who is told how it goes.

    Raises UsageError, PluginError, ImageError, DatasetError, ResultsError and TrainingError.
    """
    if (clean is None) == (not datasets):
        raise UsageError(
            expected="either a folder of clean photographs or datasets to train on",
            got="both" if datasets else "neither",
            now="give --clean FOLDER, or --dataset NAME",
        )
    if datasets and rain is not None:
        raise UsageError(
            expected="--rain with --clean alone",
            got=f"--rain {rain} with --dataset",
            now="leave it out: pairs have a rain of their own",
        )
    if clean is not None and leave_out != "all":
        raise UsageError(
            expected="--leave-out with --dataset alone",
            got=f"--leave-out {leave_out} with --clean",
            now="take the photographs that are not to be trained on out of the folder",
        )
    style = rain or DEFAULT_STYLE
    task = _task(method)
    asked = parse_budget(budget)
    device = own_device(resolve_device(device))
    watch = watch if is_first() else UNWATCHED
    compress = partial(
        plan,
        task.plugin.name,
        task.settings,
        task.recipe,
        rain="" if clean is None else style,
        batch=batch,
        patch=patch,
        learning_rate=learning_rate,
        schedule=schedule,
        seed=seed,
        threads=threads,
        start=task.start.sha256 if task.start else "",
        device=device,
        precision=precision,
        loss=loss,
        arithmetic=settle(arithmetic, task.build(), device, precision),
    )
    whole = compress()  # what cannot be meant is refused before data are opened
    open_supply = (
        partial(supply_photographs, clean, style, validation)
        if clean is not None
        else partial(
            supply_pairs,
            datasets,
            patch=whole.patch,
            leave_out=leave_out,
            validation=validation,
            root=root,
            cache=cache,
            on_decoding=watch.on_decoding,
        )
    )
    with together(device) as processes:
        supply = open_supply()
        for note in supply.notes:
            watch.on_note(note)
        material = _laid(supply, whole)
        steps = asked.steps_of(whole.steps, whole.pixels // whole.steps)
        if steps is None:
            measure = partial(
                measure_step, whole, task.build, task.recipe, material, processes,
                patience=asked.patience,
            )  # fmt: skip
            found = measured_steps(asked, output, measure, whole) if processes.first else 0
            steps = processes.agree(found)
            watch.on_note(f"{asked.text} comes to {counted(steps, 'step')} on this machine")
        course = compress(steps=steps)
        said = {**_said(supply, task), "processes": processes.count}
        keep = partial(_keep, output, make_record(task.plugin, course, task.recipe, asked, said))
        state = follow(
            course,
            task.build,
            task.recipe,
            material,
            output,
            size=task.method.size,
            every=every,
            workers=workers,
            processes=processes,
            watch=replace(watch, on_state=keep),
        )
        # What an earlier start has ended keeps its bytes, and the record of what made them.
        if processes.first and not _is_kept(output, state):
            keep(state)
    return output / BEST_WEIGHTS


def run_folder(method: str, data: Sequence[str], home: Path = Path("runs")) -> Path:
    """Name the folder of a run where none is given: runs/METHOD-DATA."""
    words = re.sub(r"[^A-Za-z0-9._+=,-]+", "-", "-".join([method, *data]))
    return home / words.strip("-.")


@dataclass(frozen=True)
class _Task:
    """What is trained: a learned method with settings that its recipe trains."""

    plugin: Plugin[Any]
    method: LearnedMethod
    recipe: Recipe
    settings: Mapping[str, Setting]
    start: FoundWeights | None = None
    """The weights to go on from; None: the network begins at random."""

    def build(self) -> nn.Module:
        """Build the network as it is before the first step."""
        network = build_network(self.method, self.settings)
        for name, parameter in network.named_parameters():
            # What nothing comes of has no gradient, which processes would wait for.
            parameter.requires_grad_(not any(fnmatchcase(name, dead) for dead in self.method.dead))
        if self.start is not None:
            state = read_checkpoint(self.method, self.start.path).state
            fit(network, state, self.start.path)
        return network


def _task(method: str) -> _Task:
    words = parse_method(method)
    plugin = find_method(words.name)
    learned = plugin.value
    if not isinstance(learned, LearnedMethod) or learned.recipe is None:
        raise TrainingError(
            expected=f"{plugin.name} to be a learned method with a recipe",
            got=f"a {type(learned).__name__}",
            now="name another method, or give its METHOD a recipe",
        )
    settings = method_settings(learned, words)
    check_weights(plugin, words, None)
    instead = why_untrainable(learned, settings)
    if instead is not None:
        raise TrainingError(
            expected=f"settings of {plugin.name} that its recipe trains", got=method, now=instead
        )
    start = _start(plugin, learned, settings, words)
    return _Task(plugin, learned, learned.recipe, settings, start)


def _start(
    plugin: Plugin[Any],
    method: LearnedMethod,
    settings: Mapping[str, Setting],
    words: MethodSpecification,
) -> FoundWeights | None:
    """Find the weights to go on from, made with these settings; None: none are asked for."""
    if words.weights is None:
        return None
    start = find_weights(plugin, settings, words=words.weights, dataset=None)
    made_with = read_checkpoint(method, start.path).settings
    other = sorted(name for name, value in made_with.items() if settings.get(name) != value)
    if other:
        name = other[0]
        raise WeightsError(
            expected=f"weights made with {name}={settings.get(name, 'no such setting')}",
            got=f"{name}={made_with[name]} in {start.path}",
            now=f"say {name}={made_with[name]} as well, or give other weights",
        )
    return start


def _said(supply: Supply, task: _Task) -> Mapping[str, Any]:
    """Say what weights have seen: this training's data, and what they had seen before it."""
    if task.start is None:
        return supply.said
    now, before = supply.said["trained_on"], task.start.trained_on
    both = now if now == before else f"{now}{AFTER}{before}"
    return {**supply.said, "trained_on": both, "start_trained_on": before}


def _laid(supply: Supply, course: Plan) -> Material:
    """Make the material, its pixels on the GPU where they take less than half of what is free."""
    material = supply.make(course)
    if not course.device.startswith("cuda") or not isinstance(material, Pairs):
        return material
    import torch

    free, _ = torch.cuda.mem_get_info(course.device)
    return material.on(course.device) if material.size < free / 2 else material


def _is_kept(output: Path, state: State) -> bool:
    """Whether both weights files are there, whole, and of this state."""
    try:
        records = [read_record(output / name) for name in (BEST_WEIGHTS, LAST_WEIGHTS)]
    except WeightsError:
        return False
    return all((record or {}).get("steps_done") == state.step for record in records)


def _keep(output: Path, record: Mapping[str, Any], state: State) -> None:
    """Write the best and the last weights of a state, each with the record of how it came."""
    said = {
        **record,
        "validation_db": state.best_psnr_db,
        "best_step": state.best_step,
        "steps_done": state.step,
        "curve": state.curve,
    }
    for name, weights, kept in (
        (BEST_WEIGHTS, state.best, "best"),
        (LAST_WEIGHTS, state.network, "last"),
    ):
        with writing(output / name):
            save_weights(output / name, weights, {**said, "kept": kept})
