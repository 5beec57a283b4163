"""Results of several places, joined: runs of one identity become one, nothing is overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rainbench.errors import ResultsError
from rainbench.evidence.evidence import read_records
from rainbench.exchange.bundle import opened_results
from rainbench.metrics.comparison import agree
from rainbench.runs.hold import hold
from rainbench.runs.identity import file_stem
from rainbench.runs.journal import Journal, writing
from rainbench.runs.reading import find_run, read_run
from rainbench.runs.record import FAILURES, IMAGES, SESSIONS, Failure, ImageRecord, RunRecord
from rainbench.runs.recorder import create_run, restored_path
from rainbench.runs.session import Session

NAMED = 5
"""Conflicts that an error names; the rest is counted."""


@dataclass(frozen=True)
class Merged:
    """What a merge brought."""

    runs: int
    """Runs of the sources, each identity once."""
    new_runs: int
    lines: int
    """Lines about images that were added, of new runs and old."""


class _Source(NamedTuple):
    record: RunRecord
    origin: str
    """Where it comes from, for messages."""


def merge_results(sources: Sequence[str | Path], into: str | Path, *, wait: bool = False) -> Merged:
    """Join folders or zips of results into a folder, new or with results of its own.

    Lines about one image must be of the same pixels and agree; cells that one lacks are taken
    from the other. What the folder holds stays as it is. Killed at any moment, it holds whole
    runs and whole lines, and the same merge again completes it.

    Args:
        sources: folders of results, or zips that `export_results` wrote.
        into: the folder that receives them, made if need be.
        wait: where another process writes a run, wait for it; else RunHeldError.

    Raises ResultsError, before anything is written, that names every conflict; and for results
    that cannot be trusted.
    """
    into = Path(into)
    with ExitStack() as stack:
        runs: dict[str, list[_Source]] = {}
        for source in sources:
            folder = stack.enter_context(opened_results(source))
            for record in read_records(folder):
                runs.setdefault(record.header.run.id, []).append(_Source(record, str(source)))
        conflicts = [
            conflict
            for run_id, of in runs.items()
            for conflict in _conflicts([*_held(into, of[0].record), *of], run_id)
        ]
        if conflicts:
            raise _conflicting(conflicts)
        new, lines = 0, 0
        for of in runs.values():
            fresh = not _held(into, of[0].record)
            new += fresh
            lines += sum(_join(source, into, wait) for source in of)
    return Merged(len(runs), new, lines)


def _home(into: Path, record: RunRecord) -> Path:
    return into / file_stem(record.header.run.dataset)


def _held(into: Path, record: RunRecord) -> list[_Source]:
    """Find the same run where it is to go."""
    folder = find_run(_home(into, record), record.header.run.id)
    return [] if folder is None else [_Source(read_run(folder), str(into))]


def _conflicts(of: Sequence[_Source], run_id: str) -> Iterator[str]:
    """Say in what records of one identity contradict each other, each against the first."""
    first = of[0]
    for other in of[1:]:
        for what in ("trained_on", "exact", "parameters"):
            one, two = (getattr(each.record.header, what) for each in (first, other))
            if one != two:
                yield f"run {run_id}: {what} {one!r} in {first.origin}, {two!r} in {other.origin}"
    told: dict[str, tuple[ImageRecord, str]] = {}
    for record, origin in of:
        for name, line in record.images.items():
            before, where = told.setdefault(name, (line, origin))
            said = contradiction(before, line)
            if said:
                yield f"run {run_id}, {name}: {said} in {where} and {origin}"


def contradiction(one: ImageRecord, other: ImageRecord) -> str:
    """Say in what two lines about one image contradict each other; empty: in nothing."""
    for what in ("rainy_sha256", "clean_sha256"):
        if getattr(one, what) != getattr(other, what):
            return f"other {what.partition('_')[0]} pixels"
    for protocol in one.scores.keys() & other.scores.keys():
        first, second = one.scores[protocol], other.scores[protocol]
        if not agree(first, second):
            return (
                f"{first.psnr_db:.4f} dB / {first.ssim:.6f} and {second.psnr_db:.4f} dB / "
                f"{second.ssim:.6f} under {protocol}"
            )
    return ""


def _conflicting(conflicts: Sequence[str]) -> ResultsError:
    more = len(conflicts) - NAMED
    return ResultsError(
        expected="runs of one identity that agree, for nothing is overwritten",
        got="; ".join([*conflicts[:NAMED], *([f"and {more} more"] if more > 0 else [])]),
        now="leave one of them out (`rainbench results verify` says which can be repeated)",
    )


def _join(source: _Source, into: Path, wait: bool) -> int:
    """Add what a record has and the folder's run lacks; say how many lines that are."""
    record = source.record
    home, run_id = _home(into, record), record.header.run.id
    with hold(home, run_id, wait=wait, on_wait=lambda _: None):
        folder = find_run(home, run_id) or create_run(home, record.header)
        held = read_run(folder)
        # It may have grown since it was looked at.
        conflicts = list(_conflicts([_Source(held, str(into)), source], run_id))
        if conflicts:
            raise _conflicting(conflicts)
        lines = [new for line in record.images.values() if (new := _news(line, held)) is not None]
        failures = [
            failure
            for name, failure in record.failures.items()
            if not {name} & {*held.images, *held.failures, *record.images}
        ]
        numbers = _bring_sessions(record, held, [*lines, *failures])
        _bring_pictures(record, folder)
        Journal(folder / IMAGES).extend(
            replace(line, session=numbers[line.session]).to_json() for line in lines
        )
        Journal(folder / FAILURES).extend(
            replace(failure, session=numbers[failure.session]).to_json() for failure in failures
        )
    return len(lines)


def _news(line: ImageRecord, held: RunRecord) -> ImageRecord | None:
    """Reduce a line to what is not recorded here; None: nothing."""
    before = held.images.get(line.image)
    if before is None:
        return line
    scores = {name: line.scores[name] for name in line.scores if name not in before.scores}
    errors = None if before.errors else line.errors
    return replace(line, scores=scores, errors=errors) if scores or errors else None


def _bring_sessions(
    record: RunRecord, held: RunRecord, lines: Iterable[ImageRecord | Failure]
) -> Mapping[int, int]:
    """Write the sessions of the lines that are new here; say each one's number here."""
    known = {_told(session): number for number, session in held.sessions.items()}
    next_number = max(held.sessions, default=0) + 1
    numbers, new = {}, []
    for number in sorted({line.session for line in lines}):
        told = _told(record.sessions[number])
        if told not in known:
            known[told] = next_number
            new.append(replace(record.sessions[number], number=next_number))
            next_number += 1
        numbers[number] = known[told]
    Journal(held.folder / SESSIONS).extend(session.to_json() for session in new)
    return numbers


def _told(session: Session) -> str:
    """Tell all of a session but its number, which is its place in one folder."""
    return repr(sorted((key, repr(v)) for key, v in session.to_json().items() if key != "number"))


def _bring_pictures(record: RunRecord, folder: Path) -> None:
    for image in record.images:
        source, target = restored_path(record.folder, image), restored_path(folder, image)
        if source.exists() and not target.exists():
            part = target.with_name(f"{target.name}.part")
            with writing(target):
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, part)
                part.replace(target)
