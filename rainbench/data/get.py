"""Getting a dataset: sources one after the other, until what is asked for is installed.

Files are gathered under PLACE/.downloads, where what a stopped call fetched is gone on from. They
are unpacked into a staging folder, recognised, counted and verified there, and installed by one
move.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rainbench.data.fetching import DOWNLOADS, Ways, downloads_of, fetch_files, lay_out, mirrored
from rainbench.data.finding import dataset_folders
from rainbench.data.importing import settle
from rainbench.data.install import Part, Record, parts, staging, stamp
from rainbench.data.listing import some
from rainbench.data.manual import by_hand
from rainbench.data.network import require_network
from rainbench.data.opening import open_dataset, split_spec
from rainbench.data.place import data_places
from rainbench.data.verification import Verification
from rainbench.data.verify import verify_dataset
from rainbench.dataset import Dataset
from rainbench.errors import (
    DatasetError,
    DiskError,
    MissingDatasetError,
    UnknownNameError,
    UsageError,
)
from rainbench.origin import Source
from rainbench.registry import find_dataset_split
from rainbench.shelves.plugin import Plugin


@dataclass(frozen=True, kw_only=True)
class Gotten:
    """What became of a call: all that was asked for is installed."""

    dataset: str
    release: str
    already: tuple[str, ...]
    """The splits that were there before."""
    parts: tuple[Part, ...]
    """What was installed."""
    elsewhere: tuple[str, ...]
    """The splits that nobody asked for by name and that only a person can fetch."""
    is_made: bool = False
    """Whether it is drawn on this machine, and never fetched."""


def get_dataset(
    spec: str,
    *,
    root: Path | None = None,
    release: str = "",
    source: str = "",
    again: bool = False,
    partial: bool = False,
    ways: Ways | None = None,
) -> Gotten:
    """Fetch a dataset or one split of it, prove it and install it.

    Args:
        spec: NAME or NAME:SPLIT; NAME alone is every split that a program can reach.
        root: the folder of datasets; None: the first of RAINBENCH_DATA and the user's.
        release: which of its releases; empty: that of its most trusted source.
        source: which of its sources, by its number from 1 or by a part of its keeper or URL.
        again: fetch and replace what is installed.
        partial: accept fewer pairs than the release promises.
        ways: mirror, patience, offline, and who is told.

    Raises DatasetError where no source gives what is asked for, with a line for each and the steps
    that a person would take; what was fetched stays for the next call. UnknownNameError and
    UsageError for what there is not.
    """
    ways = ways or Ways()
    name, split = split_spec(spec)
    plugin, implied = find_dataset_split(name)
    asked = implied if implied is not None and name == spec else None if name == spec else split
    if asked is not None and asked not in plugin.value.splits:
        raise UnknownNameError.among(f"split of {plugin.name}", asked, plugin.value.splits)
    if plugin.value.make is not None:
        return Gotten(
            dataset=plugin.name, release="", already=(), parts=(), elsewhere=(), is_made=True
        )
    place = data_places(root)[0]
    sources = _choose(plugin.value, source, release, ways.mirror)
    get = _Get(name, plugin, root, place, sources, asked, again, partial, ways)
    if not get.find_missing():
        return get.run()  # before a lock is asked for: the place may be read-only
    with _alone(place, plugin.name, ways):
        return get.run()


@dataclass
class _Get:
    name: str
    """As it was asked for: a name or the path to a .py file."""
    plugin: Plugin[Dataset]
    root: Path | None
    place: Path
    sources: Sequence[Source]
    """Of one release, in order of trust."""
    asked: str | None
    again: bool
    partial: bool
    ways: Ways

    def run(self) -> Gotten:
        """Go through the sources until no split is missing that one of them has."""
        missing = self.find_missing()
        already = tuple(split for split in self._splits() if self._whole(split) not in missing)
        reachable = [source for source in self.sources if source.files]
        offered = {split for source in reachable for split in source.splits}
        wanted = [split for split in missing if split in offered]
        if missing and not wanted and (self.asked or not already):
            raise self._unreachable(missing)
        if wanted:
            self._check_before(wanted)
        installed, failures = self._try_all(reachable, wanted)
        if left := [s for s in wanted if not any(s in part.record.splits for part in installed)]:
            raise self._failed(left, failures)
        self._tidy(reachable)
        return Gotten(
            dataset=self.plugin.name,
            release=self.sources[0].release if self.sources else "",
            already=already,
            parts=tuple(installed),
            elsewhere=tuple(split for split in missing if split not in offered),
        )

    def find_missing(self) -> list[str]:
        """List the splits to fetch, whole ones in the place of selections from them."""
        splits = self._splits()
        return [self._whole(s) for s in splits if self.again or not self._is_installed(s)]

    def _try_all(
        self, reachable: Sequence[Source], wanted: Sequence[str]
    ) -> tuple[list[Part], list[str]]:
        installed: list[Part] = []
        failures: list[str] = []
        left = set(wanted)
        for source in reachable:
            if not left & set(source.splits):
                continue
            self.ways.on_note(f"{self.plugin.name}: from {source}")
            try:
                part = self._get(source, left)
            except DiskError:
                raise  # no other source would mend that
            except DatasetError as error:
                self.ways.on_note(f"{source.keeper}: {error}")
                failures.append(f"{source.keeper}: {' '.join(error.got.split())}")
                continue
            self.ways.on_note(f"{self.plugin.name}: installed {part.path}")
            installed.append(part)
            left -= set(part.record.splits)
        return installed, failures

    def _get(self, source: Source, wanted: set[str]) -> Part:
        """Fetch from one source and install. What is at fault is not kept."""
        folder = downloads_of(self.place, self.plugin.name, source)
        files = fetch_files(source, folder, self.ways)
        proved = False
        reports: list[Verification] = []

        def check(record: Record) -> None:
            nonlocal proved
            self._prove(record, source, wanted)
            reports.extend(self._verify(record, staged, wanted))
            proved = True

        try:
            with staging(self.place, self.plugin.name) as staged:
                lay_out(files, staged, self.ways)
                self.ways.on_note(f"{self.plugin.name}: looking at what came")
                part = settle(
                    staged, self.place, self.name, source.url, again=self.again, check=check
                )
                if reports:
                    words = "; ".join(map(str, reports))
                    part = stamp(part, {"when": reports[-1].when, "words": words})
        except DiskError:
            raise
        except DatasetError:
            if not proved:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        return part

    def _prove(self, record: Record, source: Source, wanted: set[str]) -> None:
        """Hold what came against what the source is said to have. Raises DatasetError."""
        what = f"{self.plugin.value.title}, release {source.release}"
        if record.release != source.release:
            raise DatasetError(
                expected=f"{what} from {source.keeper}",
                got=f"the release {record.release}",
                now="report that, and take another source",
            )
        for split in sorted(wanted & set(source.splits)):
            held = record.splits.get(split)
            if held is None or (held.is_partial and not self.partial):
                raise DatasetError(
                    expected=f"{'' if held is None else f'{held.of} '}pairs of {what}, {split}",
                    got=f"{0 if held is None else held.pairs} from {source.keeper}",
                    now="take another source, or say --partial to have what there is",
                )

    def _verify(self, record: Record, staged: Path, wanted: set[str]) -> list[Verification]:
        """Hold what came, file by file, against what was published. Raises DatasetError."""
        reports: list[Verification] = []
        for split in sorted(wanted & set(record.splits)):
            spec = f"{self.name}:{split}"
            base = staged / record.splits[split].base
            reports += verify_dataset(spec, folder=base, partial=self.partial)
        for report in reports:
            if not report.as_published:
                wrong = [f"{finding.file} ({finding.word})" for finding in report.findings]
                raise DatasetError(
                    expected=f"{report.title}, {report.split}, as published",
                    got=f"{report}: {some(wrong) or 'another score of the rainy input'}",
                    now="take another source",
                )
        return reports

    def _splits(self) -> tuple[str, ...]:
        if self.asked:
            return (self.asked,)
        return tuple(dict.fromkeys(map(self._whole, self.plugin.value.splits)))

    def _whole(self, split: str) -> str:
        """Name the split that holds this one's files: a selection comes with the whole."""
        layouts = (layout for layout in self.plugin.value.layouts if layout.split == split)
        return next(layouts).part_of or split

    def _is_installed(self, split: str) -> bool:
        try:
            found = open_dataset(f"{self.name}:{split}", root=self.root, partial=self.partial)
        except DatasetError:
            return False
        return not self.sources or found.release == self.sources[0].release

    def _check_before(self, wanted: Sequence[str]) -> None:
        """Refuse what could not be installed before gigabytes are fetched for it."""
        if not (self.ways.mirror and Path(self.ways.mirror).expanduser().exists()):
            require_network(f"{self.plugin.name}:{','.join(wanted)}", offline=self.ways.offline)
        folders = dataset_folders(self.plugin.name, self.plugin.value, [self.place])
        for part in (part for folder in folders for part in parts(folder)):
            lies_there = set(part.record.splits) & set(wanted)
            same = not self.sources or part.record.release == self.sources[0].release
            if lies_there and same and not self.again:
                raise DatasetError(
                    expected=f"{self.plugin.name}:{min(lies_there)} to be whole, or not there",
                    got=f"a part of it in {part.path}",
                    now="say --again to replace it, or --partial to use it as it is",
                )

    def _tidy(self, reachable: Sequence[Source]) -> None:
        """Take away what a call left that was ended between installing and cleaning up."""
        for source in reachable:
            folder = downloads_of(self.place, self.plugin.name, source)
            if folder.exists() and all(map(self._is_installed, source.splits)):
                shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # others' downloads are in it
            (self.place / DOWNLOADS).rmdir()

    def _unreachable(self, missing: Sequence[str]) -> DatasetError:
        return MissingDatasetError(
            expected=f"a source of {self.plugin.name}:{', '.join(missing)} for a program",
            got="none: a person must fetch it",
            now=by_hand(self.plugin.name, self.plugin.value, missing, self.place),
        )

    def _failed(self, left: Sequence[str], failures: Sequence[str]) -> DatasetError:
        return MissingDatasetError(
            expected=f"{self.plugin.name}:{', '.join(left)} from one of its sources",
            got="from " + ", from ".join(failures),
            now=by_hand(self.plugin.name, self.plugin.value, left, self.place),
        )


def _choose(dataset: Dataset, asked: str, release: str, mirror: str) -> list[Source]:
    """Pick the sources of one release. Raises UnknownNameError and UsageError."""
    sources = list(dataset.sources)
    if release and release not in dataset.releases:
        raise UnknownNameError.among(f"release of {dataset.title}", release, dataset.releases)
    if asked:
        sources = [s for number, s in enumerate(sources, start=1) if _is_meant(s, number, asked)]
        if not sources:
            known = [f"{number} ({s.keeper})" for number, s in enumerate(dataset.sources, start=1)]
            raise UsageError(
                expected=f"a source of {dataset.title}: {', '.join(known) or 'it has none'}",
                got=repr(asked),
                now="give its number, or a part of its name or URL",
            )
    wanted = release or (sources[0].release if sources else "")
    sources = [source for source in sources if source.release == wanted]
    if mirror:
        sources = [mirrored(source, mirror) for source in sources if source.files]
    return sources


def _is_meant(source: Source, number: int, asked: str) -> bool:
    if asked.isdecimal():
        return int(asked) == number
    return asked.casefold() in f"{source.keeper} {source.url}".casefold()


@contextmanager
def _alone(place: Path, name: str, ways: Ways) -> Iterator[None]:
    """Wait until no other process gets this dataset into this place."""
    from filelock import FileLock, Timeout

    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place / f".getting-{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            ways.on_note(f"{name}: waiting for another process that is getting it")
            lock.acquire(poll_interval=0.2)
    except OSError as error:
        raise DiskError(
            expected=f"a folder for datasets that can be written, {place}",
            got=error.strerror or str(error),
            now="set RAINBENCH_DATA to a folder that you may write to",
        ) from error
    try:
        yield
    finally:
        lock.release()
