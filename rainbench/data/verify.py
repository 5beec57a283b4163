"""Whether an installed dataset is what was published, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial as bind
from pathlib import Path
from types import MappingProxyType

from rainbench.costs.machine import cores
from rainbench.data.finding import dataset_folders, missing_dataset
from rainbench.data.install import Part, parts, stamp
from rainbench.data.listing import natural
from rainbench.data.made import made_folder
from rainbench.data.manifest import Manifest, find_manifest
from rainbench.data.opening import split_spec
from rainbench.data.place import cache_place, data_places, named_folders
from rainbench.data.survey import Survey, only_present, survey
from rainbench.data.verdict import Finding, Likeness, Reading, Slot, judge, likeness, read
from rainbench.data.verification import Verification
from rainbench.dataset import Dataset, Half, ImagePair
from rainbench.errors import DatasetError, RainbenchError, UnknownNameError, UsageError
from rainbench.metrics.comparison import Comparison, Score, average
from rainbench.protocol import PROTOCOLS
from rainbench.registry import entries, find_dataset_plugin
from rainbench.shelves.plugin import Plugin


def verify_dataset(
    spec: str,
    *,
    folder: Path | None = None,
    root: Path | None = None,
    cache: Path | None = None,
    partial: bool = False,
    fingerprint: bool = False,
) -> tuple[Verification, ...]:
    """Check an installed dataset: counts, digests where they are known, then the fingerprint.

    Nothing is written. All cores are used.

    Args:
        spec: NAME:SPLIT, or NAME for every split of it that is there.
        folder: where its files lie; None: wherever the dataset would be opened from.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.
        cache: where made datasets are drawn; None: RAINBENCH_CACHE, then the user's cache.
        partial: a named part of the release is meant; what else it promises is not missing.
        fingerprint: score the rainy input even where digests prove every pixel of it.

    Returns one report a split. Raises UnknownNameError for a name or split that is none,
    DatasetError where nothing of it is there.
    """
    name, split = split_spec(spec)
    plugin = find_dataset_plugin(name)
    dataset = plugin.value
    if name != spec and split not in dataset.splits:
        raise UnknownNameError.among(f"split of {plugin.name}", split, dataset.splits)
    manifest = find_manifest(plugin)
    if folder:
        copies = [_Copy(folder)]
    elif dataset.make is not None:
        copies = [_Copy(made_folder(plugin.name, dataset, cache_place(cache)))]
    else:
        copies = _copies(name, plugin, data_places(root))
    found = []
    for each in _published(dataset) if name == spec else (split,):
        held = _survey(dataset, each, copies, manifest)
        if held is not None:
            check = _Check(plugin.name, dataset, manifest, held, partial)
            found.append(check.report(measure=fingerprint))
    if not found:
        raise DatasetError(
            expected=f"pictures of {dataset.title} in a layout that is known",
            got=f"none in {' or '.join(str(copy.folder) for copy in copies)}",
            now=f"see `rainbench show {plugin.name}` for its layouts",
        )
    return tuple(found)


def _published(dataset: Dataset) -> tuple[str, ...]:
    """List the splits of releases that promise a number: a user's own pictures are as they are."""
    counts = [release.counts for release in dataset.releases.values()]
    published = {split for of in counts if any(of.values()) for split in of}
    return tuple(split for split in dataset.splits if split in published)


def verify_datasets(
    specs: Sequence[str],
    *,
    folder: Path | None = None,
    partial: bool = False,
    fingerprint: bool = False,
) -> list[Verification]:
    """Check several datasets. Raises UsageError for none, and for a folder of more than one."""
    if not specs or (folder is not None and len(specs) > 1):
        raise UsageError(
            expected="the name of a dataset" + (" for the folder" if folder else ""),
            got=", ".join(specs) or "none",
            now="name one, as `rainbench list datasets` does, or say --all",
        )
    return [
        report
        for spec in specs
        for report in verify_dataset(spec, folder=folder, partial=partial, fingerprint=fingerprint)
    ]


def verify_all(*, partial: bool = False, fingerprint: bool = False) -> list[Verification]:
    """Check every dataset that is installed, in order of name; made ones are drawn if need be."""
    found: list[Verification] = []
    for name in entries("datasets"):
        try:
            found += verify_dataset(name, partial=partial, fingerprint=fingerprint)
        except DatasetError:
            continue  # it is not here, which is no fault
    return found


def _survey(
    dataset: Dataset, split: str, copies: Iterable[_Copy], manifest: Manifest | None
) -> Survey | None:
    def names(release: str) -> Iterable[str]:
        return () if manifest is None else manifest.split(release, split)

    held = (survey(copy.read(dataset), split, copy.folder, names) for copy in copies)
    return next((each for each in held if each is not None), None)


@dataclass(frozen=True)
class _Copy:
    """A folder that a dataset's files may lie in."""

    folder: Path
    rainy_half: Half | None = None
    """The rainy half, where this copy has it on the other side than its dataset says."""

    def read(self, dataset: Dataset) -> Dataset:
        """The dataset as this copy has it."""
        if self.rainy_half is None:
            return dataset
        layouts = (replace(layout, rainy_half=self.rainy_half) for layout in dataset.layouts)
        return replace(dataset, layouts=tuple(layouts))


def _copies(name: str, plugin: Plugin[Dataset], places: tuple[Path, ...]) -> list[_Copy]:
    """List where a dataset may lie, as installed or laid there by hand, in order of trust."""
    if name.endswith(".py"):
        places = (*places, plugin.origin.parent)
    copies = []
    for folder in dataset_folders(plugin.name, plugin.value, places):
        installed = [each for each in parts(folder) if each.files.is_dir()]
        copies += [
            _Copy(part.files / split.base, split.rainy_half)
            for part in installed
            for split in part.record.splits.values()
        ]
        if not installed:
            by_hand = (folder, *named_folders(folder, plugin.value.aliases))
            copies += [_Copy(base) for base in by_hand]
    if not copies:
        raise missing_dataset(plugin.name, plugin.value, places)
    return copies


def stamp_parts(reports: Iterable[Verification]) -> None:
    """Note in the records of installed parts which of them were found as published, and when.

    A data place that may not be written is left as it is.
    """
    places = data_places()
    for report in reports:
        named = (folder for place in places for folder in named_folders(place, (report.dataset,)))
        for part in (part for folder in named for part in parts(folder)):
            if report.as_published and _holds(part, report):
                with suppress(OSError):
                    stamp(part, {"when": report.when, "words": str(report)})


def _holds(part: Part, report: Verification) -> bool:
    split = part.record.splits.get(report.split)
    return split is not None and part.files / split.base == report.folder


class _Check:
    """Holds one split against what was published."""

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        manifest: Manifest | None,
        held: Survey,
        partial: bool,
    ) -> None:
        self._name = name
        self._dataset = dataset
        self._manifest = manifest
        self._survey = only_present(held) if partial else held
        self._partial = partial
        layout = held.find.layout
        self._release, self._split = layout.release, layout.split
        self._rows = manifest.split(layout.release, layout.split) if manifest else {}
        self._folder = held.find.folder
        self._present = held.find.files | set(held.find.lonely)
        self._due = {path for paths in self._survey.due.values() for path in paths.values()}
        self._pairs = {pair.name: pair for pair in held.find.pairs}

    def report(self, *, measure: bool) -> Verification:
        """Read every file and judge it; `measure`: score the input whatever digests say."""
        slots = self._slots()
        pairs = self._survey.find.pairs
        proven = self._dataset.make is not None or (
            bool(self._rows) and all(pair.name in self._rows for pair in pairs)
        )
        with ThreadPoolExecutor(cores(), "verify") as pool:
            readings = pool.map(lambda item: read(self._folder, *item), slots.items())
            findings = [*self._missing(), *self._extra(), *self._wrong(slots, readings)]
            scores = self._fingerprint(pool) if measure or not proven else {}
        wrong = {finding.file for finding in findings if not finding.harmless}
        return Verification(
            dataset=self._name,
            title=self._dataset.title,
            release=self._release,
            split=self._split,
            folder=self._folder,
            promised=self._dataset.releases[self._release].counts[self._split],
            found=len(pairs),
            sound=sum(not wrong & self._files(pair) for pair in pairs),
            partial=self._partial,
            proof="digests" if proven else "fingerprint" if scores else "decoding",
            findings=tuple(sorted(findings, key=lambda each: (each.word, natural(each.file)))),
            fingerprint=MappingProxyType(scores),
            when=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _slots(self) -> dict[str, tuple[Slot, ...]]:
        """Say which of a pair's pictures each file that is there holds; of many pairs the first."""
        half = self._survey.find.layout.rainy_half
        halves = {"rainy": half, "clean": None if half is None else _other(half)}
        slots: dict[str, dict[str, Slot]] = {}
        for name, paths in self._survey.due.items():
            for role, path in paths.items():
                if path in self._present:
                    slot = Slot(name, role, halves[role], self._rows.get(name))
                    slots.setdefault(path, {}).setdefault(role, slot)
        return {path: tuple(roles.values()) for path, roles in slots.items()}

    def _missing(self) -> list[Finding]:
        return [Finding("missing", path) for path in self._due - self._present]

    def _extra(self) -> list[Finding]:
        beside = set(self._survey.find.lonely) - self._due if self._rows else set()
        return [Finding("extra", file) for file in {*self._survey.strays, *beside}]

    def _wrong(
        self, slots: Mapping[str, tuple[Slot, ...]], readings: Iterable[Reading]
    ) -> Iterator[Finding]:
        sizes = {
            name: release.sizes
            for name, release in self._dataset.releases.items()
            if release.sizes is not None
        }
        for reading in readings:
            found = {}
            for slot in slots[reading.file]:
                alike = bind(self._likeness, slot)
                finding = judge(slot, reading, alike, self._manifest, sizes, self._release)
                if finding is not None:
                    found[finding.word] = finding
            yield from found.values()

    def _likeness(self, slot: Slot) -> Likeness | None:
        pair = self._pairs.get(slot.name)
        if pair is None or pair.clean is None:
            return None
        pictures = (pair.rainy, pair.clean)
        return likeness(*(pictures if slot.role == "rainy" else pictures[::-1]))

    def _files(self, pair: ImagePair) -> set[str]:
        pictures = (pair.rainy, pair.clean)
        return {p.path.relative_to(self._folder).as_posix() for p in pictures if p is not None}

    def _fingerprint(self, pool: ThreadPoolExecutor) -> dict[str, tuple[Score, Score]]:
        """Score the rainy input of a whole split under every protocol that is stated for it."""
        release = self._dataset.releases[self._release]
        stated = release.fingerprint.get(self._split, {})
        pairs = self._survey.find.pairs
        if not stated or len(pairs) != release.counts[self._split]:
            return {}
        scored = [*pool.map(bind(_score, protocols=[*stated]), pairs)]
        if not all(scored):
            return {}  # the unreadable file is a finding already
        found = {}
        for name, published in stated.items():
            each = {pair.name: of[name] for pair, of in zip(pairs, scored, strict=True)}
            found[name] = average(PROTOCOLS[name], each), Score(*published)
        return found


def _other(half: Half) -> Half:
    return "left" if half == "right" else "right"


def _score(pair: ImagePair, protocols: list[str]) -> dict[str, Score]:
    try:
        rainy, clean = pair.read()
        if clean is None:
            return {}
        return Comparison(rainy, clean).score_all(PROTOCOLS[name] for name in protocols)
    except RainbenchError:
        return {}
