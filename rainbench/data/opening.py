"""A dataset, opened: its pairs, and which release of it they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rainbench.data.listing import natural, pictures_in, some
from rainbench.data.made import made_folder
from rainbench.data.pairs import read_folder
from rainbench.data.place import cache_place, data_places, named_folders
from rainbench.data.recognise import Find, recognise
from rainbench.dataset import Dataset, ImagePair
from rainbench.errors import DatasetError, UnknownNameError, UsageError
from rainbench.plugin import Plugin
from rainbench.registry import find_dataset_plugin

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

    @property
    def is_folder(self) -> bool:
        """Whether these are a user's own folder of pairs, known by its name alone."""
        return self.release == FOLDER

    @property
    def is_partial(self) -> bool:
        """Whether pairs are missing: every number must then say how many it is of."""
        return len(self.pairs) < self.promised


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
    plugin = find_dataset_plugin(name)
    dataset = plugin.value
    if split not in dataset.splits:
        raise UnknownNameError.among(f"split of {plugin.name}", split, dataset.splits)
    folders = dataset_folders(name, plugin, root=root, cache=cache)
    return _opened(plugin.name, dataset, _found(dataset, split, folders), partial)


def dataset_folders(
    name: str,
    plugin: Plugin[Dataset],
    *,
    root: Path | None = None,
    cache: Path | None = None,
) -> tuple[Path, ...]:
    """List the folders that a dataset may lie in, the first one first; a made one is drawn.

    `name` is what it was asked for by: a .py file's data may lie beside that.

    Raises DatasetError where there is none.
    """
    if plugin.value.make is not None:
        return (made_folder(plugin.name, plugin.value, cache_place(cache)),)
    places = data_places(root)
    if name.endswith(".py"):
        places = (*places, plugin.origin.parent)
    return _existing(plugin.name, plugin.value, places)


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
        find_dataset_plugin(name)
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
        notes=(f"{len(found.pairs)} pairs of the folder {folder}",),
    )


def _existing(name: str, dataset: Dataset, places: Iterable[Path]) -> tuple[Path, ...]:
    names = (name, *dataset.aliases)
    folders = [folder for place in places for folder in named_folders(place, names)]
    if folders:
        return tuple(folders)
    where = [str(place) for place in places]
    raise DatasetError(
        expected=f"the dataset {name} in a folder {' or '.join(names)}",
        got=f"none in {' or '.join(where)}",
        now=f"get it:\n  {'; or '.join(map(str, dataset.sources)) or 'from its authors'}\n"
        f"and put it in {Path(where[0]) / name}",
    )


def _found(dataset: Dataset, split: str, folders: Iterable[Path]) -> Find:
    """Take the first folder that holds the split, or a folder in it that an archive brought."""
    folders = tuple(folders)
    for folder in folders:
        for base in (folder, *named_folders(folder, dataset.aliases)):
            find = recognise(dataset, split, base)
            if find is not None:
                return find
    held = [file for folder in folders for file in pictures_in(folder)]
    layouts = [layout for layout in dataset.layouts if layout.split == split]
    known = dict.fromkeys(" with ".join(layout.example[:2]) for layout in layouts)
    raise DatasetError(
        expected=f"the split {split} of {dataset.title}, laid out as {', or '.join(known)}",
        got=f"{some(held) or 'no pictures'} in {' and '.join(map(str, folders))}",
        now="lay its files out in one of these ways",
    )


def _opened(name: str, dataset: Dataset, find: Find, partial: bool) -> OpenDataset:
    layout = find.layout
    release = dataset.releases[layout.release]
    promised = release.counts[layout.split]
    _check(dataset, find, promised, partial)
    first = " with ".join(layout.example[: 1 if layout.clean is None else 2])
    notes = [
        f"{len(find.pairs)} of {promised} pairs of {dataset.title}, release {layout.release}, "
        f"split {layout.split}, laid out as {first} in {find.folder}"
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
