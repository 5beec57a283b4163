"""Which layout and which release a folder of files is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rainbench.data.listing import natural, pictures_in, some
from rainbench.dataset import Dataset, Half, ImagePair, Layout
from rainbench.errors import DatasetError, ImageError
from rainbench.image import Picture

Key: TypeAlias = tuple[tuple[str, str], ...]
"""The groups that pair, by name."""


@dataclass(frozen=True)
class Find:
    """What a folder holds, read through one layout."""

    folder: Path
    layout: Layout
    pairs: tuple[ImagePair, ...]
    """Sorted by name, numbers by value."""
    files: frozenset[str]
    """The relative paths of the pairs' files."""
    lonely: tuple[str, ...]
    """Relative paths of the files whose partner is missing."""
    strays: tuple[str, ...] = ()
    """Relative paths of pictures that belong to no layout of the dataset."""


def recognise(
    dataset: Dataset, split: str, folder: Path, files: Sequence[str] | None = None
) -> Find | None:
    """Find the layout that explains most of a folder; None where not one pair fits.

    Layouts that explain equally much are told apart by the size of the pictures. Files that
    another split explains better are not this split's. `files`: the folder's pictures, where
    they are listed already. Raises DatasetError for pictures of no release's size, and for two
    files of one name.
    """
    files = pictures_in(folder) if files is None else files
    finds = [read_layout(layout, folder, files) for layout in dataset.layouts]
    ours = [find for find in finds if find.layout.split == split and find.pairs]
    ours = [find for find in ours if not any(_explains(dataset, other, find) for other in finds)]
    if not ours:
        return None
    most = max(len(find.pairs) for find in ours)
    find = _by_size(dataset, [find for find in ours if len(find.pairs) == most])
    strays = _strays(dataset, files, find, finds)
    return Find(folder, find.layout, find.pairs, find.files, find.lonely, strays)


def _explains(dataset: Dataset, other: Find, find: Find) -> bool:
    """Whether another split's find explains the same files better: more of them, or all of it.

    A training set of 1,800 holds the names of a test set of 200; a selection of it, its own.
    """
    ours, theirs = find.layout, other.layout
    if ours.part_of or theirs.part_of or ours.split == theirs.split:
        return False
    if ours.release != theirs.release:
        return False
    if other.files == find.files:
        return share(dataset, other) > share(dataset, find)
    return other.files > find.files


def share(dataset: Dataset, find: Find) -> float:
    """Give the share of the promised pairs that are there; 0 where no number is promised."""
    promised = dataset.releases[find.layout.release].counts[find.layout.split]
    return len(find.pairs) / promised if promised else 0.0


def _strays(
    dataset: Dataset, files: Iterable[str], chosen: Find, finds: Iterable[Find]
) -> tuple[str, ...]:
    """List what no layout explains; an unfinished other split is that split's matter."""
    known = {*chosen.lonely}
    for find in finds:
        known |= find.files
        if find.layout.split != chosen.layout.split:
            known |= {*find.lonely}
    companions = [re.compile(companion) for companion in dataset.companions]
    return tuple(
        file
        for file in files
        if file not in known and not any(name.fullmatch(file) for name in companions)
    )


def read_layout(layout: Layout, folder: Path, files: Iterable[str]) -> Find:
    """Pair the files that fit one layout. Raises DatasetError for two files of one name."""
    rainy, clean = _matches(layout, files)
    keys = set(re.compile(layout.clean or "").groupindex)
    partners = {_key(groups, keys): file for file, groups in clean.items()}
    pairs: dict[str, ImagePair] = {}
    used: set[str] = set()
    for file, groups in rainy.items():
        partner = partners.get(_key(groups, keys))
        if layout.clean is not None and partner is None:
            continue
        pair = _pair(layout, folder, file, partner, groups)
        if pair.name in pairs:
            raise _twice(folder, pair, pairs[pair.name])
        pairs[pair.name] = pair
        used |= {file} if partner is None else {file, partner}
    return Find(
        folder,
        layout,
        tuple(pairs[name] for name in sorted(pairs, key=natural)),
        frozenset(used),
        tuple(sorted({*rainy, *clean} - used, key=natural)),
    )


def _matches(
    layout: Layout, files: Iterable[str]
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    rainy: dict[str, dict[str, str]] = {}
    clean: dict[str, dict[str, str]] = {}
    wanted = [(re.compile(layout.rainy), rainy)]
    if layout.clean is not None:
        wanted.append((re.compile(layout.clean), clean))
    for file in files:
        for expression, found in wanted:
            match = expression.fullmatch(file)
            if match and _counts(layout.numbers, match.groupdict()):
                found[file] = match.groupdict(default="")
    return rainy, clean


def _counts(numbers: Sequence[int] | None, groups: Mapping[str, str | None]) -> bool:
    number = groups.get("id")
    return numbers is None or number is None or int(number) in numbers


def _key(groups: Mapping[str, str], keys: set[str]) -> Key:
    return tuple(sorted((name, value) for name, value in groups.items() if name in keys))


def _pair(
    layout: Layout, folder: Path, file: str, partner: str | None, groups: Mapping[str, str]
) -> ImagePair:
    name = layout.name.format(**groups)
    scene = name if layout.scene is None else layout.scene(name)
    half = layout.rainy_half

    def picture(file: str, box: Half | None = None) -> Picture:
        return Picture(folder / file, box, layout.by_content)

    if half is None:
        clean = None if partner is None else picture(partner)
        return ImagePair(name, picture(file), clean, scene)
    other: Half = "left" if half == "right" else "right"
    return ImagePair(name, picture(file, half), picture(file, other), scene)


def _twice(folder: Path, pair: ImagePair, other: ImagePair) -> DatasetError:
    first, second = (one.rainy.path.relative_to(folder) for one in (other, pair))
    return DatasetError(
        expected=f"one rainy picture {pair.name} in {folder}",
        got=f"{first} and {second}",
        now="take one of them away",
    )


def _by_size(dataset: Dataset, finds: list[Find]) -> Find:
    """Choose among equals by picture size; one layout alone must have its release's size too."""
    allowed = [dataset.releases[find.layout.release].sizes for find in finds]
    sizes = _sizes(finds[0].pairs) if any(allowed) else {}
    if not sizes:
        return finds[0]
    path, (width, height) = next(iter(sizes.items()))
    for find, release_sizes in zip(finds, allowed, strict=True):
        if release_sizes is None or (width, height) in release_sizes:
            _check_sizes(find, sizes, release_sizes)
            return find
    raise DatasetError(
        expected=f"pictures of a release of {dataset.title}: {_release_sizes(dataset, finds)}",
        got=f"{width}x{height} in {path}",
        now="fetch the dataset itself, or give the folder's path to score it as it is",
    )


def _sizes(pairs: Iterable[ImagePair]) -> dict[Path, tuple[int, int]]:
    sizes = {}
    for pair in pairs:
        try:
            sizes[pair.rainy.path] = pair.rainy.read_size()
        except ImageError:
            continue  # a broken picture is that picture's failure, when it is read
    return sizes


def _check_sizes(
    find: Find,
    sizes: Mapping[Path, tuple[int, int]],
    allowed: frozenset[tuple[int, int]] | None,
) -> None:
    odd = [path for path, size in sizes.items() if allowed is not None and size not in allowed]
    if odd:
        width, height = sizes[odd[0]]
        raise DatasetError(
            expected=f"pictures of the release {find.layout.release} only in {find.folder}",
            got=f"{width}x{height} pixels in {some([os.fspath(path) for path in odd])}",
            now="keep two releases in two folders",
        )


def _release_sizes(dataset: Dataset, finds: Iterable[Find]) -> str:
    said = []
    for release in dict.fromkeys(find.layout.release for find in finds):
        sizes = sorted(dataset.releases[release].sizes or ())
        said.append(f"{' or '.join(f'{w}x{h}' for w, h in sizes)} ({release})")
    return ", ".join(said)
