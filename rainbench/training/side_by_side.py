"""Trainings side by side, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from rainbench.errors import RainbenchError, TrainingError, UsageError


@dataclass(frozen=True, kw_only=True)
class Training:
    """What one process is to train."""

    name: str
    """What people call it: "prenet, seed 1"."""
    words: str
    """METHOD words."""
    options: Mapping[str, Any]
    """As `train` takes them, without a watch."""


def train_side_by_side(
    trainings: Sequence[Training],
    processes: int,
    on_end: Callable[[Training, RainbenchError | None], None] = lambda *_: None,
) -> dict[str, RainbenchError]:
    """Bring every training to its end, so many at a time.

    `on_end` is told of each, and of what kept it from its end. Returns, by name, what kept
    trainings from theirs. Raises UsageError as soon as one meets it: those under way are waited
    for, and no further one is begun.
    """
    problems: dict[str, RainbenchError] = {}
    # Spawned and not forked: threads of torch's do not survive a fork.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        under_way = {pool.submit(_train, each): each for each in trainings}
        for future in as_completed(under_way):
            training = under_way[future]
            try:
                future.result()
            except UsageError:
                raise
            except RainbenchError as error:
                problems[training.name] = error
            except BrokenProcessPool:
                problems[training.name] = _lost(training)
            on_end(training, problems.get(training.name))
    finally:
        pool.shutdown(cancel_futures=True)
    return problems


def _train(training: Training) -> None:
    from rainbench.training.job import train

    train(training.words, **training.options)


def _lost(training: Training) -> TrainingError:
    return TrainingError(
        expected=f"the process of {training.name} to end by itself",
        got="one that was killed, perhaps for want of memory",
        now="give the same command again, with fewer --jobs: it goes on from the checkpoint",
    )
