"""Which photographs known sets show: digests and looks of their clean pictures, no pixel of them.

The index ships compressed beside this file. Its first line, comment lines, a line for each set that
says whether all of it is there, then a line a clean picture, separated by tabs: set, name, scene,
the first 16 bytes of the SHA-256 of its pixels, its look. Pictures of one scene were put together
by `data audit`. A test set that was not at hand is known by another set's pictures of its scenes.
tests/build_scene_index.py makes the index again.
"""

from __future__ import annotations

import lzma
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from rainbench.data.look import ALIKE, Bits, bits, distances
from rainbench.data.manifest import DIGITS
from rainbench.errors import DatasetError

HEAD = "rainbench scenes 1"
INDEX = Path(__file__).parent / "scenes.xz"


@dataclass(frozen=True)
class Known:
    """One clean picture of a known set."""

    set: str
    """ "rain800:train", "bsds500"."""
    name: str
    scene: str
    digest: str
    look: str


@dataclass(frozen=True)
class SceneIndex:
    """The clean pictures that are known."""

    known: tuple[Known, ...]
    whole: frozenset[str]
    """Sets of which every clean picture is here."""
    about: tuple[str, ...] = ()

    @cached_property
    def sets(self) -> Mapping[str, frozenset[str]]:
        """The scenes of each set, as far as they are here."""
        found: dict[str, set[str]] = defaultdict(set)
        for each in self.known:
            found[each.set].add(each.scene)
        return {name: frozenset(scenes) for name, scenes in found.items()}

    @cached_property
    def scenes(self) -> frozenset[str]:
        """Every scene that is here."""
        return frozenset(each.scene for each in self.known)

    def scene_of(self, digest: str, look: str | None) -> str | None:
        """Name the scene of a picture, by its pixels, else by its look; None: it is not here."""
        by_pixels = self._by_digest.get(digest[:DIGITS])
        if by_pixels is not None or look is None or not self.known:
            return by_pixels
        apart = distances(look, self._looks)
        nearest = int(np.argmin(apart))
        return self.known[nearest].scene if apart[nearest] <= ALIKE else None

    def set_of(self, digests: Iterable[str]) -> str | None:
        """Name the set that all of some pictures, by their pixels, are of; None: there is none."""
        wanted = {digest[:DIGITS] for digest in digests}
        held: dict[str, set[str]] = defaultdict(set)
        for each in self.known:
            held[each.set].add(each.digest)
        return next((name for name, known in held.items() if wanted and wanted <= known), None)

    @cached_property
    def _by_digest(self) -> Mapping[str, str]:
        return {each.digest: each.scene for each in self.known}

    @cached_property
    def _looks(self) -> Bits:
        return bits([each.look for each in self.known])


@cache
def read_scene_index(path: Path = INDEX) -> SceneIndex:
    """Read an index, the one that ships if no other. Raises DatasetError where it is none."""
    try:
        head, *lines = lzma.decompress(path.read_bytes()).decode().splitlines()
        if head != HEAD:
            raise ValueError(f"{head!r} at its head")
        about = tuple(line[2:] for line in lines if line.startswith("# "))
        rows = [line.split("\t") for line in lines if not line.startswith("#")]
        whole = frozenset(row[0] for row in rows if row[1:] == ["whole"])
        known = tuple(Known(*row) for row in rows if len(row) == 5)
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise DatasetError(
            expected="an index of scenes", got=f"{path} ({error})", now="reinstall rainbench"
        ) from error
    return SceneIndex(known, whole, about)


def write_scene_index(path: Path, index: SceneIndex) -> None:
    """Write an index."""
    lines = [HEAD, *(f"# {line}" for line in index.about)]
    lines += [f"{name}\t{'whole' if name in index.whole else 'part'}" for name in index.sets]
    lines += ["\t".join([e.set, e.name, e.scene, e.digest, e.look]) for e in index.known]
    text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
