"""How much training there is to be: the paper's own, a share of it, steps, pixels, or minutes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rainbench.counting import counted
from rainbench.errors import TrainingError, UsageError
from rainbench.runs.journal import writing
from rainbench.training.checkpoint import digest, has_checkpoint
from rainbench.training.plan import Plan

SHORT = 100
"""The budget "short" is the paper's steps divided by this."""

MEASURING = 20
"""Measuring a step takes a budget of minutes divided by this, or two steps where they are slow."""

FILE = "budget.json"

MOST = MappingProxyType({"steps": 10**15, "pixels": 10**15, "minutes": 10**9})
"""Beyond every training, and still whole numbers where schedules share them out as floats."""

_WHOLE = re.compile(r"(steps|pixels)=(\d+)")
_MINUTES = re.compile(r"(minutes)=(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Budget:
    """A budget as it was asked for; `steps_of` and `Budget.minutes` say what it comes to."""

    text: str = "paper"
    steps: int | None = None
    """So many steps."""
    pixels: int | None = None
    """As many steps as have so many pixels, or the most that have fewer."""
    minutes: float | None = None
    """So many minutes of steps; validation comes on top."""

    @property
    def patience(self) -> float:
        """Seconds to spend on measuring a step, 0 but where minutes are asked for."""
        return 60 * (self.minutes or 0) / MEASURING

    def steps_of(self, paper: int, pixels_a_step: int) -> int | None:
        """Say how many steps it is, of the paper's own; None: that must be measured."""
        if self.minutes is not None:
            return None
        if self.pixels is not None:
            return max(1, self.pixels // pixels_a_step)
        if self.text == "short":
            return max(1, paper // SHORT)
        return self.steps or paper


def parse_budget(text: str) -> Budget:
    """Read paper, short, steps=N, pixels=N or minutes=N. Raises UsageError."""
    if text in ("paper", "short"):
        return Budget(text)
    match = _WHOLE.fullmatch(text) or _MINUTES.fullmatch(text)
    amount = float(match[2]) if match else 0.0
    if match and amount > MOST[match[1]]:
        raise UsageError(
            expected=f"a budget of at most {match[1]}={MOST[match[1]]}",
            got=f"{text:.80}",
            now="give a smaller one",
        )
    if match and amount > 0:
        if match[1] == "minutes":
            return Budget(text, minutes=amount)
        whole = int(match[2])
        return Budget(text, steps=whole) if match[1] == "steps" else Budget(text, pixels=whole)
    raise UsageError(
        expected="a budget of paper, short, steps=N, pixels=N or minutes=N",
        got=repr(text),
        now="correct it",
    )


def measured_steps(
    budget: Budget, folder: Path, seconds_a_step: Callable[[], float], whole: Plan
) -> int:
    """Say how many steps fit into a budget of minutes, once for a run.

    The first start measures, and writes the answer into the run's folder; a start after a stop
    reads it there, so that a run goes on as it began, however fast the machine is by then.
    `whole` is the plan over the paper's own steps: what was measured of another is measured anew,
    unless a checkpoint lies there, whose steps stay its own, whoever asks.
    Raises TrainingError where the folder holds a run of another budget.
    """
    file = folder / FILE
    if budget.minutes is None:
        raise ValueError(budget)
    before = _read(file)
    if before is not None and before.get("budget") != budget.text:
        raise TrainingError(
            expected=f"{folder} to hold a run of {budget.text}",
            got=f"one of {before.get('budget')}",
            now="give another --output, or remove that folder",
        )
    plan_sha256 = digest(json.dumps(whole.to_json(), sort_keys=True))
    if before is not None and (before.get("plan_sha256") == plan_sha256 or has_checkpoint(folder)):
        return int(before["steps"])
    seconds = seconds_a_step()
    steps = max(1, int(60 * budget.minutes / seconds))
    folder.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    said = {
        "budget": budget.text,
        "seconds_a_step": round(seconds, 4),
        "steps": steps,
        "plan_sha256": plan_sha256,
    }
    with writing(file):
        part.write_text(json.dumps(said) + "\n", encoding="utf-8")
        part.replace(file)
    return steps


def budget_in_words(steps: int, of_steps: int) -> str:
    """Say "400,000 steps" or "6,000 of 400,000 steps"."""
    whole = counted(of_steps, "step")
    return whole if steps == of_steps else f"{steps:,} of {whole}"


def _read(file: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return said if isinstance(said["steps"], int) and said["steps"] > 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or damaged: it is measured
