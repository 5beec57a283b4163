"""What somebody's files are: which dataset, which release of it, which splits in which layouts.

Names and sizes of files narrow it down; where several datasets share those, the pixels of a few
pictures whose digests are known decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from rainbench.data.bases import Base, find_bases, may_hold
from rainbench.data.listing import pictures_in, some, spread
from rainbench.data.recognise import Find, recognise, share
from rainbench.dataset import Dataset
from rainbench.errors import DatasetError, ImageError, UsageError
from rainbench.image import pixel_sha256
from rainbench.registry import dataset_plugins, find_dataset_plugin
from rainbench.shelves.plugin import Plugin


@dataclass(frozen=True)
class Identity:
    """One reading of a folder: a release of a dataset."""

    name: str
    dataset: Dataset
    release: str
    finds: Mapping[str, tuple[str, Find]]
    """By split: the folder that the layout's paths are relative to, and what it holds."""

    def __str__(self) -> str:
        counts = ", ".join(
            f"{len(find.pairs)} of {self.promised(split) or len(find.pairs)} {split} pairs"
            for split, (_, find) in sorted(self.finds.items())
        )
        return f"{self.name} ({self.dataset.title}, release {self.release}): {counts}"

    @property
    def files(self) -> int:
        """How many files it explains."""
        return sum(len(find.files) for _, find in self.finds.values())

    @property
    def strays(self) -> tuple[str, ...]:
        """Pictures beside its own that it does not explain."""
        return tuple(file for _, find in self.finds.values() for file in find.strays)

    @property
    def has_clean(self) -> bool:
        """Whether its rainy pictures have clean ones."""
        return any(find.pairs[0].clean is not None for _, find in self.finds.values())

    @property
    def share(self) -> float:
        """The mean share of the promised pairs over its splits."""
        return sum(share(self.dataset, find) for _, find in self.finds.values()) / len(self.finds)

    @cached_property
    def proof(self) -> tuple[int, int]:
        """How many pictures of known digest agree, and how many were looked at."""
        checks = [
            agrees
            for split, (_, find) in self.finds.items()
            for agrees in _check_spots(self.dataset, self.release, split, find)
        ]
        return sum(checks), len(checks)

    @property
    def is_proved(self) -> bool:
        """Whether a picture of known digest agrees."""
        return self.proof[0] > 0

    @property
    def is_refuted(self) -> bool:
        """Whether pictures of known digest are here and not one agrees."""
        return self.proof[1] > 0 and self.proof[0] == 0

    def promised(self, split: str) -> int | None:
        """Give the pairs that the release promises in a split."""
        return self.dataset.releases[self.release].counts[split]


def identify(folder: Path, name: str | None = None, *, source: str = "") -> Identity:
    """Find out what a folder's pictures are, whatever folders they are in.

    `name`: the dataset that they are said to be; None: any on the shelf. `source`: what errors
    call the folder. A copy whose pixels are not those known is taken for a named dataset where
    its files fit no other. Raises DatasetError where they are nothing known or another dataset
    than was said, and UsageError where they may be several.
    """
    source = source or str(folder)
    files = pictures_in(folder)
    if not files:
        raise DatasetError(
            expected=f"pictures in {source}",
            got="not one",
            now="unpack archives that are inside it first, or give the right path",
        )
    bases = find_bases(files)
    if name is None:
        return _one_of(source, files, _all(folder, bases, dataset_plugins()))
    plugin = find_dataset_plugin(name)
    mine = _all(folder, bases, [plugin])
    sound = [each for each in mine if not each.strays]
    best = max(sound, key=_rank, default=None)
    if best is not None and best.is_proved:
        return best
    others = [each for each in _all(folder, bases, dataset_plugins()) if each.name != plugin.name]
    likelier = _candidates(others)
    if likelier and (best is None or best.is_refuted or likelier[0].is_proved):
        raise _another(plugin, source, likelier)
    if best is None:
        raise _nothing(plugin, source, files, mine)
    return best


def _all(folder: Path, bases: Sequence[Base], plugins: Iterable[Plugin[Dataset]]) -> list[Identity]:
    """List every reading, by dataset and release."""
    found = []
    for plugin in plugins:
        readings = list(_readings(folder, bases, plugin.value))
        for release in plugin.value.releases:
            finds = _without_overlap(plugin.value, release, readings)
            if finds:
                found.append(Identity(plugin.name, plugin.value, release, finds))
    return found


def _readings(folder: Path, bases: Iterable[Base], dataset: Dataset) -> Iterable[tuple[str, Find]]:
    wholes = [layout for layout in dataset.layouts if not layout.part_of]
    for base in bases:
        for split in {layout.split for layout in wholes if may_hold(base, layout)}:
            try:
                find = recognise(dataset, split, folder / base.path, base.files)
            except DatasetError:
                continue  # pictures of no release's size: not this dataset
            if find is not None and _has_a_picture(find):
                yield base.path, find


def _has_a_picture(find: Find) -> bool:
    """Whether one of a few files is a picture by its head: sizes tell nothing of what is none."""
    for pair in spread(find.pairs, 5):
        try:
            pair.rainy.read_size()
        except ImageError:
            continue
        return True
    return False


def _without_overlap(
    dataset: Dataset, release: str, readings: Iterable[tuple[str, Find]]
) -> dict[str, tuple[str, Find]]:
    """Give every split of a release its best reading; a file belongs to one split."""
    ours = [reading for reading in readings if reading[1].layout.release == release]
    ours.sort(key=lambda reading: (-len(reading[1].files), -share(dataset, reading[1]), reading[0]))
    taken: set[PurePosixPath] = set()
    finds: dict[str, tuple[str, Find]] = {}
    for base, find in ours:
        files = {PurePosixPath(base, file) for file in find.files}
        if find.layout.split not in finds and not files & taken:
            finds[find.layout.split] = base, find
            taken |= files
    return finds


def _check_spots(dataset: Dataset, release: str, split: str, find: Find) -> Iterable[bool]:
    """Compare pairs of known digests; two halves may have changed places."""
    spots = dataset.releases[release].spots.get(split, {})
    for pair in find.pairs:
        if pair.name not in spots:
            continue
        try:
            rainy, clean = pair.read()
        except ImageError:
            continue  # verifying names it
        got = (pixel_sha256(rainy), "" if clean is None else pixel_sha256(clean))
        known = spots[pair.name]
        orders = (got, got[::-1]) if find.layout.rainy_half else (got,)
        yield any(
            digests[0].startswith(known[0]) and digests[1].startswith(known[1])
            for digests in orders
        )


def _rank(identity: Identity) -> tuple[bool, bool, int, float]:
    return identity.is_proved, not identity.is_refuted, identity.files, identity.share


def _candidates(identities: Iterable[Identity]) -> list[Identity]:
    """Keep the likeliest; photographs without clean ones need a proof, for any would fit."""
    sound = [
        each
        for each in identities
        if not each.is_refuted and (each.is_proved or (each.has_clean and not each.strays))
    ]
    best = max(map(_rank, sound), default=None)
    return [each for each in sound if _rank(each) == best]


def _one_of(source: str, files: Sequence[str], identities: Iterable[Identity]) -> Identity:
    identities = tuple(identities)
    candidates = _candidates(identities)
    alike = [each for each in identities if each.is_refuted and each.has_clean and not each.strays]
    if not candidates and alike:
        raise DatasetError(
            expected=f"a dataset whose pictures are known in {source}",
            got=f"files like those of {' or '.join(map(str, alike))}, of other content",
            now=f"if it is a copy that was encoded anew, name it: rainbench data import "
            f"{alike[0].name} PATH",
        )
    if not candidates:
        raise DatasetError(
            expected=f"a dataset in a known layout in {source}",
            got=f"pictures that are none: {some(files)}",
            now="see `rainbench data list`; name the dataset if you know it, or give the folder "
            "of rainy and clean pictures to `rainbench run` as it is",
        )
    if len(candidates) > 1:
        said = [f"{each} ({each.dataset.distinction})" for each in candidates]
        raise UsageError(
            expected=f"files of one dataset in {source}",
            got=f"what may be {' or '.join(said)}",
            now="which one? Name it: rainbench data import NAME PATH",
        )
    return candidates[0]


def _another(plugin: Plugin[Dataset], source: str, others: Sequence[Identity]) -> DatasetError:
    name = others[0].name if len(others) == 1 else "NAME"
    return DatasetError(
        expected=f"{plugin.value.title} in {source}",
        got=f"what is {' or '.join(map(str, others))}",
        now=f"rainbench data import {name} PATH",
    )


def _nothing(
    plugin: Plugin[Dataset], source: str, files: Sequence[str], mine: Sequence[Identity]
) -> DatasetError:
    """Say how the dataset's files would be called, or which pictures are too many."""
    if mine:
        return DatasetError(
            expected=f"only the files of {mine[0]} in {source}",
            got=f"the stray {some(mine[0].strays)}",
            now="take them away, or check which release this is",
        )
    layouts = [*dict.fromkeys(map(str, plugin.value.layouts))]
    return DatasetError(
        expected=f"{plugin.value.title} in {source}, laid out as {some(layouts)}",
        got=f"{some(files)}, or pictures of other sizes",
        now="check which dataset this is; `rainbench data list` names what is known",
    )
