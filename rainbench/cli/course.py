"""How a training run goes, for people, on stderr: a bar on a terminal, lines else."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from rainbench.cli.bars import BarDisplay
from rainbench.cli.display import Display
from rainbench.protocol import HEADLINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import ProgressColumn

    from rainbench.training.watch import Moment, Watch


class CourseDisplay(BarDisplay):
    """Shows training runs, one after the other, while it is entered."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        super().__init__(terminal=terminal)
        self._display = Display(terminal=False)
        self._stack = ExitStack()
        self._started, self._name, self._run = monotonic(), "training", Path()
        self._validation, self._speed = "-", "-"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
        super().__exit__(kind, error, trace)

    def watch(self, output: Path, *, name: str = "training", tensorboard: bool = False) -> Watch:
        """Begin with the run in a folder, and give what is to be told of it."""
        from rainbench.training.board import Board
        from rainbench.training.watch import Watch

        self._started = monotonic()
        self._run, self._name = output, name
        if name != "training":
            self.say(f"{name}:")
        if not tensorboard:
            return Watch(
                on_note=self.say,
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
            on_note=self.say,
            on_decoding=self._decoding,
            on_step=self._step,
            on_moment=moment,
            on_sample=board.show,
        )

    def _step(self, step: int, steps: int, loss: float) -> None:
        told = f"loss {loss:.5f}  validation {self._validation}  {self._speed} patches/s"
        self._move((self._run, self._name), self._name, step, steps, told=told)

    def _moment(self, moment: Moment) -> None:
        self._validation = f"{moment.validation_db:.2f} dB"
        self._speed = f"{moment.patches_per_second:.1f}"
        if self._bars is None:
            self.say(
                f"step {moment.step}/{moment.steps}  loss {moment.loss:.6f}  "
                f"validation {moment.validation_db:.3f} dB {HEADLINE}  "
                f"{moment.patches_per_second:.1f} patches/s  "
                f"{monotonic() - self._started:.0f} s"
            )

    def _decoding(self, name: str, done: int, of: int) -> None:
        self._display.count(f"decoding {name}", done, of)

    def _columns(self) -> Sequence[ProgressColumn]:
        from rich.progress import MofNCompleteColumn, TextColumn

        return MofNCompleteColumn(), TextColumn("{task.fields[told]}", markup=False)
