"""What a folder holds of a split, whatever is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rainbench.data.listing import pictures_in
from rainbench.data.naming import Naming
from rainbench.data.recognise import Find, read_layout
from rainbench.dataset import Dataset
from rainbench.errors import ImageError
from rainbench.image import read_size

# Pictures whose size is looked at to tell releases of one layout apart.
SAMPLE = 25


@dataclass(frozen=True)
class Survey:
    """A split in a folder: its pairs through the likeliest layout, and where each is due."""

    find: Find
    due: dict[str, dict[str, str]]
    """Relative path of the rainy and the clean picture of every pair promised by name, by
    name; of the pairs found alone, where the release does not name them."""
    strays: tuple[str, ...]
    """Relative paths of pictures that belong to no layout of the dataset."""


def survey(
    dataset: Dataset, split: str, folder: Path, names: Callable[[str], Iterable[str]]
) -> Survey | None:
    """Find the layout that explains most of a folder; None where not one picture of it fits.

    Never refuses pictures for their size or their number, as opening the dataset does. `names`
    gives the pairs that a release promises in this split, as far as they are listed. Raises
    DatasetError for two files of one name.
    """
    files = pictures_in(folder)
    finds = [read_layout(layout, folder, files) for layout in dataset.layouts]
    ours = [find for find in finds if find.layout.split == split and (find.pairs or find.lonely)]
    if not ours:
        return None
    most = max(_explained(find) for find in ours)
    find = _likeliest(dataset, [find for find in ours if _explained(find) == most])
    naming = Naming(find.layout)
    promised = [*names(find.layout.release)] or _numbered(find)
    due = {name: naming.files(name) for name in promised}
    for pair in find.pairs:
        held = {"rainy": pair.rainy, "clean": pair.clean}
        due[pair.name] = {
            role: picture.path.relative_to(folder).as_posix()
            for role, picture in held.items()
            if picture is not None
        }
    return Survey(find, due, _strays(dataset, files, finds))


def _explained(find: Find) -> tuple[int, int]:
    return len(find.pairs), len(find.lonely)


def _likeliest(dataset: Dataset, finds: list[Find]) -> Find:
    """Choose among equals by the sizes that most of a sample of the pictures have."""
    if len(finds) == 1:
        return finds[0]
    sizes = _sample(finds[0])

    def fitting(find: Find) -> int:
        allowed = dataset.releases[find.layout.release].sizes
        return sum(allowed is not None and size in allowed for size in sizes)

    return max(finds, key=fitting)  # the first of equals


def _sample(find: Find) -> list[tuple[int, int]]:
    sizes = []
    for pair in find.pairs[:: len(find.pairs) // SAMPLE + 1]:
        try:
            sizes.append(read_size(pair.rainy.path))
        except ImageError:
            continue
    return sizes


def _numbered(find: Find) -> list[str]:
    """Name the pairs that the layout's numbers promise, where they say it all."""
    layout = find.layout
    if layout.numbers is None or set(re.compile(layout.rainy).groupindex) != {"id"}:
        return []
    return [layout.name.format(id=str(number)) for number in layout.numbers]


def _strays(dataset: Dataset, files: Iterable[str], finds: Iterable[Find]) -> tuple[str, ...]:
    known = {name for find in finds for name in (*find.files, *find.lonely)}
    companions = [re.compile(companion) for companion in dataset.companions]
    return tuple(
        file
        for file in files
        if file not in known and not any(name.fullmatch(file) for name in companions)
    )


def only_present(survey: Survey) -> Survey:
    """Leave out the pairs without one file of their own: a named part of a release is a part.

    A clean picture under many rains is a pair's own where no other pair has it.
    """
    held = survey.find.files | set(survey.find.lonely)
    due = {name: paths for name, paths in survey.due.items() if paths.get("rainy") in held}
    orphans = set(survey.find.lonely) - {path for paths in due.values() for path in paths.values()}
    due |= {name: paths for name, paths in survey.due.items() if orphans & set(paths.values())}
    return replace(survey, due=due)
