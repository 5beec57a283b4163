"""Files that stand beside results as evidence, each known by what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from rainbench.errors import UnknownNameError, UsageError
from rainbench.training.log import LOG, is_log, read_logs
from rainbench.votes.vote import is_votes, read_votes

if TYPE_CHECKING:
    from rainbench.evidence.evidence import Evidence
    from rainbench.evidence.view import View


def attach(evidence: Evidence, paths: Sequence[Path], view: View) -> Evidence:
    """Add to the evidence what files and folders hold, and what is asked to be seen of it.

    Training logs, features, profiles, quality scores, kept audits of data and votes; a folder
    stands for all such files in it, at any depth. Raises UsageError for a path that is, or holds,
    nothing of the kind, ResultsError for a file that cannot be trusted, and UnknownNameError for
    an image that no run has.
    """
    from rainbench.data.kept_audit import is_audit, read_audits
    from rainbench.evidence.features import is_features, read_features
    from rainbench.evidence.profile_record import is_profile, read_profile
    from rainbench.evidence.quality import is_quality, read_quality

    _refuse_unknown(view, evidence)
    kinds = (is_log, is_features, is_profile, is_quality, is_audit, is_votes)
    named = [file for path in paths for file in _files(path, kinds)]
    files = [*{file.resolve(): file for file in named}.values()]  # one may be reached twice
    return replace(
        evidence,
        logs=read_logs([file for file in files if is_log(file)]),
        features=tuple(read_features(file) for file in files if is_features(file)),
        quality=tuple(read_quality(file) for file in files if is_quality(file)),
        profiles=tuple(read_profile(file) for file in files if is_profile(file)),
        audits=tuple(audit for file in files if is_audit(file) for audit in read_audits(file)),
        votes=tuple(vote for file in files if is_votes(file) for vote in read_votes(file)),
        view=view,
    )


def _refuse_unknown(view: View, evidence: Evidence) -> None:
    known = {name for album in evidence.albums for name in album.shots}
    for name in view.images:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=3) or sorted(known)[:3]
            raise UnknownNameError(
                expected="the name of an image in the results",
                got=repr(name),
                now=f"name one of {len(known)}, such as {', '.join(near)}" if near else "run some",
            )


def _files(path: Path, kinds: Sequence[Callable[[Path], bool]]) -> list[Path]:
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    known = [file for file in found if file.is_file() and any(kind(file) for kind in kinds)]
    if not known:
        raise UsageError(
            expected=f"a training run's {LOG}, features, a profile, quality scores, a kept "
            "audit, votes, or a folder of such files",
            got=str(path) if path.exists() else f"nothing at {path}",
            now="check the path",
        )
    return known
