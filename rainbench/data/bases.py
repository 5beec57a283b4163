"""Folders inside a folder that a layout's paths may be relative to: archives nest at will."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from rainbench.dataset import Layout


@dataclass(frozen=True)
class Base:
    """A folder and the pictures under it."""

    path: str
    """Relative to the folder that was given, POSIX; empty: that folder itself."""
    all_files: Sequence[str]
    samples: Sequence[str]
    """A few files of each folder under it, relative to it: enough to tell whether a layout fits."""

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The pictures under it, relative to it, in the order given."""
        start = f"{self.path}/" if self.path else ""
        return tuple(file[len(start) :] for file in self.all_files if file.startswith(start))


def find_bases(files: Sequence[str]) -> tuple[Base, ...]:
    """List every folder that holds pictures, at any depth, the outer ones first."""
    by_folder: dict[str, list[str]] = {}
    for file in files:
        by_folder.setdefault(file.rpartition("/")[0], []).append(file)
    samples = [
        file
        for held in by_folder.values()
        for file in dict.fromkeys((held[0], held[len(held) // 2], held[-1]))
    ]
    under: dict[str, list[str]] = {"": samples}
    for file in samples:
        for folder in PurePosixPath(file).parents:
            if str(folder) != ".":
                under.setdefault(str(folder), []).append(file[len(str(folder)) + 1 :])
    return tuple(
        Base(path, files, under[path]) for path in sorted(under, key=lambda p: (p.count("/"), p))
    )


def may_hold(base: Base, layout: Layout) -> bool:
    """Whether one of a base's sampled files is a rainy picture of the layout by its name."""
    rainy = re.compile(layout.rainy)
    return any(rainy.fullmatch(sample) for sample in base.samples)
