"""What a training run wrote as it went on: its loss and its validation, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """Its folder's name, and of the folders around it what tells it from others."""
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


def read_logs(paths: Sequence[Path]) -> tuple[TrainingLog, ...]:
    """Read training runs' log.jsonl, each with a name of its own: "seed-0", "prenet/seed-0".

    Raises ResultsError for a line that is none.
    """
    folders = [path.resolve().parent for path in paths]
    names = _tell_apart(folders)
    return tuple(
        replace(read_log(path), name=names[folder])
        for path, folder in zip(paths, folders, strict=True)
    )


def _tell_apart(folders: Sequence[Path]) -> dict[Path, str]:
    """Name each folder by as many of its last parts as no other ends in."""
    names = {folder: folder.name for folder in folders}
    for depth in range(2, max((len(folder.parts) for folder in folders), default=0) + 1):
        counts = Counter(names.values())
        for folder, name in names.items():
            if counts[name] > 1:
                names[folder] = "/".join(folder.parts[-depth:])
    return names


def read_log(path: Path) -> TrainingLog:
    """Read a training run's log.jsonl. Raises ResultsError for a line that is none."""
    entries: dict[int, LogEntry] = {}
    for place, document in read_lines(path):
        fields = Fields(document, place)
        step = fields.whole("step")
        entries[step] = LogEntry(
            step,
            fields.number("loss"),
            fields.psnr_db("validation_db"),
            fields.number("patches_per_second"),
        )
    return TrainingLog(path.parent.name, tuple(entries[step] for step in sorted(entries)))
