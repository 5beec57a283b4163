"""Work timed in a process of its own: libraries' thread pools get in each other's way in one."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter, process_time
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Turn:
    """What one turn of the work took, and what it returned."""

    seconds: float
    processor_seconds: float
    result: Any


class Apart:
    """Work that waits in another process for its turns.

    `make` is called there, once, and returns the work; it and what the work returns are pickled.
    Raises RuntimeError with its words where `make` fails.
    """

    def __init__(self, make: Callable[[], Callable[[], object]]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._here, there = spawn.Pipe()
        self._process = spawn.Process(target=_wait_for_turns, args=(make, there), daemon=True)
        self._process.start()
        there.close()
        problem = self._here.recv()
        if problem is not None:
            raise RuntimeError(problem)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._here.close()
        self._process.join()

    def turn(self) -> Turn:
        """Do the work once, while this process waits."""
        self._here.send(None)
        turn: Turn = self._here.recv()
        return turn


def _wait_for_turns(make: Callable[[], Callable[[], object]], pipe: Connection) -> None:
    try:
        work = make()
    except Exception as error:  # noqa: BLE001 (told where the work was asked for)
        pipe.send(f"{error}")
        return
    pipe.send(None)
    while True:
        try:
            pipe.recv()
        except EOFError:
            return
        wall, busy = perf_counter(), process_time()
        result = work()
        pipe.send(Turn(perf_counter() - wall, process_time() - busy, result))
