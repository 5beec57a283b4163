"""The training loop: steps that depend on no clock, over whatever material."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rainbench.errors import TrainingError, in_words
from rainbench.kernels.library import source_sha256
from rainbench.method import SizeRule
from rainbench.runs.document import encode_psnr
from rainbench.runs.journal import Journal
from rainbench.training import checkpoint
from rainbench.training.arithmetic import computing, lay_out
from rainbench.training.checkpoint import State
from rainbench.training.failures import too_far, within_memory
from rainbench.training.feed import Feed
from rainbench.training.log import LOG
from rainbench.training.material import Material, as_floats
from rainbench.training.plan import Plan
from rainbench.training.processes import ALONE, Processes
from rainbench.training.validation import Validation
from rainbench.training.watch import UNWATCHED, Moment, Watch

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from rainbench.training.recipe import Recipe

MEASURED, WARM_UP = 8, 2
"""Steps that tell how long one takes, after so many that are not counted."""

CHECKED = 20
"""On a GPU the loss is asked for once in so many steps: asking waits for it."""


def follow(
    plan: Plan,
    build: Callable[[], nn.Module],
    recipe: Recipe,
    material: Material,
    folder: Path,
    *,
    size: SizeRule = SizeRule(),  # noqa: B008 (a frozen value)
    every: int | None = None,
    workers: int = 1,
    processes: Processes = ALONE,
    watch: Watch = UNWATCHED,
) -> State:
    """Follow a plan to its end, going on from the newest sound checkpoint in `folder`.

    `build` makes the network as it is before the first step. Loss and optimiser are the
    recipe's; the rest of it is in the plan. Validation pictures are cut to a size that the
    network's rule allows.

    Every `every` steps the network is validated and the state saved; None: `usual_interval` says
    how often. The same plan on the same material, machine and torch version ends in the same bits
    however often it was stopped. Of several processes each takes its part of every batch; the
    first validates and writes, in a folder that all can read.

    Raises TrainingError on a loss or a validation picture that is not finite, a patch that the
    network does not take, a folder that holds another run, too little memory, or another process
    that is lost, and ResultsError where the disk does not take checkpoint or log.
    """
    _check_patch(plan.patch, size)
    every = checkpoint.usual_interval(plan.steps) if every is None else every
    folder.mkdir(parents=True, exist_ok=True)
    decided_by = _decided_by(plan, recipe, material)
    network, optimiser = _start(plan, build, recipe)
    state = _resume(folder, decided_by, network, optimiser, watch)
    validation = Validation(material.validation() if processes.first else [], size, plan.device)
    objective = recipe.objective(plan.loss)
    leg = _Leg(plan, processes.join(network), optimiser, objective, processes, watch)
    rest, part = range(state.step, plan.steps), processes.part(plan.batch)
    feeding = Feed(material, rest, part=part, device=plan.device, workers=workers)
    with computing(plan), feeding as feed:
        while state.step < plan.steps:
            steps = range(state.step, min(state.step + every, plan.steps))
            loss, seconds, waiting = leg.go(feed, steps)
            if not processes.first:
                state = replace(state, step=steps.stop)
                continue
            with within_memory():
                validation_db, sample = validation.score(network, steps.stop)
            state = _next_state(state, network, optimiser, steps.stop, loss, validation_db)
            checkpoint.save(folder, state)
            watch.on_state(state)
            speed = plan.batch * len(steps) / seconds
            moment = Moment(steps.stop, plan.steps, loss, validation_db, speed, waiting)
            _log(folder, moment)
            watch.on_sample(steps.stop, sample)
            watch.on_moment(moment)
    return state


def measure_step(
    plan: Plan,
    build: Callable[[], nn.Module],
    recipe: Recipe,
    material: Material,
    processes: Processes = ALONE,
    *,
    patience: float = math.inf,
) -> float:
    """Measure how many seconds a step takes: the median of a few on a network thrown away.

    Two steps at the least, and no more of them once `patience` seconds are over. Of several
    processes each measures its own part, without the others.
    """
    leg = _Leg(plan, *_start(plan, build, recipe), recipe.objective(plan.loss))
    part = processes.part(plan.batch)
    seconds: list[float] = []
    feeding = Feed(material, range(WARM_UP + MEASURED), part=part, device=plan.device)
    with computing(plan), feeding as feed:
        for step in range(WARM_UP + MEASURED):
            seconds.append(leg.go(feed, range(step, step + 1))[1])
            if step > 0 and math.fsum(seconds) > patience:
                break
    return median(seconds[min(WARM_UP, len(seconds) - 1) :])


def _start(
    plan: Plan, build: Callable[[], nn.Module], recipe: Recipe
) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Build network and optimiser as they are before the first step."""
    import cv2
    import torch

    torch.set_num_threads(plan.threads)
    cv2.setNumThreads(1)  # patches are small, and made beside the steps
    torch.manual_seed(plan.seed)
    network = lay_out(build(), plan)
    return network, _optimiser(recipe, network, plan.learning_rate)


def _resume(
    folder: Path,
    decided_by: str,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    watch: Watch,
) -> State:
    """Bring network and optimiser to the newest sound checkpoint, or say how they begin."""
    state, notes = checkpoint.load(folder, decided_by)
    for note in notes:
        watch.on_note(note)
    if state is not None:
        watch.on_note(f"going on from step {state.step:,}")
    else:
        state = State(
            step=0,
            identity=checkpoint.digest(decided_by),
            network=_copy(network),
            optimiser=optimiser.state_dict(),
            best_psnr_db=-math.inf,
            best={},
            decided_by=decided_by,
        )
    network.load_state_dict(state.network)
    optimiser.load_state_dict(state.optimiser)
    return state


@dataclass(frozen=True)
class _Leg:
    """What takes the steps from one checkpoint to the next."""

    plan: Plan
    network: nn.Module
    optimiser: torch.optim.Optimizer
    loss: Callable[[Any, Tensor], Tensor]
    processes: Processes = ALONE
    watch: Watch = UNWATCHED

    def go(self, feed: Feed, steps: range) -> tuple[float, float, float]:
        """Take steps; returns their mean loss, their seconds, and the share spent waiting."""
        started, waited = perf_counter(), feed.waited
        try:
            with within_memory():
                loss = self._take(feed, steps)
        except RuntimeError as error:
            if self.processes.count == 1:
                raise
            raise self.processes.lost(steps.start, in_words(error)) from error
        seconds = perf_counter() - started
        return loss, seconds, (feed.waited - waited) / seconds

    def _take(self, feed: Feed, steps: range) -> float:
        losses: list[Tensor] = []
        read: list[float] = []
        for step in steps:
            losses.append(self._step(feed, step))
            if self.plan.device == "cpu" or step % CHECKED == 0 or step + 1 == steps.stop:
                new = [each.item() for each in losses[len(read) :]]
                _check_finite(new, steps.start + len(read))
                read += new
                self.watch.on_step(step + 1, self.plan.steps, read[-1])
        return math.fsum(read) / len(read)

    def _step(self, feed: Feed, step: int) -> Tensor:
        """Take one step, and return its loss, the mean over all processes."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.learning_rate_at(step)
        rainy, clean = map(as_floats, feed.take())
        self.optimiser.zero_grad(set_to_none=True)
        value = self.loss(_restore(self.network, rainy, self.plan), clean)
        value.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return self.processes.mean(value.detach())


def _restore(network: nn.Module, rainy: Tensor, plan: Plan) -> Any:  # noqa: ANN401 - as the network
    """Run the network in the plan's precision; what its loss takes is float32 again."""
    if plan.precision == "float32":
        return network(rainy)
    import torch

    with torch.autocast(rainy.device.type, torch.bfloat16):
        return _in_float32(network(rainy))


def _in_float32(made: Any) -> Any:  # noqa: ANN401 - tensors in tuples, lists and dataclasses
    import torch

    if isinstance(made, torch.Tensor):
        return made.float()
    if isinstance(made, tuple) and hasattr(made, "_fields"):
        return type(made)(*map(_in_float32, made))
    if isinstance(made, tuple | list):
        return type(made)(map(_in_float32, made))
    if hasattr(made, "__dataclass_fields__"):
        return replace(made, **{name: _in_float32(each) for name, each in vars(made).items()})
    return made


def _check_finite(losses: list[float], first: int) -> None:
    for i, each in enumerate(losses):
        if not math.isfinite(each):
            raise too_far("a finite loss", f"{each} at step {first + i}")


def _next_state(
    state: State,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    step: int,
    loss: float,
    validation_db: float,
) -> State:
    better = validation_db > state.best_psnr_db
    copied = _copy(network)
    return State(
        step=step,
        identity=state.identity,
        decided_by=state.decided_by,
        network=copied,
        optimiser=optimiser.state_dict(),
        best_psnr_db=max(validation_db, state.best_psnr_db),
        best=copied if better else state.best,
        best_step=step if better else state.best_step,
        curve=[*state.curve, [step, loss, validation_db]],
    )


def _optimiser(recipe: Recipe, network: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    from torch.optim import SGD, Adam

    weights, decay = network.parameters(), recipe.weight_decay
    if recipe.optimiser == "sgd":
        return SGD(weights, lr=learning_rate, momentum=recipe.momentum, weight_decay=decay)
    betas = (recipe.momentum, 0.999)  # the second as torch and every recipe has it
    return Adam(weights, lr=learning_rate, betas=betas, weight_decay=decay)


def _check_patch(patch: int, size: SizeRule) -> None:
    if patch % size.multiple_of or patch < size.minimum:
        raise TrainingError(
            expected=f"patches of a multiple of {size.multiple_of}, at least {size.minimum} pixels",
            got=f"{patch}",
            now="give another --patch",
        )


def _decided_by(plan: Plan, recipe: Recipe, material: Material) -> str:
    """Return what decides the weights, as JSON: its digest is the run's identity."""
    parts = plan.to_json()
    # Plain Adam is left unsaid, as it was before there was a choice.
    said = (recipe.optimiser, recipe.momentum, recipe.weight_decay)
    if said != ("adam", 0.9, 0.0):
        parts["optimiser"] = said
    if plan.arithmetic == "native":
        parts["kernels"] = source_sha256()
    parts |= material.identity
    return json.dumps(parts, sort_keys=True)


def _copy(network: nn.Module) -> dict[str, Tensor]:
    state: Mapping[str, Tensor] = network.state_dict()
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in state.items()}


def _log(folder: Path, moment: Moment) -> None:
    said = asdict(moment)
    # A journal of its own for each line: it mends what a power cut has torn.
    Journal(folder / LOG).append({**said, "validation_db": encode_psnr(moment.validation_db)})
