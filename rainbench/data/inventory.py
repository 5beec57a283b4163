"""What lies in the data places: installed parts, and datasets laid there by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rainbench.data.finding import dataset_folders
from rainbench.data.install import Part, parts
from rainbench.data.place import data_places, named_folders
from rainbench.data.recognise import Find, recognise
from rainbench.dataset import Dataset
from rainbench.errors import DatasetError
from rainbench.registry import dataset_plugins


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A dataset, or a part of one, that is on this machine."""

    name: str
    title: str
    release: str
    splits: dict[str, tuple[int, int | None]]
    """Pairs that are there and pairs that the release promises, by split."""
    folder: str
    """Where its files lie."""
    kind: str
    """installed, indexed (its files stay elsewhere) or by hand."""
    bytes: int | None = None
    """Size of its files; None where that is not recorded."""
    verified: str | None = None
    """When it was last verified; None: never."""
    doubt: str = ""
    """What speaks against its being this dataset."""
    problem: str | None = None
    """Why it cannot be used; None where nothing is known to be wrong."""

    @property
    def state(self) -> str:
        """Say whether pairs are missing: partial, complete, or nothing where none is promised."""
        known = [(pairs, of) for pairs, of in self.splits.values() if of is not None]
        if not known:
            return ""
        return "partial" if any(pairs < of for pairs, of in known) else "complete"

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON's plain values."""
        splits = {name: {"pairs": pairs, "of": of} for name, (pairs, of) in self.splits.items()}
        return {**asdict(self), "splits": splits, "state": self.state}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A dataset that is not on this machine, and how it can be had."""

    name: str
    title: str
    fetchable: bool
    """Whether `rainbench data get` can fetch it."""
    how: str


def take_inventory(root: Path | None = None) -> tuple[list[Holding], list[Offer]]:
    """List what lies in the data places, and what else the shelf knows.

    Made datasets are in neither: they are drawn when they are asked for.
    """
    places = data_places(root)
    holdings: list[Holding] = []
    offers = []
    for plugin in dataset_plugins():
        if plugin.value.make is not None:
            continue
        folders = dataset_folders(plugin.name, plugin.value, places)
        mine = [held for folder in folders for held in _held(plugin.name, plugin.value, folder)]
        holdings += mine
        if not mine:
            offers.append(_offer(plugin.name, plugin.value))
    return holdings, offers


def _held(name: str, dataset: Dataset, folder: Path) -> Iterator[Holding]:
    try:
        installed = parts(folder)
        yield from (_from_part(dataset, part) for part in installed)
        finds = list(_by_hand(dataset, folder))
    except DatasetError as error:
        yield Holding(
            name=name, title=dataset.title, release="", splits={}, folder=str(folder),
            kind="by hand", problem=str(error),
        )  # fmt: skip
        return
    for release in dict.fromkeys(find.layout.release for find in finds):
        counts = dataset.releases[release].counts
        ours = [find for find in finds if find.layout.release == release]
        yield Holding(
            name=name,
            title=dataset.title,
            release=release,
            splits={f.layout.split: (len(f.pairs), counts[f.layout.split]) for f in ours},
            folder=str(ours[0].folder),
            kind="by hand",
            bytes=sum((find.folder / file).stat().st_size for find in ours for file in find.files),
        )


def _from_part(dataset: Dataset, part: Part) -> Holding:
    record = part.record
    gone = None if part.files.is_dir() else f"{part.files}, where its files were, is gone"
    return Holding(
        name=record.dataset,
        title=dataset.title,
        release=record.release,
        splits={name: (split.pairs, split.of) for name, split in record.splits.items()},
        folder=str(part.files),
        kind="installed" if record.folder is None else "indexed",
        bytes=record.bytes,
        verified=None if record.verified is None else str(record.verified.get("when", "")),
        doubt=record.doubt,
        problem=gone,
    )


def _by_hand(dataset: Dataset, folder: Path) -> Iterator[Find]:
    wholes = sorted({layout.split for layout in dataset.layouts if not layout.part_of})
    for split in wholes:
        for base in (folder, *named_folders(folder, dataset.aliases)):
            find = recognise(dataset, split, base)
            if find is not None:
                yield find
                break


def _offer(name: str, dataset: Dataset) -> Offer:
    fetchable = any(source.host != "by-hand" for source in dataset.sources)
    first = dataset.sources[0] if dataset.sources else "its authors"
    get = f"rainbench data get {name}: {first}"
    how = get if fetchable else f"by hand: {first}; then rainbench data import {name} PATH"
    return Offer(name=name, title=dataset.title, fetchable=fetchable, how=how)
