"""What the variants of a sweep were trained with: a share of the paper's steps, pixels, seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path

from rainbench.report import Cell, Column, Table
from rainbench.restorers.weights import read_record
from rainbench.training.log import LOG, read_log
from rainbench.training.sweep import Trial

COLUMNS = (
    Column(title="variant"),
    Column(title="loss"),
    Column(title="batch", align="right"),
    Column(title="patch", unit="pixels", align="right"),
    Column(title="steps", align="right"),
    Column(title="of the paper's", unit="%", align="right", decimals=3),
    Column(title="pixels", unit="millions", align="right", decimals=1),
    Column(title="seconds", align="right", decimals=0),
)


def effort(title: str, trials: Sequence[Trial]) -> Table:
    """Tell what each variant was trained with, on the mean over its seeds.

    Raises WeightsError and ResultsError for weights and logs that cannot be read.
    """
    of: dict[str, list[_Effort]] = {}
    for trial in trials:
        if trial.weights is not None:
            of.setdefault(trial.variant, []).append(_read(trial.weights))
    return Table(
        title=f"{title}, what training took",
        columns=COLUMNS,
        rows=tuple((name, *_row(efforts)) for name, efforts in of.items()),
    )


@dataclass(frozen=True)
class _Effort:
    loss: str
    batch: int
    patch: int
    steps: int
    of_steps: int
    seconds: float


def _read(weights: Path) -> _Effort:
    record = read_record(weights) or {}
    batch, patch, steps = (int(record[name]) for name in ("batch", "patch", "steps"))
    log = read_log(weights.with_name(LOG))
    loss = "mse" if record.get("loss") == "mse" else str(record["recipe"]["loss"])
    return _Effort(loss, batch, patch, steps, int(record["of_steps"]), log.seconds(batch))


def _row(efforts: Sequence[_Effort]) -> tuple[Cell, ...]:
    first = efforts[0]
    steps = _mean([each.steps for each in efforts])
    return (
        first.loss,
        first.batch,
        first.patch,
        round(steps),
        100 * steps / first.of_steps,
        steps * first.batch * first.patch**2 / 1e6,
        _mean([each.seconds for each in efforts]),
    )


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
