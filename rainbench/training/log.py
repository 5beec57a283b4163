"""What a training run wrote as it went on: its loss and its validation, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rainbench.runs.document import Fields
from rainbench.runs.journal import read_lines

LOG = "log.jsonl"
"""The file's name in a training run's folder."""


@dataclass(frozen=True)
class LogEntry:
    """How a training run stood after some steps."""

    step: int
    loss: float
    """Mean over the steps since the entry before; by the recipe's own loss."""
    validation_db: float
    """Mean PSNR of the validation pictures, in the headline protocol."""
    patches_per_second: float
    """Since the entry before, without validation."""


@dataclass(frozen=True)
class TrainingLog:
    """The log of one training run."""

    name: str
    """Its folder's name."""
    entries: tuple[LogEntry, ...]
    """By step; of a step that was done twice, after a stop, the last."""

    def seconds(self, batch: int) -> float:
        """Say how long the steps took, `batch` patches each: what a stop undid is not counted."""
        before = 0
        total = 0.0
        for entry in self.entries:
            total += (entry.step - before) * batch / entry.patches_per_second
            before = entry.step
        return total


def is_log(path: Path) -> bool:
    """Whether a file is a training run's log, by its name."""
    return path.name == LOG


def read_log(path: Path) -> TrainingLog:
    """Read a training run's log.jsonl. Raises ResultsError for a line that is none."""
    entries: dict[int, LogEntry] = {}
    for place, document in read_lines(path):
        fields = Fields(document, place)
        step = fields.whole("step")
        entries[step] = LogEntry(
            step,
            fields.number("loss"),
            fields.number("validation_db"),
            fields.number("patches_per_second"),
        )
    return TrainingLog(path.parent.name, tuple(entries[step] for step in sorted(entries)))
