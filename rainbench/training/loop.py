"""The training loop: steps that depend on no clock, over whatever material."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rainbench.comparison import Comparison
from rainbench.errors import TrainingError
from rainbench.image import Pixels
from rainbench.method import SizeRule
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.training import checkpoint
from rainbench.training.checkpoint import State
from rainbench.training.material import Material, PicturePair, as_floats

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from rainbench.method import Setting
    from rainbench.training.recipe import Recipe

Schedule: TypeAlias = Literal["milestones", "cosine"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What decides the weights a training run ends in, besides the material."""

    method: str
    settings: Mapping[str, Setting]
    rain: str
    """A name in rainbench.rain.RAIN_STYLES."""
    steps: int
    """Of the compressed schedule; the recipe's milestones keep their share of it."""
    of_steps: int
    """The recipe's own steps."""
    schedule: Schedule
    """How the learning rate falls: at the recipe's milestones, or by a half cosine to 0."""
    milestones: tuple[int, ...]
    decay: float
    batch: int
    patch: int
    learning_rate: float
    seed: int
    threads: int
    start: str = ""
    """SHA-256 of the weights it goes on from; empty: the network begins at random."""


@dataclass(frozen=True)
class Moment:
    """How far a training run is."""

    step: int
    steps: int
    loss: float
    """Mean over the steps since the last moment."""
    validation_db: float
    """Mean PSNR on the validation pictures, in the headline protocol."""
    patches_per_second: float


def plan(
    method: str,
    settings: Mapping[str, Setting],
    recipe: Recipe,
    *,
    rain: str,
    steps: int | None = None,
    batch: int | None = None,
    patch: int | None = None,
    learning_rate: float | None = None,
    schedule: Schedule = "milestones",
    seed: int = 0,
    threads: int = 1,
    start: str = "",
) -> Plan:
    """Compress a recipe to a budget of `steps`; what is None stays as the paper has it."""
    budget = recipe.steps if steps is None else steps
    return Plan(
        method=method,
        settings=dict(settings),
        rain=rain,
        steps=budget,
        of_steps=recipe.steps,
        schedule=schedule,
        milestones=tuple(round(m * budget / recipe.steps) for m in recipe.milestones),
        decay=recipe.decay,
        batch=batch or recipe.batch,
        patch=patch or recipe.patch,
        learning_rate=learning_rate or recipe.learning_rate,
        seed=seed,
        threads=threads,
        start=start,
    )


def follow(
    plan: Plan,
    build: Callable[[], nn.Module],
    recipe: Recipe,
    material: Material,
    folder: Path,
    *,
    size: SizeRule = SizeRule(),  # noqa: B008 (a frozen value)
    every: int = 500,
    on_state: Callable[[State], None] = lambda _: None,
    on_moment: Callable[[Moment], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
) -> State:
    """Follow a plan to its end, going on from the newest sound checkpoint in `folder`.

    `build` makes the network as it is before the first step. Loss and optimiser are the
    recipe's; the rest of it is in the plan. Validation pictures are cut to a size that the
    network's rule allows.

    Every `every` steps the network is validated and the state saved. The same plan on the same
    material, machine and torch version ends in the same bits however often it was stopped.
    Raises TrainingError on a loss that is not finite, a patch that the network does not take, or
    a folder that holds another run.
    """
    import torch

    _check_patch(plan.patch, size)
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    folder.mkdir(parents=True, exist_ok=True)
    identity = _identity(plan, recipe, material)
    network = build().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = _optimiser(recipe, network, plan.learning_rate)
    state, warnings = checkpoint.load(folder, identity)
    for warning in warnings:
        on_warning(warning)
    if state is None:
        state = State(0, identity, _copy(network), optimiser.state_dict(), -math.inf, {})
    network.load_state_dict(state.network)
    optimiser.load_state_dict(state.optimiser)
    pairs = [(_cut(rainy, size), _cut(clean, size)) for rainy, clean in material.validation()]
    while state.step < plan.steps:
        upto = min(state.step + every, plan.steps)
        patches = plan.batch * (upto - state.step)
        started = perf_counter()
        mean_loss = _run_steps(plan, network, optimiser, recipe.loss, material, state.step, upto)
        seconds = perf_counter() - started
        validation_db = validate(network, pairs)
        better = validation_db > state.best_psnr_db
        state = State(
            upto,
            identity,
            _copy(network),
            optimiser.state_dict(),
            max(validation_db, state.best_psnr_db),
            _copy(network) if better else state.best,
            upto if better else state.best_step,
        )
        checkpoint.save(folder, state)
        on_state(state)
        moment = Moment(upto, plan.steps, mean_loss, validation_db, patches / seconds)
        _log(folder, moment)
        on_moment(moment)
    return state


def validate(network: nn.Module, pairs: list[PicturePair]) -> float:
    """Score the network on (rainy, clean) pictures: mean PSNR in dB, headline protocol."""
    import torch

    protocol = find_protocol(HEADLINE)
    scores = []
    network.eval()
    with torch.inference_mode():
        for rainy, clean in pairs:
            whole = as_floats(torch.from_numpy(rainy[None].copy()))
            restored = network(whole)[0].permute(1, 2, 0).numpy()
            scores.append(Comparison(restored, clean).score(protocol).psnr_db)
    network.train()
    return math.fsum(scores) / len(scores)


def _run_steps(
    plan: Plan,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    loss: Callable[[Any, Tensor], Tensor],
    material: Material,
    first: int,
    upto: int,
) -> float:
    losses = []
    for step in range(first, upto):
        _set_learning_rate(optimiser, plan, step)
        rainy, clean = map(as_floats, material.make(step))
        optimiser.zero_grad(set_to_none=True)
        value = loss(network(rainy), clean)
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(value.item())
        if not math.isfinite(losses[-1]):
            raise TrainingError(
                expected="a finite loss",
                got=f"{losses[-1]} at step {step}",
                now="go on with a lower --learning-rate in another --output",
            )
    return math.fsum(losses) / len(losses)


def _set_learning_rate(optimiser: torch.optim.Optimizer, plan: Plan, step: int) -> None:
    if plan.schedule == "cosine":
        share = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
    else:
        share = plan.decay ** sum(step >= milestone for milestone in plan.milestones)
    for group in optimiser.param_groups:
        group["lr"] = plan.learning_rate * share


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


def _cut(pixels: Pixels, size: SizeRule) -> Pixels:
    height, width = (length - length % size.multiple_of for length in pixels.shape[:2])
    return pixels[:height, :width]


def _identity(plan: Plan, recipe: Recipe, material: Material) -> str:
    parts: dict[str, Any] = asdict(plan)
    if not plan.start:
        del parts["start"]
    # Plain Adam is left unsaid, as it was before there was a choice.
    said = (recipe.optimiser, recipe.momentum, recipe.weight_decay)
    if said != ("adam", 0.9, 0.0):
        parts["optimiser"] = said
    parts |= material.identity
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def _log(folder: Path, moment: Moment) -> None:
    with (folder / "log.jsonl").open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(asdict(moment)) + "\n")
