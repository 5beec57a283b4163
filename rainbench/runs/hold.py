"""One writer a run: who holds it, and what the others do meanwhile."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from rainbench.errors import RunHeldError
from rainbench.runs.document import parse
from rainbench.runs.journal import write_document, writing

_POLL_SECONDS = 0.2


@contextmanager
def hold(
    folder: Path, run_id: str, *, wait: bool, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Keep every other process from writing the run of this id in this dataset's folder.

    The system's own file lock does it, which ends with its process however that ends; a note
    beside it says who holds it, for people only. With `wait`, `on_wait` is told once who is
    waited for; without, RunHeldError says so.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{run_id}.lock")
    note = folder / f".{run_id}.holder"
    if not _take(lock, folder):
        holder = _read_holder(note)
        if not wait:
            raise RunHeldError(
                expected=f"to be the only one writing run {run_id} in {folder}",
                got=holder,
                now="wait for that to end (--wait does), or end it",
            )
        on_wait(holder)
        with writing(folder):
            lock.acquire(poll_interval=_POLL_SECONDS)
    try:
        write_document(note, _me())
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def command() -> str:
    """Return the command line of this process, as one text."""
    return " ".join(sys.argv)


def _take(lock: BaseFileLock, folder: Path) -> bool:
    with writing(folder):
        try:
            lock.acquire(timeout=0)
        except Timeout:  # an OSError too, and must not be taken for the disk's
            return False
    return True


def _me() -> dict[str, object]:
    return {"host": platform.node(), "pid": os.getpid(), "command": command()}


def _read_holder(note: Path) -> str:
    # Between taking the lock and writing the note there is a moment without one.
    try:
        me = parse(note.read_bytes(), str(note))
    except Exception:  # noqa: BLE001 a note for people must never be what fails
        return "another process"
    return f"process {me.get('pid')} on {me.get('host')}, running {json.dumps(me.get('command'))}"
