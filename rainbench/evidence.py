"""What reports are made of: runs on disk, averaged under one protocol, with what made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from rainbench.errors import ResultsError, UnknownNameError, UsageError
from rainbench.identity import RESTORED_BY, digest
from rainbench.marks import is_from_8_bit, run_marks
from rainbench.protocol import HEADLINE, Protocol, find_protocol

if TYPE_CHECKING:
    from pathlib import Path

    from rainbench.identity import Run
    from rainbench.record import ImageRecord, RunRecord


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
    images: tuple[ScoredImage, ...] = ()
    """What the mean is over, in order of name."""
    repeats: str = ""
    """The same for runs that differ in nothing but their seed; empty: a run like no other."""

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
) -> Evidence:
    """Average recorded runs under one protocol, each told apart from others of its label.

    Args:
        runs: records of runs, in any order.
        protocol: the name of the protocol.
        datasets: keep only these, as "rain100l" or "rain800:train"; none: all.
        methods: keep only these, by label or by the plug-in's name; none: all.

    Raises UnknownNameError for a name that no run has, ResultsError for a run met twice.
    """
    chosen = find_protocol(protocol)
    kept = _only("dataset with results", datasets, list(runs), _data_names)
    kept = _only("method with results", methods, kept, _method_names)
    kept.sort(key=lambda run: (run.header.label, run.header.run.dataset, run.header.run.id))
    _refuse_twins(kept)
    differences = tell_apart([(run.header.label, run.header.run) for run in kept])
    odd = _with_other_pixels(kept)
    scored = [run for run in kept if _scored(run, chosen)]
    scenes = _scenes(kept)
    return Evidence(
        protocol=protocol,
        results=tuple(
            replace(
                _result(run, chosen, differences[run.header.run.id], run.header.run.id in odd),
                images=tuple(_image(run, line, chosen, scenes) for line in _scored(run, chosen)),
                repeats=digest({**run.header.run.to_json(), "seed": None}),
            )
            for run in scored
        ),
        unscored=tuple(_unscored(run, protocol) for run in kept if run not in scored),
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
    runs: list[RunRecord],
    names: Callable[[RunRecord], tuple[str, ...]],
) -> list[RunRecord]:
    known = {name for run in runs for name in names(run)}
    for name in wanted:
        if name not in known:
            raise UnknownNameError.among(kind, name, known)
    return [run for run in runs if not wanted or set(names(run)) & set(wanted)]


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
    return Result(
        label=header.label,
        title=header.title,
        difference=difference,
        parameters=header.parameters,
        trained_on=header.trained_on,
        seconds_per_image=fsum(seconds) / len(seconds) if seconds else None,
        run_id=identity.id,
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
        ),
    )


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
