"""What reports are made of: runs on disk, averaged under one protocol, with what made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rainbench.errors import ResultsError, UnknownNameError, UsageError
from rainbench.identity import RESTORED_BY, digest
from rainbench.marks import MARKS, is_from_8_bit, named_splits, run_marks
from rainbench.ondemand import OnDemand
from rainbench.overlap import Overlap, find_overlap
from rainbench.protocol import HEADLINE, PROTOCOLS, Protocol, find_protocol

if TYPE_CHECKING:
    from pathlib import Path

    from rainbench.identity import Run
    from rainbench.method import Setting
    from rainbench.published import Published
    from rainbench.record import ImageRecord, RunRecord


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class UnseenMean:
    """A mean over the images that show no scene of the training data."""

    psnr_db: float
    ssim: float
    images: int


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A mean PSNR and SSIM over a dataset's images: a number that cannot leave its protocol."""

    psnr_db: float
    """In dB; infinite where every image was restored exactly."""
    ssim: float
    protocol: str
    dataset: str
    release: str
    split: str
    images: int
    """Scored images that the mean is over, at least 1."""
    of: int
    """Images that the release promises for the split."""
    marks: tuple[str, ...] = ()
    """What a reader must know beside the number: "cross-dataset", "from 8-bit"."""
    overlap: str = ""
    """How the images stand to what was trained on: "unseen", "seen 13/100", "overlap unknown";
    empty: nothing is trained."""
    unseen: UnseenMean | None = None
    """The mean over the unseen images, where some were seen and some were not."""

    @property
    def data(self) -> str:
        """Name the data, as a column is called: "rain100l", "rain800:train (halves)"."""
        split = "" if self.split == "test" else f":{self.split}"
        return f"{self.dataset}{split} ({self.release})"

    @property
    def whole(self) -> bool:
        """Whether the mean is over every promised image."""
        return self.images == self.of


@dataclass(frozen=True, kw_only=True)
class ScoredImage:
    """What one run scores on one image, and which image that is."""

    name: str
    scene: str
    """Images of one scene err together; one clean picture is one scene, whatever its rain."""
    rainy_sha256: str
    clean_sha256: str
    psnr_db: float
    """In dB; infinite where the image was restored exactly."""
    ssim: float

    @property
    def content(self) -> tuple[str, str, str]:
        """What it must share with another run's image to be compared: name and pixels."""
        return self.name, self.rainy_sha256, self.clean_sha256


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run, as tables print it: the method, its weights, and the mean over one dataset."""

    label: str
    """What was asked for: "msfm.light", "prenet@rain1400"."""
    title: str
    difference: str = ""
    """What tells this row from another of the same label: "layers=6", "weights 3f2a91c"."""
    parameters: int | None
    """Trainable numbers in the network; None where nothing is trained or nobody said."""
    trained_on: str | None
    """None: nothing is trained. Else the weights' training data, or "not stated"."""
    seconds_per_image: float | None = None
    """Indicative: the stages of a run overlap. None: pictures were scored, no method ran."""
    run_id: str
    measurement: Measurement
    method: str = ""
    """The plug-in's name; empty: nobody said."""
    settings: Mapping[str, Setting] = field(default_factory=_nothing)
    """Resolved: every keyword with its value."""
    images: tuple[ScoredImage, ...] = ()
    """What the mean is over, in order of name."""
    repeats: str = ""
    """The same for runs that differ in nothing but their seed; empty: a run like no other."""

    @property
    def name(self) -> str:
        """Name the row: title, what was asked for, what tells it apart; each once."""
        alike = self.title.casefold() == self.label.casefold()
        beside = [*([] if alike else [self.label]), *filter(None, [self.difference])]
        name = self.label if alike else self.title
        return f"{name} ({'; '.join(beside)})" if beside else name

    @property
    def weights(self) -> str:
        """The name of the weights that were asked for: "rain1400"; empty: none was named."""
        return self.label.partition("@")[2].partition(":")[0]

    @property
    def in_domain(self) -> bool:
        """Whether the weights were trained on this very dataset's training split, or none were."""
        data = self.measurement
        if self.trained_on is None:
            return data.split == "test"
        return (data.split, named_splits(self.trained_on)) == ("test", {(data.dataset, "train")})

    @property
    def row(self) -> str:
        """Call the run as nothing else is called: "msfm", "msfm (layers=6)"."""
        return f"{self.label} ({self.difference})" if self.difference else self.label


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
    published: tuple[Published, ...] = ()
    """What others have printed; only for reports that show it."""
    settings: Mapping[str, Mapping[str, Setting]] = field(default_factory=_nothing)
    """The resolved settings of METHOD words that published numbers are of."""
    parameters: Mapping[str, int | None] = field(default_factory=_nothing)
    """The trainable numbers of networks, by METHOD words, counted in the network itself."""

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
    from rainbench.record import read_run, run_folders

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
    chosen = find_protocol(protocol)
    kept, published = _only(
        "dataset with results", datasets, (list(runs), _data_names), (published, _data_called)
    )
    kept, published = _only(
        "method with results", methods, (kept, _method_names), (published, _method_called)
    )
    kept.sort(key=lambda run: (run.header.label, run.header.run.dataset, run.header.run.id))
    _refuse_twins(kept)
    differences = tell_apart([(run.header.label, run.header.run) for run in kept])
    odd = _with_other_pixels(kept)
    scenes = _scenes(kept)

    def result(run: RunRecord, protocol: Protocol) -> Result:
        identity = run.header.run
        return replace(
            _result(run, protocol, differences[identity.id], identity.id in odd),
            images=tuple(_image(run, line, protocol, scenes) for line in _scored(run, protocol)),
            repeats=digest({**identity.to_json(), "seed": None}),
        )

    def results(name: str) -> tuple[Result, ...]:
        return tuple(result(run, PROTOCOLS[name]) for run in kept if _scored(run, PROTOCOLS[name]))

    under = OnDemand(PROTOCOLS, results)
    return Evidence(
        protocol=protocol,
        results=under[protocol],
        unscored=tuple(_unscored(run, protocol) for run in kept if not _scored(run, chosen)),
        under=under,
        published=tuple(published),
    )


def tell_apart(runs: Sequence[tuple[str, Run]]) -> dict[str, str]:
    """Say, by run id, in what each (label, identity) differs from others of its label.

    Only what makes a number and is not the data: settings, code, weights and the like. Empty
    where all runs of a label are alike.
    """
    alike: dict[str, list[dict[str, str]]] = {}
    for label, run in runs:
        alike.setdefault(label, []).append(_traits(run))
    said = {}
    for label, run in runs:
        traits = _traits(run)
        others = alike[label]
        told = [traits[key] for key in traits if any(o.get(key) != traits[key] for o in others)]
        said[run.id] = ", ".join(told)
    return said


def _traits(run: Run) -> dict[str, str]:
    weights = run.weights_sha256
    kind = "pictures" if run.method.startswith(RESTORED_BY) else "version"
    return {
        **{f"setting {key}": f"{key}={value}" for key, value in sorted(run.settings.items())},
        "method": run.method,
        "code": f"{kind} {run.method_sha256[:7]}",
        "weights": f"weights {weights[:7]}" if weights else "no weights",
        "tile": f"tiles of {run.tile}" if run.tile else "whole images",
        "dtype": run.dtype,
        "seed": f"seed {run.seed}",
        "numerics": f"numerics {run.numerics}",
    }


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


def _scored(run: RunRecord, protocol: Protocol) -> list[ImageRecord]:
    return [image for image in run.images.values() if protocol.name in image.scores]


def _result(run: RunRecord, protocol: Protocol, difference: str, odd: bool) -> Result:
    from rainbench.comparison import average

    header, identity = run.header, run.header.run
    images = _scored(run, protocol)
    mean = average(protocol, {each.image: each.scores[protocol.name] for each in images})
    of = max(run.of, len(images))
    marks = [
        *run_marks(run, len(images)),
        *(["from 8-bit"] if is_from_8_bit(identity.dtype, protocol.name) else []),
        *(["other pixels"] if odd else []),
    ]
    seconds = [each.seconds for each in images if each.seconds is not None]
    overlap = find_overlap(run, (each.image for each in images))
    return Result(
        label=header.label,
        title=header.title,
        difference=difference,
        parameters=header.parameters,
        trained_on=header.trained_on,
        seconds_per_image=fsum(seconds) / len(seconds) if seconds else None,
        run_id=identity.id,
        method=identity.method,
        settings=identity.settings,
        measurement=Measurement(
            psnr_db=mean.psnr_db,
            ssim=mean.ssim,
            protocol=protocol.name,
            dataset=identity.dataset,
            release=identity.release,
            split=identity.split,
            images=len(images),
            of=of,
            marks=tuple(marks),
            overlap="" if overlap is None else str(overlap),
            unseen=_unseen(images, overlap, protocol),
        ),
    )


def _unseen(
    images: Sequence[ImageRecord], overlap: Overlap | None, protocol: Protocol
) -> UnseenMean | None:
    from rainbench.comparison import average

    seen = None if overlap is None else overlap.seen
    rest = (
        {}
        if not seen
        else {e.image: e.scores[protocol.name] for e in images if e.image not in seen}
    )
    if not rest:
        return None
    mean = average(protocol, rest)
    return UnseenMean(psnr_db=mean.psnr_db, ssim=mean.ssim, images=len(rest))


def _scenes(runs: Iterable[RunRecord]) -> dict[tuple[str, ...], str]:
    """Name the scene of every clean picture of every split, as any run's line states it."""
    stated: dict[tuple[str, ...], str] = {}
    for run in runs:
        for line in run.images.values():
            if line.scene is not None:
                key = _picture(run, line)
                stated[key] = min(stated.get(key, line.scene), line.scene)
    return stated


def _picture(run: RunRecord, line: ImageRecord) -> tuple[str, ...]:
    identity = run.header.run
    return identity.dataset, identity.release, identity.split, str(line.clean_sha256)


def _image(
    run: RunRecord, line: ImageRecord, protocol: Protocol, scenes: Mapping[tuple[str, ...], str]
) -> ScoredImage:
    score = line.scores[protocol.name]
    clean = str(line.clean_sha256)
    return ScoredImage(
        name=line.image,
        scene=scenes.get(_picture(run, line), clean),
        rainy_sha256=line.rainy_sha256,
        clean_sha256=clean,
        psnr_db=score.psnr_db,
        ssim=score.ssim,
    )


def _unscored(run: RunRecord, protocol: str) -> str:
    failed = f"; {len(run.failures)} failed" if run.failures else ""
    name = f"{run.header.label} on {run.header.run.dataset}"
    return f"{name}: no image of {run.of} is scored under {protocol}{failed}."


def _with_other_pixels(runs: Iterable[RunRecord]) -> frozenset[str]:
    """Find the runs that saw, under one name of one release's image, other pixels than another."""
    seen: dict[tuple[str, ...], dict[tuple[str, str | None], list[str]]] = {}
    for run in runs:
        identity = run.header.run
        for image in run.images.values():
            key = (identity.dataset, identity.release, identity.split, image.image)
            pixels = (image.rainy_sha256, image.clean_sha256)
            seen.setdefault(key, {}).setdefault(pixels, []).append(identity.id)
    clashes: list[Mapping[tuple[str, str | None], list[str]]] = [
        each for each in seen.values() if len(each) > 1
    ]
    return frozenset(run for each in clashes for ids in each.values() for run in ids)
