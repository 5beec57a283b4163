"""Downloads for people, on stderr: a bar with speed and time left, or a plain line now and then."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from rainbench.cli.display import PAUSE
from rainbench.data.room import in_bytes
from rainbench.render.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from rainbench.data.fetching import Transfer


class TransferDisplay:
    """Shows transfers while it is entered."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        wanted = sys.stderr.isatty() if terminal is None else terminal
        self._bars = _make_bars() if wanted else None
        self._tasks: dict[str, TaskID] = {}
        self._last: tuple[str, float, int] = ("", 0.0, 0)

    def __enter__(self) -> TransferDisplay:
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

    def tell(self, transfer: Transfer) -> None:
        """Show how far a file has come."""
        what = printable(f"{transfer.step} {transfer.file}")
        if self._bars is not None:
            if what not in self._tasks:
                self._tasks[what] = self._bars.add_task(what, total=transfer.whole)
            self._bars.update(
                self._tasks[what], completed=transfer.here, total=transfer.whole, refresh=False
            )
            return
        before, when, here = self._last
        now = monotonic()
        if what == before and now - when < PAUSE:
            return
        self._last = what, now, transfer.here
        if what == before:
            self.say(f"{what}: {_line(transfer, (transfer.here - here) / (now - when))}")

    def say(self, text: str) -> None:
        """Show a line of its own, above the bars where there are any."""
        if self._bars is not None:
            self._bars.console.print(printable(text), markup=False, highlight=False)
        else:
            typer.echo(printable(text), err=True)


def _line(transfer: Transfer, bytes_per_second: float) -> str:
    parts = [in_bytes(transfer.here), f"{in_bytes(bytes_per_second)}/s"]
    if transfer.whole is not None:
        parts[0] += f" of {in_bytes(transfer.whole)}"
        if bytes_per_second > 0:
            parts.append(f"{(transfer.whole - transfer.here) / bytes_per_second:.0f} s left")
    return ", ".join(parts)


def _make_bars() -> Bars:
    # Imported here: --help, and a call without a terminal, do without it.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
