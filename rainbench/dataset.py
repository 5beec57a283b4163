"""What a file in datasets/ must say: one frozen DATASET."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from rainbench.image import Picture
    from rainbench.method import Paper

Half = Literal["left", "right"]


@dataclass(frozen=True)
class ImagePair:
    """A rainy picture and its clean one, under the name the dataset gives the pair."""

    name: str
    """The dataset's own name for the pair, the same in every layout; results are filed under it."""
    rainy: Picture
    clean: Picture | None
    """None: a real photograph without ground truth."""
    scene: str
    """What statistics cluster by: pairs of one scene share a background."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One published state of a dataset; numbers of two releases are never mixed."""

    counts: Mapping[str, int]
    """Pairs per split, as published."""
    sizes: frozenset[tuple[int, int]] | None = None
    """(width, height) of its pictures in pixels, where that tells releases apart."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One arrangement of one split's files on disk, as regular expressions over relative paths.

    Paths are POSIX, relative to the dataset's folder, and must match whole. The named groups
    of `clean` are the key that pairs; `rainy` has those groups and may have more (one clean
    picture under many rains). A side-by-side layout has no `clean` expression: `rainy_half`
    says which half of each file is the rainy one.
    """

    release: str
    split: str
    rainy: str
    clean: str | None = None
    rainy_half: Half | None = None
    name: str
    """The pair's name, a format string over the groups: "rain-{id:0>3}"."""
    scene: str = ""
    """The scene's name likewise; empty: the pair's own name."""
    example: tuple[str, ...]
    """A few file names in this layout, so that it can be tested without the data."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A set of rainy pictures with ground truth, as published."""

    title: str
    paper: Paper | None = None
    licence: str = "none stated"
    terms: str = ""
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Where to get it, the most trusted first, in words a person can follow."""
    releases: Mapping[str, Release]
    layouts: tuple[Layout, ...]
    make: Callable[[Path], None] | None = None
    """Draws the dataset into an empty folder; None: it must be fetched."""
    digest: str = ""
    """SHA-256 over the pixel digests of a made dataset, in order of file name."""
    notes: Mapping[str, str] = MappingProxyType({})
