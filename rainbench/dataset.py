"""What a file in datasets/ must say: one frozen DATASET."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from rainbench.errors import ImageError, PluginError

if TYPE_CHECKING:
    from pathlib import Path

    from rainbench.image import Picture, Pixels
    from rainbench.method import Paper
    from rainbench.origin import Source

Half = Literal["left", "right"]

Given = Literal["rainy", "clean"]
"""Which picture of a pair a method is given."""


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

    def read(self) -> tuple[Pixels, Pixels | None]:
        """Decode the rainy and the clean picture: RGB, (H, W, 3), 8 bit, of one size.

        Raises ImageError, which names both files where their sizes differ.
        """
        rainy = self.rainy.read()
        clean = None if self.clean is None else self.clean.read()
        if self.clean is not None and clean is not None and rainy.shape != clean.shape:
            raise ImageError(
                expected=f"a rainy and a clean picture of one size for {self.name}",
                got=f"{_sized(self.rainy, rainy)} and {_sized(self.clean, clean)}",
                now="fetch both files from one release of the dataset",
            )
        return rainy, clean


def _sized(picture: Picture, pixels: Pixels) -> str:
    return f"{picture.path} of {pixels.shape[1]}x{pixels.shape[0]} pixels"


@dataclass(frozen=True, kw_only=True)
class Release:
    """One published state of a dataset; numbers of two releases are never mixed."""

    counts: Mapping[str, int | None]
    """Pairs per split, as published; None: nobody has said how many."""
    sizes: frozenset[tuple[int, int]] | None = None
    """(width, height) of a rainy picture, or half, in pixels, where that tells releases apart."""
    note: str = ""
    fingerprint: Mapping[str, Mapping[str, tuple[float, float]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """What the rainy input itself scores: PSNR in dB and SSIM, by split and protocol."""
    spots: Mapping[str, Mapping[str, tuple[str, str]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """First digits of the pixel digests of a few pairs, rainy and clean, by split and pair: they
    tell sets of the same names and sizes apart. Empty for a picture whose digest is not known."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One arrangement of one split's files on disk, as regular expressions over relative paths.

    Paths are POSIX, relative to the dataset's folder, and must match whole. The named groups
    of `clean` are the key that pairs; `rainy` has those groups and may have more (one clean
    picture under many rains). A side-by-side layout has no `clean` expression: `rainy_half`
    says which half of each file is the rainy one. With neither, there is no ground truth.
    Raises PluginError for expressions that cannot pair.
    """

    release: str
    split: str
    rainy: str
    clean: str | None = None
    rainy_half: Half | None = None
    name: str
    """The pair's name, a format string over the groups: "rain-{id:0>3}"."""
    scene: Callable[[str], str] | None = None
    """The scene of a pair, from its name; None: every pair is a scene of its own."""
    numbers: Sequence[int] | None = None
    """The numbers that the group `id` may have; None: no group `id`, or any."""
    part_of: str = ""
    """The split that this one is a selection of, by `numbers`; empty: it is one of its own."""
    by_content: bool = False
    """Whether suffixes lie in this arrangement, and files are read by what they hold."""
    example: tuple[str, ...]
    """A few file names in this layout, so that it can be tested without the data."""

    def __post_init__(self) -> None:
        try:
            rainy = re.compile(self.rainy).groupindex
            clean = re.compile(self.clean or "").groupindex
        except re.error as error:
            raise _broken(self, f"a regular expression that is none ({error})") from error
        if not clean.keys() <= rainy.keys():
            raise _broken(self, f"groups of clean that rainy lacks ({', '.join(clean)})")
        if self.clean is not None and self.rainy_half is not None:
            raise _broken(self, "both a clean picture and a clean half")

    def __str__(self) -> str:
        """Say the arrangement by its first example: "rainy/1.png with norain/1.png"."""
        return " with ".join(self.example[: 1 if self.clean is None else 2])

    @classmethod
    def numbered(
        cls,
        rainy: str,
        clean: str | None = None,
        *,
        release: str,
        split: str,
        numbers: Sequence[int],
        name: str,
        rainy_half: Half | None = None,
        scene: Callable[[str], str] | None = None,
        part_of: str = "",
    ) -> Layout:
        """Describe files that differ by one number: "rainy/rain-###.png".

        A lone # is a number without leading zeros, more of them are so many digits. `name` is a
        format string over {id}.
        """
        patterns = [path for path in (rainy, clean) if path is not None]
        ends = dict.fromkeys((numbers[0], numbers[-1]))
        return cls(
            release=release,
            split=split,
            rainy=_numbered_expression(rainy),
            clean=None if clean is None else _numbered_expression(clean),
            rainy_half=rainy_half,
            name=name,
            scene=scene,
            numbers=numbers,
            part_of=part_of,
            example=tuple(_put_number(path, number) for number in ends for path in patterns),
        )


def _numbered_expression(path: str) -> str:
    digits = path.count("#")
    number = r"[1-9]\d*|0" if digits == 1 else rf"\d{{{digits}}}"
    return re.escape(path).replace(re.escape("#" * digits), f"(?P<id>{number})")


def _put_number(path: str, number: int) -> str:
    digits = path.count("#")
    return path.replace("#" * digits, f"{number:0{digits}d}")


def _broken(layout: Layout, got: str) -> PluginError:
    return PluginError(
        expected=f"a layout of the split {layout.split} that pairs files",
        got=got,
        now="mend the dataset's file",
    )


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A set of rainy pictures with ground truth, as published.

    Raises PluginError for a layout of a release or split that is not counted.
    """

    title: str
    paper: Paper | None = None
    licence: str = "none stated"
    terms: str = ""
    aliases: tuple[str, ...] = ()
    """Other names of the dataset and of the folder it is in; letter case, - and _ are one."""
    split_aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names that the literature gives to one of its splits: {"Test100": "test100"}."""
    distinction: str = ""
    """What tells it from other datasets of its names: "the first release, 100 test pairs"."""
    traps: tuple[str, ...] = ()
    """What has misled people about it, a sentence each."""
    sources: tuple[Source, ...] = ()
    """Where to get it, the most trusted first."""
    releases: Mapping[str, Release]
    layouts: tuple[Layout, ...]
    """The first of several that fit equally well is taken."""
    companions: tuple[str, ...] = ()
    """Regular expressions over relative paths of pictures that come along and are not used."""
    make: Callable[[Path], None] | None = None
    """Draws the dataset into an empty folder; None: it must be fetched."""
    digest: str = ""
    """SHA-256 over the pixel digests of a made dataset, in order of file name."""
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    manifest: str = ""
    """The file in manifests/, beside the dataset's own, that digests its pictures as published."""

    def __post_init__(self) -> None:
        for layout in self.layouts:
            release = self.releases.get(layout.release)
            if release is None or layout.split not in release.counts:
                raise PluginError(
                    expected=f"releases of {self.title} that count what its layouts hold",
                    got=f"no count of {layout.release!r}, {layout.split!r}",
                    now="add it to the dataset's releases",
                )

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of its splits, sorted."""
        return tuple(sorted({layout.split for layout in self.layouts}))
