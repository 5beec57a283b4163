"""Which folder of the data places holds a split of a dataset: installed, or laid by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rainbench.data.install import Part, SplitRecord, parts
from rainbench.data.listing import pictures_in, some
from rainbench.data.place import named_folders
from rainbench.data.recognise import Find, read_layout, recognise
from rainbench.dataset import Dataset, Layout
from rainbench.errors import DatasetError, MissingDatasetError


def dataset_folders(name: str, dataset: Dataset, places: Iterable[Path]) -> tuple[Path, ...]:
    """Find the folders in the data places that have a dataset's name or an alias of it."""
    names = (name, *dataset.aliases)
    return tuple(folder for place in places for folder in named_folders(place, names))


def find_split(name: str, dataset: Dataset, split: str, folders: Iterable[Path]) -> Find:
    """Take the first folder that holds the split: as installed, or laid there by hand.

    Raises DatasetError where none does, or where the files that a part points at are gone.
    """
    folders = tuple(folders)
    gone = []
    for folder in folders:
        for part in parts(folder):
            if not part.files.is_dir():
                gone.append(part)
            elif (find := read_part(dataset, split, part)) is not None:
                return find
        if (by_hand := _read_by_hand(dataset, split, folder)) is not None:
            return by_hand
    if gone:
        raise _gone(name, gone[0])
    raise _not_there(name, dataset, split, folders)


def read_part(dataset: Dataset, split: str, part: Part) -> Find | None:
    """Read a split out of an installed part, as its record says; None where it is not there."""
    for held, record in part.record.splits.items():
        layout = _recorded(dataset, part.record.release, held, record)
        if layout is not None and split != held:
            layout = _selection(dataset, split, layout)
        if layout is None or layout.split != split:
            continue
        base = part.files / record.base
        half = record.rainy_half or layout.rainy_half
        find = read_layout(replace(layout, rainy_half=half), base, pictures_in(base))
        if find.pairs:
            return find
    return None


def missing_dataset(name: str, dataset: Dataset, places: Iterable[Path]) -> MissingDatasetError:
    """Say in three lines what a dataset is, how it can be had and where it would go."""
    where = [str(place) for place in places]
    return MissingDatasetError(
        expected=f"the dataset {name}: {describe(dataset)}",
        got=f"none in {' or '.join(where)}",
        now=f"get it:\n{how_to_get(name, dataset)}\nit would go to {Path(where[0]) / name}",
    )


def describe(dataset: Dataset) -> str:
    """Say what a dataset is: its title, its counts and its paper."""
    release = next(iter(dataset.releases.values()))
    splits = {layout.split for layout in dataset.layouts}
    counts = [
        f"{release.counts[split] or 'some'} {split}"
        for split in sorted(splits)
        if split in release.counts
    ]
    paper = dataset.paper
    source = (
        ""
        if paper is None
        else f" ({paper.authors.split(',')[0]} et al., {paper.venue} {paper.year})"
    )
    return f"{dataset.title}{source}, {', '.join(counts)} pairs"


def how_to_get(name: str, dataset: Dataset) -> str:
    """Say how a dataset can be had, on one line."""
    first = dataset.sources[0] if dataset.sources else "its authors"
    by_hand = f"`rainbench data import {name} PATH`"
    if any(source.host != "by-hand" for source in dataset.sources):
        return f"`rainbench data get {name}` fetches it from {first}; {by_hand} if you have it"
    return f"{first}; then {by_hand}"


def _recorded(dataset: Dataset, release: str, split: str, record: SplitRecord) -> Layout | None:
    for layout in dataset.layouts:
        if (layout.release, layout.split, str(layout)) == (release, split, record.layout):
            return layout
    return None


def _selection(dataset: Dataset, split: str, whole: Layout) -> Layout | None:
    """Find the layout of a split that is a selection of another's files."""
    for layout in dataset.layouts:
        same = (layout.release, layout.rainy, layout.clean) == (
            whole.release,
            whole.rainy,
            whole.clean,
        )
        if same and (layout.split, layout.part_of) == (split, whole.split):
            return layout
    return None


def _read_by_hand(dataset: Dataset, split: str, folder: Path) -> Find | None:
    for base in (folder, *named_folders(folder, dataset.aliases)):
        if (find := recognise(dataset, split, base)) is not None:
            return find
    return None


def _not_there(name: str, dataset: Dataset, split: str, folders: tuple[Path, ...]) -> DatasetError:
    held = [file for folder in folders for file in pictures_in(folder)]
    installed = [part.path.name for folder in folders for part in parts(folder)]
    layouts = (str(layout) for layout in dataset.layouts if layout.split == split)
    known = [*dict.fromkeys(layouts)]
    return DatasetError(
        expected=f"the split {split} of {dataset.title}, laid out as {some(known)}",
        got=f"{some([*installed, *held]) or 'no pictures'} in {' and '.join(map(str, folders))}",
        now=f"lay its files out in one of these ways, or `rainbench data import {name} PATH`",
    )


def _gone(name: str, part: Part) -> DatasetError:
    return DatasetError(
        expected=f"the dataset {name} in {part.files}, where it was when it was imported",
        got="no such folder",
        now=f"put it back, or `rainbench data remove {name}` and import it from where it is",
    )
