"""Files that stand beside results as evidence, each known by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rainbench.errors import UsageError
from rainbench.training.log import LOG, read_log

if TYPE_CHECKING:
    from rainbench.evidence import Evidence
    from rainbench.view import View


def attach(evidence: Evidence, paths: Sequence[Path], view: View) -> Evidence:
    """Add to the evidence what files and folders hold, training logs, and what is asked to be seen.

    A folder stands for all such files in it, at any depth. Raises UsageError for a path that
    is, or holds, nothing of the kind, and ResultsError for a file that cannot be trusted.
    """
    files = [file for path in paths for file in _files(path)]
    logs = tuple(read_log(file) for file in files if file.name == LOG)
    return replace(evidence, logs=logs, view=view)


def _files(path: Path) -> list[Path]:
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    known = [file for file in found if file.is_file() and is_evidence(file)]
    if not known:
        raise UsageError(
            expected=f"a training run's {LOG}, or a folder with some",
            got=str(path) if path.exists() else f"nothing at {path}",
            now="check the path",
        )
    return known


def is_evidence(file: Path) -> bool:
    """Whether a file's name is that of a kind of evidence."""
    return file.name == LOG
