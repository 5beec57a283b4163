"""What decides the weights a training run ends in, besides the material."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from rainbench.errors import UsageError
from rainbench.training.recipe import Loss

if TYPE_CHECKING:
    from rainbench.method import Setting
    from rainbench.training.recipe import Recipe

Schedule: TypeAlias = Literal["milestones", "cosine"]
Precision: TypeAlias = Literal["float32", "bf16"]
Arithmetic: TypeAlias = Literal["torch", "native"]

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"schedule": get_args(Schedule), "loss": get_args(Loss), "precision": get_args(Precision)}
)
"""What of a training is one of a few words, and which."""

HIGHEST_RATE = 1e30
"""Adam divides the rate by what its momentum leaves, and float32 must still hold that."""

HIGHEST_SEED = 2**63 - 1
"""What torch and numpy both take."""

UNSAID: Mapping[str, object] = {
    "start": "",
    "flip": False,
    "device": "cpu",
    "precision": "float32",
    "loss": "own",
    "arithmetic": "torch",
}
"""Fields that joined later: left out of an identity while they say what was so before."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What decides the weights a training run ends in, besides the material."""

    method: str
    settings: Mapping[str, Setting]
    rain: str = ""
    """A name in rainbench.streaks.rain.RAIN_STYLES; empty: pairs have their own rain."""
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
    flip: bool = False
    """Whether every second pair of patches is mirrored."""
    device: str = "cpu"
    precision: Precision = "float32"
    """What convolutions compute in; weights and losses stay float32."""
    loss: Loss = "own"
    """The recipe's own, or the mean squared error."""
    arithmetic: Arithmetic = "torch"
    """Whose kernels compute what rainbench.kernels has: their sums are rounded otherwise."""

    @property
    def pixels(self) -> int:
        """How many pixels all batches have together."""
        return self.steps * self.batch * self.patch**2

    def learning_rate_at(self, step: int) -> float:
        """Give the learning rate of one step, from 0."""
        if self.schedule == "cosine":
            share = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        else:
            share = self.decay ** sum(step >= milestone for milestone in self.milestones)
        return self.learning_rate * share

    def to_json(self) -> dict[str, Any]:
        """Return the plan as identities hold it."""
        fields = asdict(self)
        return {k: v for k, v in fields.items() if k not in UNSAID or v != UNSAID[k]}


def plan(
    method: str,
    settings: Mapping[str, Setting],
    recipe: Recipe,
    *,
    rain: str = "",
    steps: int | None = None,
    batch: int | None = None,
    patch: int | None = None,
    learning_rate: float | None = None,
    schedule: Schedule = "milestones",
    seed: int = 0,
    threads: int = 1,
    start: str = "",
    device: str = "cpu",
    precision: Precision = "float32",
    loss: Loss = "own",
    arithmetic: Arithmetic = "torch",
) -> Plan:
    """Compress a recipe to a budget of `steps`; what is None stays as the paper has it.

    Raises UsageError for a part that `wanted_instead` refuses.
    """
    maybe = {"batch": batch, "patch": patch, "learning_rate": learning_rate}
    parts: dict[str, object] = {name: each for name, each in maybe.items() if each is not None}
    words = {"schedule": schedule, "loss": loss, "precision": precision}
    _check_parts({**parts, **words, "seed": seed})
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
        # Rendered rain mirrors by itself.
        flip=recipe.flip and not rain,
        device=device,
        precision=precision,
        loss=loss,
        arithmetic=arithmetic,
    )


def wanted_instead(part: str, value: object) -> str | None:
    """Say what a part of a training must be, in words, where `value` is no such thing.

    Parts are batch, patch, learning_rate, seed and those of CHOICES.
    """
    if part in CHOICES:
        return None if value in CHOICES[part] else f"{' or '.join(CHOICES[part])} as {part}"
    # True is an int to Python, and no number to people.
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if part == "learning_rate":
        if HIGHEST_RATE < number < math.inf:
            return f"a learning rate of {HIGHEST_RATE:g} at most"
        return None if 0 < number < math.inf else "a learning rate above 0"
    if part == "seed":
        good = isinstance(number, int) and 0 <= number <= HIGHEST_SEED
        return None if good else f"a whole number from 0 to {HIGHEST_SEED} as seed"
    whole = isinstance(number, int) and number >= 1
    return None if whole else f"a whole number from 1 on as {part}"


def _check_parts(parts: Mapping[str, object]) -> None:
    for part, value in parts.items():
        wanted = wanted_instead(part, value)
        if wanted is not None:
            option = f"--{part.replace('_', '-')}"
            raise UsageError(
                expected=wanted, got=f"{value!r:.80}", now=f"leave {option} out for what is usual"
            )
