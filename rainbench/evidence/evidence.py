"""What reports are made of: runs on disk, averaged under one protocol, with what made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rainbench.errors import ResultsError, UnknownNameError, UsageError
from rainbench.evidence.gallery import Album, make_album
from rainbench.evidence.marks import MARKS
from rainbench.evidence.measurement import Measurement, Result, ScoredImage, UnseenMean, row_name
from rainbench.evidence.traits import tell_apart
from rainbench.evidence.view import View
from rainbench.protocol import HEADLINE, PROTOCOLS, find_protocol
from rainbench.shelves.ondemand import OnDemand
from rainbench.training.log import TrainingLog
from rainbench.votes.vote import Vote

if TYPE_CHECKING:
    from pathlib import Path

    from rainbench.data.audit import Audit
    from rainbench.evidence.features import FeatureFile
    from rainbench.evidence.profile_record import Profile
    from rainbench.evidence.published import Published
    from rainbench.evidence.quality import QualityFile
    from rainbench.method import Setting
    from rainbench.protocol import Protocol
    from rainbench.runs.record import RunRecord

__all__ = [
    "Evidence",
    "Measurement",
    "Result",
    "ScoredImage",
    "UnseenMean",
    "explain_marks",
    "gather",
    "method_name",
    "read_records",
    "tell_apart",
]


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything a report may show, under one protocol; a report is a function of it."""

    protocol: str
    results: tuple[Result, ...] = ()
    """In order of label, then of data."""
    unscored: tuple[str, ...] = ()
    """Runs without a single image scored under the protocol, a sentence each."""
    under: Mapping[str, tuple[Result, ...]] = field(default_factory=_nothing)
    """The results under every protocol, by its name."""
    on_clean: Mapping[str, Result] = field(default_factory=_nothing)
    """What methods make of the clean pictures, by the id of the run on the rainy ones."""
    published: tuple[Published, ...] = ()
    """What others have printed; only for reports that show it."""
    settings: Mapping[str, Mapping[str, Setting]] = field(default_factory=_nothing)
    """The resolved settings of METHOD words that published numbers are of."""
    parameters: Mapping[str, int | None] = field(default_factory=_nothing)
    """The trainable numbers of networks, by METHOD words, counted in the network itself."""
    albums: tuple[Album, ...] = ()
    """The pictures of every run, scored or not, in order of label, then of data."""
    logs: tuple[TrainingLog, ...] = ()
    """What training runs wrote, by name."""
    features: tuple[FeatureFile, ...] = ()
    """Maps from inside networks, a file each."""
    profiles: tuple[Profile, ...] = ()
    """What methods cost, a measurement each."""
    quality: tuple[QualityFile, ...] = ()
    """Scores by other people's code, as it was written."""
    audits: tuple[Audit, ...] = ()
    """What sets of pictures share, as it was found and kept."""
    votes: tuple[Vote, ...] = ()
    """What people chose between two runs' pictures."""
    view: View = field(default_factory=View)
    """What the reader asks to see."""

    def results_of(self, words: str) -> tuple[Result, ...]:
        """Find the results of METHOD words without weights: that method, with those settings."""
        name = method_name(words)
        alike = [result for result in self.results if name and result.method == name]
        if not alike or words not in self.settings:
            return ()
        return tuple(each for each in alike if each.settings == self.settings[words])


def method_name(words: str) -> str:
    """Take the method's name from METHOD words: "prenet" of "prenet.r:stages=4"."""
    return words.partition(":")[0].partition("@")[0].partition(".")[0]


def explain_marks(results: Iterable[Result]) -> tuple[str, ...]:
    """Explain the marks that stand beside the results, a sentence each."""
    shown = [result.measurement for result in results]
    used = {mark for measurement in shown for mark in measurement.marks}
    used |= {measurement.overlap.partition(" ")[0] for measurement in shown}
    return tuple(f"{mark}: {MARKS[mark]}." for mark in MARKS if mark in used)


def read_records(results: Path) -> Iterator[RunRecord]:
    """Read every run under a folder of results, in order of path.

    Raises UsageError where there is no such folder or no run in it, ResultsError for a run
    that cannot be trusted.
    """
    from rainbench.runs.reading import read_run, run_folders

    now = f"make some: rainbench run --method METHOD --dataset DATASET --results {results}"
    if not results.is_dir():
        raise UsageError(expected="a folder of results", got=f"none at {results}", now=now)
    folders = [run for data in sorted(results.iterdir()) for run in run_folders(data)]
    if not folders:
        raise UsageError(expected=f"results in {results}", got="not one run", now=now)
    yield from map(read_run, folders)


def gather(
    runs: Iterable[RunRecord],
    *,
    protocol: str = HEADLINE,
    datasets: Sequence[str] = (),
    methods: Sequence[str] = (),
    published: Sequence[Published] = (),
) -> Evidence:
    """Average recorded runs under one protocol, each told apart from others of its label.

    Args:
        runs: records of runs, in any order.
        protocol: the name of the protocol.
        datasets: keep only these, as "rain100l" or "rain800:train"; none: all.
        methods: keep only these, by label or by the plug-in's name; none: all.
        published: what others have printed, to stand beside; reduced likewise.

    Raises UnknownNameError for a name that no run and no published number has, ResultsError
    for a run met twice.
    """
    from rainbench.evidence.averaging import average_run, scored, unscored_words, with_other_pixels
    from rainbench.evidence.cluster import find_scenes
    from rainbench.evidence.floor import mark_below_floor

    chosen = find_protocol(protocol)
    kept, published = _only(
        "dataset with results", datasets, (list(runs), _data_names), (published, _data_called)
    )
    kept, published = _only(
        "method with results", methods, (kept, _method_names), (published, _method_called)
    )
    kept.sort(key=lambda run: (run.header.label, run.header.run.dataset, run.header.run.id))
    _refuse_twins(kept)
    rainy, clean = ([r for r in kept if r.header.run.input == each] for each in ("rainy", "clean"))
    differences = {**_differences(rainy), **_differences(clean)}
    odd = with_other_pixels(rainy) | with_other_pixels(clean)
    scenes = find_scenes(kept)

    def averaged(runs: Iterable[RunRecord], protocol: Protocol) -> Iterator[Result]:
        for run in runs:
            if scored(run, protocol):
                key = run.header.run.id
                yield average_run(
                    run,
                    protocol,
                    difference=differences[key],
                    other_pixels=key in odd,
                    scenes=scenes,
                )

    def results(name: str) -> tuple[Result, ...]:
        return mark_below_floor(tuple(averaged(rainy, PROTOCOLS[name])))

    of_rainy = {run.header.run.id: replace(run.header.run, input="rainy").id for run in clean}
    under = OnDemand(PROTOCOLS, results)
    return Evidence(
        protocol=protocol,
        results=under[protocol],
        unscored=tuple(unscored_words(run, protocol) for run in rainy if not scored(run, chosen)),
        under=under,
        on_clean={of_rainy[result.run_id]: result for result in averaged(clean, chosen)},
        published=tuple(published),
        albums=tuple(
            make_album(run, protocol, row_name(run.header.label, differences[run.header.run.id]))
            for run in rainy
        ),
    )


def _differences(runs: Iterable[RunRecord]) -> dict[str, str]:
    return tell_apart([(run.header.label, run.header.run) for run in runs])


def _only(
    kind: str,
    wanted: Sequence[str],
    runs: tuple[Sequence[RunRecord], Callable[[RunRecord], tuple[str, ...]]],
    printed: tuple[Sequence[Published], Callable[[Published], tuple[str, ...]]],
) -> tuple[list[RunRecord], list[Published]]:
    """Keep the runs and the published numbers that have one of the wanted names."""
    (records, names), (numbers, called) = runs, printed
    known = {name for run in records for name in names(run)}
    known |= {name for number in numbers for name in called(number)}
    for name in wanted:
        if name not in known:
            raise UnknownNameError.among(kind, name, known)
    every = not wanted
    return (
        [run for run in records if every or set(names(run)) & set(wanted)],
        [number for number in numbers if every or set(called(number)) & set(wanted)],
    )


def _refuse_twins(runs: Iterable[RunRecord]) -> None:
    seen: dict[str, RunRecord] = {}
    for run in runs:
        first = seen.setdefault(run.header.run.id, run)
        if first is not run:
            raise ResultsError(
                expected=f"one folder of run {run.header.run.id}",
                got=f"{first.folder} and {run.folder}",
                now="keep one and move the other out of the results folder",
            )


def _data_names(run: RunRecord) -> tuple[str, ...]:
    identity = run.header.run
    return identity.dataset, f"{identity.dataset}:{identity.split}"


def _method_names(run: RunRecord) -> tuple[str, ...]:
    return run.header.label, run.header.run.method


def _data_called(number: Published) -> tuple[str, ...]:
    # One name for several sets is what readers come with: "rain100l" of what a paper calls so.
    return number.dataset, number.called.casefold()


def _method_called(number: Published) -> tuple[str, ...]:
    return number.words, method_name(number.words)
