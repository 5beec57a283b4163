"""A dataset, opened: its pairs, and which release of it they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from rainbench.counting import counted
from rainbench.data.finding import dataset_folders, find_split, missing_dataset
from rainbench.data.listing import natural, some
from rainbench.data.made import made_folder
from rainbench.data.pairs import read_folder
from rainbench.data.place import cache_place, data_places
from rainbench.data.recognise import Find
from rainbench.dataset import Dataset, Given, ImagePair
from rainbench.errors import DatasetError, UnknownNameError, UsageError
from rainbench.registry import find_dataset_split

DEFAULT_SPLIT = "test"

FOLDER = "folder"
"""The release of a user's own folder of pairs, which nobody published."""


@dataclass(frozen=True, kw_only=True)
class OpenDataset:
    """One split of a dataset as it was found on this machine."""

    name: str
    """Letters, digits, . _ and -: fit to name a folder of results."""
    title: str
    release: str
    split: str
    folder: Path
    pairs: tuple[ImagePair, ...]
    """Sorted by name, numbers by value. Names are read here; pixels are not."""
    promised: int
    """Pairs that this release promises in this split."""
    fingerprint: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """What the rainy input of the whole split scores: PSNR in dB and SSIM, by protocol."""
    notes: tuple[str, ...] = ()
    """What people should know of it, a sentence each."""
    input: Given = "rainy"
    """Which picture of a pair methods are given."""

    @property
    def is_folder(self) -> bool:
        """Whether these are a user's own folder of pairs, known by its name alone."""
        return self.release == FOLDER

    @property
    def is_partial(self) -> bool:
        """Whether pairs are missing: every number must then say how many it is of."""
        return len(self.pairs) < self.promised

    def given(self, picture: Given) -> OpenDataset:
        """Let methods be given the rainy pictures, or the clean ones in their place.

        Raises DatasetError for clean pictures that there are none of.
        """
        if picture == self.input:
            return self
        bare = [pair.name for pair in self.pairs if pair.clean is None]
        if bare:
            raise DatasetError(
                expected=f"a clean picture for every pair of {self.name}",
                got=f"none for {some(bare)}",
                now="leave --input out: methods are then given the rainy pictures",
            )
        pairs = (replace(pair, rainy=pair.clean) for pair in self.pairs if pair.clean is not None)
        return replace(self, pairs=tuple(pairs), input=picture)


def open_dataset(
    spec: str, *, root: Path | None = None, cache: Path | None = None, partial: bool = False
) -> OpenDataset:
    """Open one split of a dataset, and check that all of it is there.

    Args:
        spec: NAME or NAME:SPLIT (split "test" if none), a .py file with a DATASET likewise,
            or a folder of pairs.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.
        cache: where made datasets are drawn; None: RAINBENCH_CACHE, then the user's cache.
        partial: accept fewer pairs than the release promises.

    Raises UnknownNameError for a name or split that is none, DatasetError for a dataset that is
    missing, incomplete or not what it says.
    """
    name, split = split_spec(spec)
    if _is_folder_spec(spec, name):
        return _open_folder(spec, partial)
    plugin, implied = find_dataset_split(name)
    dataset = plugin.value
    split = implied if implied is not None and name == spec else split
    if split not in dataset.splits:
        raise UnknownNameError.among(f"split of {plugin.name}", split, dataset.splits)
    if dataset.make is not None:
        folders: tuple[Path, ...] = (made_folder(plugin.name, dataset, cache_place(cache)),)
    else:
        places = data_places(root)
        if name.endswith(".py"):
            places = (*places, plugin.origin.parent)
        folders = dataset_folders(plugin.name, dataset, places)
        if not folders:
            raise missing_dataset(plugin.name, dataset, places)
    return _opened(plugin.name, dataset, find_split(plugin.name, dataset, split, folders), partial)


def split_spec(spec: str) -> tuple[str, str]:
    """Part NAME:SPLIT. A Windows drive's colon is followed by more than a word."""
    name, colon, split = spec.rpartition(":")
    if colon and len(name) > 1 and re.fullmatch(r"[A-Za-z0-9_-]+", split):
        return name, split
    return spec, DEFAULT_SPLIT


def _is_folder_spec(spec: str, name: str) -> bool:
    """Whether a path is meant; a bare word is a dataset's name, even beside a folder of it."""
    if name.endswith(".py"):
        return False
    if re.search(r"[/\\]", spec) or spec.startswith(("~", ".")):
        return True
    try:
        find_dataset_split(name)
    except UnknownNameError:
        return Path(spec).is_dir() or Path(name).is_dir()
    return False


def _folder(spec: str) -> Path:
    """Read a folder's path, which may hold a colon or be followed by its one split."""
    whole = Path(spec).expanduser()
    name, split = split_spec(spec)
    if whole.is_dir() or name == spec or not Path(name).expanduser().is_dir():
        return whole
    if split != DEFAULT_SPLIT:
        raise UnknownNameError.among(f"split of the folder {name}", split, [DEFAULT_SPLIT])
    return Path(name).expanduser()


def _open_folder(spec: str, partial: bool) -> OpenDataset:
    folder = _folder(spec)
    if not folder.is_dir():
        raise UsageError(
            expected="a dataset's name or a folder of pairs",
            got=f"no folder at {folder}",
            now="check the path",
        )
    found = read_folder(folder)
    if not found.pairs:
        raise DatasetError(
            expected=f"pairs of pictures of one name in {folder}",
            got="not one",
            now="name each rainy picture like its clean one",
        )
    if found.lonely and not partial:
        raise _lonely(folder, found.lonely)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "folder"
    return OpenDataset(
        name=name,
        title=name,
        release=FOLDER,
        split=DEFAULT_SPLIT,
        folder=folder,
        pairs=found.pairs,
        promised=len(found.pairs) + len(found.lonely),
        notes=(f"{counted(len(found.pairs), 'pair')} of the folder {folder}",),
    )


def _opened(name: str, dataset: Dataset, find: Find, partial: bool) -> OpenDataset:
    layout = find.layout
    release = dataset.releases[layout.release]
    promised = release.counts[layout.split]
    promised = len(find.pairs) + len(find.lonely) if promised is None else promised
    _check(dataset, find, promised, partial)
    notes = [
        f"{len(find.pairs)} of {promised} pairs of {dataset.title}, release {layout.release}, "
        f"split {layout.split}, laid out as {layout} in {find.folder}"
    ]
    return OpenDataset(
        name=name,
        title=dataset.title,
        release=layout.release,
        split=layout.split,
        folder=find.folder,
        pairs=find.pairs,
        promised=promised,
        fingerprint=release.fingerprint.get(layout.split, MappingProxyType({})),
        notes=tuple([*notes, release.note] if release.note else notes),
    )


def _check(dataset: Dataset, find: Find, promised: int, partial: bool) -> None:
    """Hold what was found against what the release promises, the most telling fault first."""
    what = f"{dataset.title}, release {find.layout.release}, split {find.layout.split}"
    if find.strays:
        raise DatasetError(
            expected=f"only the files of {what} in {find.folder}",
            got=f"the stray {some(find.strays)}",
            now="take them away, or check which release this is",
        )
    if find.lonely and not partial:
        raise _lonely(find.folder, find.lonely)
    count = len(find.pairs)
    if count > promised or (count < promised and not partial):
        missing = _missing(find)
        raise DatasetError(
            expected=f"{promised} pairs of {what}",
            got=f"{count} in {find.folder}" + (f", without {some(missing)}" if missing else ""),
            now="fetch the rest, or say --partial (partial=True) to score what is there",
        )


def _missing(find: Find) -> tuple[str, ...]:
    """Name the absent pairs, where the layout's numbers say what they would be called."""
    layout = find.layout
    if layout.numbers is None or set(re.compile(layout.rainy).groupindex) != {"id"}:
        return ()
    promised = {layout.name.format(id=str(number)) for number in layout.numbers}
    return tuple(sorted(promised - {pair.name for pair in find.pairs}, key=natural))


def _lonely(folder: Path, files: tuple[str, ...]) -> DatasetError:
    return DatasetError(
        expected=f"a rainy and a clean picture for every name in {folder}",
        got=f"no partner for {some(files)}",
        now="fetch what is missing, or say --partial (partial=True) to leave these aside",
    )
