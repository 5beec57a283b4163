"""The pictures in a folder, and how a list of them is said."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")

# Wider than what the suite reads: a stray .bmp is a stray picture, a README is not.
PICTURE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jp2", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
# The record of an installed part of a dataset: what it holds is no part of the folder it is in.
RECORD = "dataset.json"

# What systems and archivers leave behind. Names with a leading dot are ignored too.
LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


def pictures_in(folder: Path) -> tuple[str, ...]:
    """List the pictures under a folder: relative POSIX paths, sorted, numbers by value.

    Links are followed, each folder once; hidden files, what systems leave behind and installed
    parts inside the folder are not seen.
    """
    found = []
    seen = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        folders[:] = [] if real in seen else [name for name in folders if not is_litter(name)]
        is_part = RECORD in files and Path(here).parent == folder
        if is_part:
            folders.clear()
        if is_part or real in seen:
            continue
        seen.add(real)
        relative = Path(here).relative_to(folder)
        found += [(relative / name).as_posix() for name in files if is_picture(name)]
    return tuple(sorted(found, key=natural))


def is_picture(name: str) -> bool:
    """Whether a file name is that of a picture of any kind."""
    return Path(name).suffix.lower() in PICTURE_SUFFIXES and not is_litter(name)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Give the key that sorts numbers inside names by value: 2 before 10."""
    parts = (part for part in re.split(r"(\d+)", text) if part)
    key = tuple((1, int(part), "") if part.isdecimal() else (2, 0, part) for part in parts)
    return (*key, (0, 0, text))


def some(names: Sequence[str], most: int = 3) -> str:
    """Say the first few of many names: "a, b, c and 97 more"."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def spread(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """Pick at most so many of a sequence, evenly, the first and the last among them."""
    if len(items) <= most:
        return tuple(items)
    return tuple(items[round(i * (len(items) - 1) / (most - 1))] for i in range(most))


def is_litter(name: str) -> bool:
    """Whether a file or folder name is that of what systems leave behind, or hidden."""
    return name.startswith(".") or name.casefold() in LITTER
