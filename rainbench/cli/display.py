"""A run's progress for people, on stderr: a bar on a terminal, a plain line now and then else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rainbench.cli.bars import PAUSE, BarDisplay
from rainbench.protocol import HEADLINE
from rainbench.render.text import printable, printable_error

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.report import Block, Cell
    from rainbench.runs.benchmark import Unit
    from rainbench.runs.progress import Progress
    from rainbench.runs.summary import UnitProblem, UnitSummary


class Display(BarDisplay):
    """Shows progress while it is entered; `tell` may be called from one thread."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        super().__init__(terminal=terminal)
        self._told: dict[str, float] = {}
        self._problem: str | None = None

    def tell(self, progress: Progress) -> None:
        """Show what has just happened."""
        unit = printable(f"{progress.method} on {progress.dataset}")
        if progress.waiting_for is not None:
            self.say(f"{unit}: waiting for {progress.waiting_for}")
        if progress.remark is not None:
            self.say(f"{unit}: {progress.remark}")
        if progress.problem not in (None, self._problem):
            self.say(f"{unit}: {progress.image}: {progress.problem}")
        # Pictures that one call should have restored fail with one voice: once is enough.
        self._problem = progress.problem
        self.count(unit, progress.done, progress.total)

    def count(self, what: str, done: int, of: int) -> None:
        """Show how far something is."""
        if not self._move(what, what, done, of) and self._is_due(what, done, of):
            self.say(f"{what}: {done}/{of}")

    def found(self, dataset: OpenDataset) -> None:
        """Show what was found of a dataset: which release, and where."""
        for note in dataset.notes:
            self.say(f"{dataset.name}: {note}")

    def end(self, unit: Unit) -> None:
        """Show what became of a unit, where that is more than its numbers."""
        from rainbench.runs.summary import UnitProblem

        name = " on ".join(part for part in (unit.method, unit.dataset) if part)
        if isinstance(unit, UnitProblem):
            if not unit.skipped:  # that is no news until the answer, which says it
                self._print(f"{printable(name)}: {printable_error(unit.error)}")
        elif unit.failures:
            images = "image" if unit.failures == 1 else "images"
            self.say(f"{name}: {unit.failures} {images} failed; see {unit.folder}/failures.jsonl")

    def _is_due(self, what: str, done: int, of: int) -> bool:
        now = monotonic()
        due = done in (0, of) or now - self._told.get(what, 0.0) >= PAUSE
        if due:
            self._told[what] = now
        return due


@contextmanager
def counting(what: str) -> Iterator[Callable[..., None]]:
    """Give a function (done, of, name="") that shows how far `what` is, a bar for each name."""
    with Display() as display:

        def count(done: int, of: int, name: str = "") -> None:
            display.count(f"{what} {name}".strip(), done, of)

        yield count


def has_failed(unit: Unit) -> bool:
    """Whether a unit makes the exit status 1."""
    from rainbench.runs.summary import UnitProblem

    return not unit.skipped if isinstance(unit, UnitProblem) else unit.failures > 0


def as_blocks(units: Sequence[Unit]) -> list[Block]:
    """Tell what units scored under the headline protocol, a row a unit, and why some did not."""
    from rainbench.report import Column, Note, Table
    from rainbench.runs.summary import UnitProblem

    titles = ("method", "dataset", "PSNR (dB)", "SSIM", "images", "parameters", "trained on")
    columns = tuple(
        Column(title=title, align="right" if 2 <= i <= 5 else "left", decimals=4 if i == 3 else 2)
        for i, title in enumerate((*titles, "remarks"))
    )
    rows = [_problem_row(u) if isinstance(u, UnitProblem) else _score_row(u) for u in units]
    problems = (unit for unit in units if isinstance(unit, UnitProblem))
    notes = dict.fromkeys(f"{unit.method or unit.dataset}: {unit.error}" for unit in problems)
    title = f"PSNR and SSIM under {HEADLINE}"
    table = Table(title=title, columns=columns, rows=tuple(rows), keys=2)
    return [table, *(Note(words) for words in notes)]


def _score_row(unit: UnitSummary) -> tuple[Cell, ...]:
    score = unit.scores.get(HEADLINE)
    return (
        unit.method,
        unit.data,
        score and score.psnr_db,
        score and score.ssim,
        str(unit.images) if unit.images == unit.of else f"{unit.images}/{unit.of}",
        unit.parameters,
        unit.training,
        ", ".join((*_seen(unit), *unit.marks)),
    )


def _seen(unit: UnitSummary) -> tuple[str, ...]:
    """Say what of the images was seen in training, and the mean over those that were not."""
    if unit.overlap is None:
        return ()
    rest = unit.unseen_scores.get(HEADLINE)
    if rest is None or not unit.overlap.seen:
        return (str(unit.overlap),)
    count = unit.overlap.images - len(unit.overlap.seen)
    return (str(unit.overlap), f"{rest.psnr_db:.2f} / {rest.ssim:.4f} on the {count} unseen")


def _problem_row(unit: UnitProblem) -> tuple[Cell, ...]:
    remark = "skipped: no weights at hand" if unit.skipped else "failed"
    return (unit.method or None, unit.dataset or None, None, None, None, None, None, remark)
