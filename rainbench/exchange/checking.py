"""Whether results can be trusted: read whole, held to the pictures, and measured again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from rainbench.errors import ResultsError, UsageError
from rainbench.exchange.bundle import opened_results
from rainbench.exchange.merging import contradiction
from rainbench.exchange.remeasuring import AtHand, files_by_digest, remeasure
from rainbench.report import Block, Cell, Column, Note, Table
from rainbench.runs.document import Document
from rainbench.runs.identity import file_stem
from rainbench.runs.reading import image_lines, read_run, run_folders
from rainbench.runs.record import RESTORED, ImageRecord, RunRecord
from rainbench.runs.recorder import restored_path

VERDICTS = {
    "sound": "nothing is wrong, and scores that were computed again are the recorded ones",
    "whole": "nothing is missing or contradicts itself; no score was computed again (--recompute)",
}
"""What is said of a run without problems."""


@dataclass(frozen=True, kw_only=True)
class RunCheck:
    """What became of one run's check."""

    folder: str
    """Its place in the results: "rain100l/prenet-3f2a91c04b7d"."""
    images: int = 0
    failures: int = 0
    data: str = ""
    """How many pictures of the dataset have the recorded digests, or why nobody looked."""
    pictures: str = ""
    """How many restored pictures repeat their score, or why nobody looked."""
    method: str = ""
    """How many images score the same when they are restored again, or why nobody looked."""
    problems: tuple[str, ...] = field(default=())
    """What is wrong, a sentence each."""

    recomputed: bool = False
    """Whether any of its scores was computed again."""

    @property
    def verdict(self) -> str:
        """Say it in a word: "problems", or a key of VERDICTS."""
        return "problems" if self.problems else "sound" if self.recomputed else "whole"

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, as far as anyone looked."""
        return not self.problems

    def to_json(self) -> Document:
        """Return what `results verify --json` prints."""
        said = {"sound": self.sound, "verdict": self.verdict}
        return {**vars(self), "problems": list(self.problems), **said}


def verify_results(
    results: str | Path,
    *,
    recompute: int = 0,
    weights: Sequence[str | Path] = (),
    methods: Sequence[str | Path] = (),
    root: Path | None = None,
    device: str = "cpu",
    on_run: Callable[[str], None] = lambda _: None,
) -> tuple[RunCheck, ...]:
    """Check every run of a folder or a zip of results.

    Ids are digests of identities, folders and lines are whole and contradict nothing, restored
    pictures have a score; where the dataset is at hand, its pictures have the recorded digests.

    Args:
        results: a folder of results, or a zip that `export_results` wrote, whose every file is
            held to its manifest.
        recompute: so many images of each run, spread evenly, are scored again: their restored
            pictures under the headline protocol, and what the method makes of them now, where it
            is at hand, under every protocol; to 0.001 dB and 0.00001.
        weights: files of weights that do not ship, or folders of such; a run's is the one of its
            recorded digest.
        methods: files of methods that are on no shelf: a run's is the one of its name.
        root: the folder of datasets, as for `open_dataset`.
        device: where methods run.
        on_run: told of each run before it is checked.

    Raises UsageError where there are no results, ResultsError for a zip that is none.
    """
    weights_here, methods_here = files_by_digest(weights), _by_name(methods)
    at_hand = AtHand(root=root, device=device, weights=weights_here, methods=methods_here)
    with opened_results(results) as folder:
        runs = [run for data in sorted(folder.iterdir()) for run in run_folders(data)]
        if not runs:
            raise UsageError(
                expected=f"results in {results}", got="not one run", now="check the path"
            )
        found = []
        for run in runs:
            place = run.relative_to(folder).as_posix()
            on_run(place)
            found.append(_checked(run, place, recompute, at_hand))
    return tuple(_with_twins(found))


def _by_name(methods: Sequence[str | Path]) -> dict[str, str]:
    """Name methods' files as runs call them. Raises UsageError."""
    named: dict[str, str] = {}
    for path in map(Path, methods):
        if not path.is_file() or path.stem in named:
            raise UsageError(
                expected="files of methods, no two of one name",
                got=f"{path}" + (" too" if path.is_file() else ", which is none"),
                now="check the paths",
            )
        named[path.stem] = str(path)
    return named


def as_blocks(found: Sequence[RunCheck]) -> list[Block]:
    """Tell what was found, a row a run, and what is wrong."""
    titles = ("run", "images", "failures", "dataset's digests", "restored pictures", "method")
    columns = tuple(
        Column(title=title, align="right" if title in ("images", "failures") else "left")
        for title in (*titles, "verdict")
    )
    rows: list[tuple[Cell, ...]] = [
        (
            each.folder,
            each.images,
            each.failures,
            each.data or None,
            each.pictures or None,
            each.method or None,
            each.verdict,
        )
        for each in found
    ]
    notes = [Note(f"{each.folder}: {words}") for each in found for words in each.problems]
    said = {each.verdict for each in found}
    notes += [Note(f"{word}: {VERDICTS[word]}.") for word in VERDICTS if word in said]
    return [Table(title="Results, checked", columns=columns, rows=tuple(rows)), *notes]


def _checked(folder: Path, place: str, recompute: int, at_hand: AtHand) -> RunCheck:
    try:
        record = read_run(folder)
        lines = list(image_lines(folder, record.sessions))
    except ResultsError as error:
        return RunCheck(folder=place, problems=(str(error),))
    again = remeasure(record, recompute, at_hand)
    return RunCheck(
        folder=place,
        images=len(record.images),
        failures=len(record.failures),
        data=again.data,
        pictures=again.pictures,
        method=again.method,
        recomputed=again.recomputed,
        problems=(
            *_misplaced(record, folder),
            *_lost(folder, [line.image for _, line in lines] + list(record.failures)),
            *_contradictions(lines),
            *again.problems,
        ),
    )


def _misplaced(record: RunRecord, folder: Path) -> Iterator[str]:
    home = file_stem(record.header.run.dataset)
    if folder.parent.name != home:
        yield f"it is of {home}, and lies in {folder.parent.name}"


def _lost(folder: Path, told_of: Sequence[str]) -> Iterator[str]:
    """Name journals that end within a line, and restored pictures that no line tells of."""
    for path in sorted(folder.glob("*.jsonl")):
        if not path.read_bytes().endswith(b"\n") and path.stat().st_size:
            yield f"{path.name} ends within a line, and what that told is lost: run again"
    known = {restored_path(folder, name) for name in told_of}
    strays = [p for p in sorted((folder / RESTORED).glob("*.png")) if p not in known]
    if strays:
        pictures = f"{len(strays)} pictures" if len(strays) > 1 else "a picture"
        yield f"{RESTORED}/ holds {pictures} without a score, as {strays[0].name}: run again"


def _contradictions(lines: Sequence[tuple[str, ImageRecord]]) -> Iterator[str]:
    """Name lines about the same pixels that score them otherwise."""
    by_image: dict[tuple[str, str, str | None], list[tuple[str, ImageRecord]]] = {}
    for where, line in lines:
        key = (line.image, line.rainy_sha256, line.clean_sha256)
        by_image.setdefault(key, []).append((where, line))
        for protocol, score in line.scores.items():
            if not -1.00001 <= score.ssim <= 1.00001:
                name = Path(where).name
                yield f"{name}: an SSIM of {score.ssim:g} under {protocol} cannot be"
    for alike in by_image.values():
        for (one_at, one), (other_at, other) in pairwise(alike):
            said = contradiction(one, other)
            if said:
                places = f"{Path(one_at).name} and {Path(other_at).name}"
                yield f"{places} contradict each other on {one.image}: {said}"


def _with_twins(found: Sequence[RunCheck]) -> Iterator[RunCheck]:
    """Say of runs that have one id that there must be one."""
    by_id: dict[str, list[str]] = {}
    for each in found:
        by_id.setdefault(each.folder.rpartition("-")[2], []).append(each.folder)
    for each in found:
        alike = by_id[each.folder.rpartition("-")[2]]
        if len(alike) > 1:
            others = " and ".join(other for other in alike if other != each.folder)
            said = f"the same run is in {others} too; keep one"
            each = replace(each, problems=(*each.problems, said))
        yield each
