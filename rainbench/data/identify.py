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
from rainbench.data.listing import pictures_in, some
from rainbench.data.recognise import Find, recognise, share
from rainbench.dataset import Dataset
from rainbench.errors import DatasetError, ImageError, UsageError
from rainbench.image import pixel_sha256
from rainbench.plugin import Plugin
from rainbench.registry import dataset_plugins, find_dataset_plugin


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


def identify(folder: Path, name: str | None = None) -> Identity:
    """Find out what a folder's pictures are, whatever folders they are in.

    `name`: the dataset that they are said to be; None: any on the shelf. Raises DatasetError
    where they are nothing known or another dataset than was said, and UsageError where they may
    be several.
    """
    files = pictures_in(folder)
    if not files:
        raise DatasetError(
            expected=f"pictures in {folder}",
            got="not one",
            now="unpack archives that are inside it first, or give the right path",
        )
    bases = find_bases(files)
    if name is None:
        return _one_of(folder, _all(folder, bases, dataset_plugins()))
    plugin = find_dataset_plugin(name)
    sound = [each for each in _all(folder, bases, [plugin]) if not each.strays]
    if sound:
        return max(sound, key=_rank)
    raise _not_it(folder, bases, plugin)


def _all(folder: Path, bases: Sequence[Base], plugins: Iterable[Plugin[Dataset]]) -> list[Identity]:
    """List every reading that no picture refutes."""
    found = []
    for plugin in plugins:
        readings = list(_readings(folder, bases, plugin.value))
        for release in plugin.value.releases:
            finds = _without_overlap(plugin.value, release, readings)
            if finds:
                found.append(Identity(plugin.name, plugin.value, release, finds))
    return [identity for identity in found if not identity.is_refuted]


def _readings(folder: Path, bases: Iterable[Base], dataset: Dataset) -> Iterable[tuple[str, Find]]:
    wholes = [layout for layout in dataset.layouts if not layout.part_of]
    for base in bases:
        for split in {layout.split for layout in wholes if may_hold(base, layout)}:
            try:
                find = recognise(dataset, split, folder / base.path, base.files)
            except DatasetError:
                continue  # pictures of no release's size: not this dataset
            if find is not None:
                yield base.path, find


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


def _rank(identity: Identity) -> tuple[bool, int, float]:
    return identity.is_proved, identity.files, identity.share


def _one_of(folder: Path, identities: Iterable[Identity]) -> Identity:
    """Choose among all datasets; photographs without clean ones need a proof, for any would fit."""
    sound = [each for each in identities if each.is_proved or (each.has_clean and not each.strays)]
    if not sound:
        raise DatasetError(
            expected=f"a dataset in a known layout in {folder}",
            got=f"pictures that are none: {some(pictures_in(folder))}",
            now="see `rainbench data list`; name the dataset if you know it, or give the folder "
            "of rainy and clean pictures to `rainbench run` as it is",
        )
    best = max(map(_rank, sound))
    first, *others = [each for each in sound if _rank(each) == best]
    if others:
        said = [f"{each} ({each.dataset.distinction})" for each in (first, *others)]
        raise UsageError(
            expected=f"files of one dataset in {folder}",
            got=f"what may be {' or '.join(said)}",
            now="which one? Name it: rainbench data import NAME PATH",
        )
    return first


def _not_it(folder: Path, bases: Sequence[Base], plugin: Plugin[Dataset]) -> DatasetError:
    """Say what the files are instead, or how the dataset's would be called."""
    expected = f"{plugin.value.title} in {folder}"
    others = [each for each in _all(folder, bases, dataset_plugins()) if each.name != plugin.name]
    try:
        other = _one_of(folder, others)
    except (DatasetError, UsageError) as error:
        if isinstance(error, UsageError):
            return DatasetError(expected=expected, got=error.got, now="name what it is")
        mine = _all(folder, bases, [plugin])
        if mine:
            return DatasetError(
                expected=f"only the files of {mine[0]} in {folder}",
                got=f"the stray {some(mine[0].strays)}",
                now="take them away, or check which release this is",
            )
        layouts = [*dict.fromkeys(map(str, plugin.value.layouts))]
        return DatasetError(
            expected=f"{expected}, laid out as {some(layouts)}",
            got=f"{some(pictures_in(folder))}, or pictures of other sizes or other content",
            now="check which dataset this is; `rainbench data list` names what is known",
        )
    return DatasetError(
        expected=expected,
        got=f"what is {other}",
        now=f"rainbench data import {other.name} PATH",
    )
