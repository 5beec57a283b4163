"""Downloads for people, on stderr: a bar with speed and time left, or a plain line now and then."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from rainbench.cli.bars import PAUSE, BarDisplay
from rainbench.data.room import in_bytes
from rainbench.render.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import ProgressColumn

    from rainbench.data.fetching import Transfer


class TransferDisplay(BarDisplay):
    """Shows transfers while it is entered."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        super().__init__(terminal=terminal)
        self._last: tuple[str, float, int] = ("", 0.0, 0)

    def tell(self, transfer: Transfer) -> None:
        """Show how far a file has come."""
        what = printable(f"{transfer.step} {transfer.file}")
        if self._move(what, what, transfer.here, transfer.whole):
            return
        before, when, here = self._last
        now = monotonic()
        if what == before and now - when < PAUSE:
            return
        self._last = what, now, transfer.here
        if what == before:
            self.say(f"{what}: {_line(transfer, (transfer.here - here) / (now - when))}")

    def _columns(self) -> Sequence[ProgressColumn]:
        from rich.progress import DownloadColumn, TransferSpeedColumn

        return (DownloadColumn(), TransferSpeedColumn())


def _line(transfer: Transfer, bytes_per_second: float) -> str:
    parts = [in_bytes(transfer.here), f"{in_bytes(bytes_per_second)}/s"]
    if transfer.whole is not None:
        parts[0] += f" of {in_bytes(transfer.whole)}"
        if bytes_per_second > 0:
            parts.append(f"{(transfer.whole - transfer.here) / bytes_per_second:.0f} s left")
    return ", ".join(parts)
