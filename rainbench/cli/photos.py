"""What `derain` tells people, on stderr: the weights, a bar a photograph, what became of each."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from rainbench.cli.display import make_bars
from rainbench.marks import training_in_words
from rainbench.render.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import TaskID

    from rainbench.restoration import Outcome, Restored, Step
    from rainbench.restorer import Restorer


class PhotoDisplay:
    """Shows progress while it is entered: bars on a terminal, and lines everywhere."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        wanted = sys.stderr.isatty() if terminal is None else terminal
        self._bars = make_bars() if wanted else None
        self._tasks: dict[Path, TaskID] = {}

    def __enter__(self) -> PhotoDisplay:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def begin(self, restorer: Restorer) -> None:
        """Name the method, its weights and what they were trained on."""
        trained = training_in_words(restorer.trained_on, restorer.budget)
        learnt = "nothing is trained" if trained is None else f"weights trained on: {trained}"
        self.say(f"{restorer.title} ({restorer.label}), {learnt}")

    def step(self, step: Step) -> None:
        """Show how many of a photograph's tiles are restored."""
        if self._bars is None:
            return
        if step.photo not in self._tasks:
            name = printable(step.photo.name)
            self._tasks[step.photo] = self._bars.add_task(name, total=step.tiles)
        self._bars.update(self._tasks[step.photo], completed=step.done)

    def end(self, outcome: Outcome) -> None:
        """Say what is to be known of a photograph beside that it is restored."""
        from rainbench.restoration import NotRestored

        if isinstance(outcome, NotRestored):
            self.say(f"{outcome.photo}: {outcome.error}")
            return
        for words in _remarks(outcome):
            self.say(f"{outcome.photo}: {words}")

    def say(self, text: str) -> None:
        """Show a line of its own, above the bars where there are any."""
        if self._bars is not None:
            self._bars.console.print(printable(text), markup=False, highlight=False)
        else:
            typer.echo(printable(text), err=True)


def _remarks(restored: Restored) -> list[str]:
    from rainbench.restoration import RAIN_LEVELS

    said = list(restored.notes)
    if not restored.exact:
        said.append(
            f"restored in tiles of {restored.tile} pixels by a method that sees further: "
            "not quite what the whole picture gives"
        )
    if not restored.rainy:
        said.append(
            f"this picture hardly holds rain that the method sees: {restored.cleared:.1%} of its "
            f"pixels darkened by more than {RAIN_LEVELS} levels of 255"
        )
    return said
