"""How a training run goes, for people, on stderr: a bar on a terminal, lines else."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from rainbench.cli.display import Display

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from rainbench.training.watch import Moment, Watch


class CourseDisplay:
    """Shows training runs, one after the other, while it is entered."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        wanted = sys.stderr.isatty() if terminal is None else terminal
        self._display = Display(terminal=False)
        self._bars = _make_bars() if wanted else None
        self._task: TaskID | None = None
        self._stack = ExitStack()
        self._started, self._name = monotonic(), "training"
        self._validation, self._speed = "-", "-"

    def __enter__(self) -> CourseDisplay:
        if self._bars is not None:
            self._stack.enter_context(self._bars)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def watch(self, output: Path, *, name: str = "training", tensorboard: bool = False) -> Watch:
        """Begin with the run in a folder, and give what is to be told of it."""
        from rainbench.training.board import Board
        from rainbench.training.watch import Watch

        self._started = monotonic()
        self._task, self._name = None, name
        if name != "training":
            self._say(f"{name}:")
        if not tensorboard:
            return Watch(
                on_note=self._say,
                on_decoding=self._decoding,
                on_step=self._step,
                on_moment=self._moment,
            )
        board = Board(output)
        self._stack.callback(board.close)

        def moment(moment: Moment) -> None:
            board.tell(moment)
            self._moment(moment)

        return Watch(
            on_note=self._say,
            on_decoding=self._decoding,
            on_step=self._step,
            on_moment=moment,
            on_sample=board.show,
        )

    def _step(self, step: int, steps: int, loss: float) -> None:
        if self._bars is None:
            return
        if self._task is None:
            # Time left is counted from where this start goes on.
            self._task = self._bars.add_task(
                self._name, total=steps, completed=step, loss="-", validation="-", speed="-"
            )
        self._bars.update(
            self._task,
            completed=step,
            loss=f"{loss:.5f}",
            validation=self._validation,
            speed=self._speed,
        )

    def _moment(self, moment: Moment) -> None:
        self._validation = f"{moment.validation_db:.2f} dB"
        self._speed = f"{moment.patches_per_second:.1f}"
        if self._bars is None:
            self._say(
                f"step {moment.step}/{moment.steps}  loss {moment.loss:.6f}  "
                f"validation {moment.validation_db:.3f} dB y-prenet  "
                f"{moment.patches_per_second:.1f} patches/s  "
                f"{monotonic() - self._started:.0f} s"
            )

    def _decoding(self, name: str, done: int, of: int) -> None:
        self._display.count(f"decoding {name}", done, of)

    def _say(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            self._display.say(text)


def _make_bars() -> Bars:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TextColumn("validation {task.fields[validation]}"),
        TextColumn("{task.fields[speed]} patches/s"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
