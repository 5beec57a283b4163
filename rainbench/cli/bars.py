"""Bars on a terminal and lines everywhere else, on stderr: what every display of progress is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from rainbench.render.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from rich.progress import Progress, ProgressColumn, TaskID

# Seconds between two plain lines about one thing: a log of an hour's run stays readable.
PAUSE = 5.0


class BarDisplay:
    """Shows bars while it is entered, where stderr is a terminal or `terminal` says so."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        wanted = sys.stderr.isatty() if terminal is None else terminal
        self._bars = self._make_bars() if wanted else None
        self._tasks: dict[object, TaskID] = {}

    def __enter__(self) -> Self:
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

    def say(self, text: str) -> None:
        """Show a line of its own, above the bars where there are any."""
        self._print(printable(text))

    def _print(self, text: str) -> None:
        """Show lines as they are; they hold nothing but what is printable."""
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            typer.echo(text, err=True)

    def _move(
        self, key: object, name: str, done: float, of: float | None, *, told: str = ""
    ) -> bool:
        """Move one thing's bar, which is drawn in its time; whether there are bars.

        `told` is for a column that a display adds; time left is counted from where it begins.
        """
        if self._bars is None:
            return False
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(
                printable(name), total=of, completed=int(done), told=told
            )
        self._bars.update(self._tasks[key], completed=done, total=of, told=told)
        return True

    def _columns(self) -> Sequence[ProgressColumn]:
        """Say how far, between the bar and the time left."""
        from rich.progress import MofNCompleteColumn

        return (MofNCompleteColumn(),)

    def _make_bars(self) -> Progress:
        # Imported here: a call without a terminal, and every --help, does without it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        return Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            *self._columns(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
