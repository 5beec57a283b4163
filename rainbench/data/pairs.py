"""Any folder of pairs: rainy pictures in one subfolder, clean ones in another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rainbench.data.listing import is_picture, natural, some
from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError
from rainbench.image import Picture

RAINY_FOLDERS = ("rainy", "rain", "input", "rainy_image")
CLEAN_FOLDERS = ("clean", "norain", "target", "gt", "ground_truth")


@dataclass(frozen=True)
class FolderPairs:
    """What a folder of pairs holds."""

    pairs: tuple[ImagePair, ...]
    """Sorted by name, numbers by value."""
    lonely: tuple[str, ...]
    """Relative paths of the pictures whose partner is missing."""


def read_folder(folder: Path) -> FolderPairs:
    """Pair a folder's pictures by name: one clean picture, one or many rainy ones.

    rain-7 and norain-7, 7x2 and 7 are pairs; 7_1 and 7_2 are two rains over 7. A pair is named
    after its rainy file, its scene after its clean one. Raises DatasetError where the folder has
    no such subfolders, or two pictures of one name.
    """
    rainy = _by_stem(_subfolder(folder, RAINY_FOLDERS))
    clean = _by_stem(_subfolder(folder, CLEAN_FOLDERS))
    by_key = _by_key(clean.values())
    _by_key(rainy.values())
    pairs = []
    used = set()
    for name, file in rainy.items():
        partner = _partner(_key(name), by_key)
        if partner is not None:
            pairs.append(ImagePair(name, Picture(file), Picture(partner), partner.stem))
            used |= {file, partner}
    lonely = {*rainy.values(), *clean.values()} - used
    names = (file.relative_to(folder).as_posix() for file in lonely)
    return FolderPairs(
        tuple(sorted(pairs, key=lambda pair: natural(pair.name))),
        tuple(sorted(names, key=natural)),
    )


def _subfolder(folder: Path, names: Iterable[str]) -> Path:
    found = [child for child in sorted(folder.iterdir()) if child.name.casefold() in names]
    folders = [child for child in found if child.is_dir()]
    if len(folders) != 1:
        raise DatasetError(
            expected=f"a folder of pairs with one subfolder of {', '.join(names)}",
            got=f"{some([child.name for child in folders]) or 'none of them'} in {folder}",
            now=f"put rainy pictures in rainy and clean ones in {CLEAN_FOLDERS[0]}, "
            "or give a dataset's name to find its own layout",
        )
    return folders[0]


def _by_stem(folder: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if is_picture(file.name) and file.is_file():
            if file.stem in files:
                raise _twice(files[file.stem], file)
            files[file.stem] = file
    return files


def _by_key(files: Iterable[Path]) -> dict[str, Path]:
    keys: dict[str, Path] = {}
    for file in files:
        other = keys.setdefault(_key(file.stem), file)
        if other is not file:
            raise _twice(other, file)
    return keys


def _key(stem: str) -> str:
    """Name what a rainy and a clean file share: Rain200H's rainy norain-7x2 is norain-7's."""
    return re.fullmatch(r"(?:(?:no)?rain-)?(.+?)(?:x2)?", stem, re.DOTALL)[1]  # type: ignore[index]


def _partner(key: str, clean: Mapping[str, Path]) -> Path | None:
    return clean.get(key) or clean.get(key.rpartition("_")[0])


def _twice(first: Path, second: Path) -> DatasetError:
    return DatasetError(
        expected=f"one picture for a name in {first.parent}",
        got=f"{first.name} and {second.name}",
        now="take one of them away",
    )
