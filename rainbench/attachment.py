"""Files that stand beside results as evidence, each known by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rainbench.errors import UsageError
from rainbench.training.log import LOG, read_log
from rainbench.vote import is_votes, read_votes

if TYPE_CHECKING:
    from rainbench.evidence import Evidence
    from rainbench.view import View


def attach(evidence: Evidence, paths: Sequence[Path], view: View) -> Evidence:
    """Add to the evidence what files and folders hold, and what is asked to be seen.

    Training logs, files of features, kept audits of data and votes; a folder stands for all such
    files in it, at any depth.
    Raises UsageError for a path that is, or holds, nothing of the kind, and ResultsError for a
    file that cannot be trusted.
    """
    from rainbench.data.kept_audit import is_audit, read_audits
    from rainbench.features import is_features, read_features

    files = [file for path in paths for file in _files(path)]
    return replace(
        evidence,
        logs=tuple(read_log(file) for file in files if file.name == LOG),
        features=tuple(read_features(file) for file in files if is_features(file)),
        audits=tuple(audit for file in files if is_audit(file) for audit in read_audits(file)),
        votes=tuple(vote for file in files if is_votes(file) for vote in read_votes(file)),
        view=view,
    )


def _files(path: Path) -> list[Path]:
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    known = [file for file in found if file.is_file() and _is_evidence(file)]
    if not known:
        raise UsageError(
            expected=f"a training run's {LOG}, features, a kept audit, votes, or a folder of such",
            got=str(path) if path.exists() else f"nothing at {path}",
            now="check the path",
        )
    return known


def _is_evidence(file: Path) -> bool:
    from rainbench.data.kept_audit import is_audit
    from rainbench.features import is_features

    return file.name == LOG or is_features(file) or is_audit(file) or is_votes(file)
