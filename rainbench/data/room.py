"""Room on the disk: asked for before, and named when it runs out."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from rainbench.errors import DiskError

SPARE = 0.05
"""The part of what is asked for that must be free besides."""

_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def need_room(folder: Path, size: int, purpose: str) -> None:
    """Check that `size` bytes and a twentieth more are free where `folder` is or will be.

    Raises DiskError.
    """
    here = folder.absolute()
    while not here.exists() and here != here.parent:
        here = here.parent
    free = shutil.disk_usage(here).free
    if free < size * (1 + SPARE):
        raise DiskError(
            expected=f"{in_bytes(size * (1 + SPARE))} free for {purpose} in {folder}",
            got=f"{in_bytes(free)}",
            now="make room there, or set RAINBENCH_DATA to a folder on another disk",
        )


def disk_refused(error: OSError, file: Path) -> DiskError:
    """Say in one sentence what a disk answered to a write."""
    full = error.errno in _NO_ROOM
    return DiskError(
        expected=f"room on the disk for {file}" if full else f"to write {file}",
        got=error.strerror or str(error),
        now=f"{'make room' if full else 'mend that'} and run the same command again",
    )


def in_bytes(size: float) -> str:
    """Say a size: "1.4 GB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
