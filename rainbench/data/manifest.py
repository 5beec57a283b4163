"""What a dataset's pictures digest to as published: the files in datasets/manifests/.

A manifest is text compressed with xz: its first line, comment lines that begin with # and say
where the digests are from, then a line a pair, separated by tabs: release, split, the pair's
name, and of the rainy and of the clean picture the digest of its file and of its pixels, "-" where
that is not known. A digest is the first 16 bytes of a SHA-256 in hexadecimal: enough to tell any
two pictures apart, in half the room. The halves of one file side by side have one file digest.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rainbench.dataset import Dataset
from rainbench.errors import DatasetError
from rainbench.shelves.plugin import Plugin

HEAD = "rainbench manifest 1"
DIGITS = 32
"""Hexadecimal digits kept of a SHA-256."""

_UNKNOWN = "-"


@dataclass(frozen=True)
class Digests:
    """What one picture digests to; empty where nobody has published it."""

    file: str = ""
    """Of the file's bytes."""
    pixels: str = ""
    """Of the decoded RGB bytes, of the picture's own half where two stand side by side."""


@dataclass(frozen=True)
class Row:
    """One pair as published."""

    release: str
    split: str
    name: str
    rainy: Digests
    clean: Digests

    @property
    def pictures(self) -> dict[str, Digests]:
        """The two pictures by what they are: rainy, clean."""
        return {"rainy": self.rainy, "clean": self.clean}


@dataclass(frozen=True)
class Manifest:
    """Every pair that a dataset's digests are known of."""

    about: tuple[str, ...]
    """Where the digests are from, a line each."""
    rows: tuple[Row, ...]

    def split(self, release: str, split: str) -> Mapping[str, Row]:
        """The pairs of one split of one release, by name; empty where none is known."""
        return {row.name: row for row in self.rows if (row.release, row.split) == (release, split)}

    @cached_property
    def holders(self) -> Mapping[str, tuple[tuple[Row, str], ...]]:
        """Whose picture a digest is, of a file or of pixels: pairs, and which of the two it is."""
        found: dict[str, list[tuple[Row, str]]] = {}
        for row in self.rows:
            for role, digests in row.pictures.items():
                for digest in {digests.file, digests.pixels} - {""}:
                    found.setdefault(digest, []).append((row, role))
        return {digest: tuple(holders) for digest, holders in found.items()}


def find_manifest(plugin: Plugin[Dataset]) -> Manifest | None:
    """Read the manifest that a dataset's file names; None where it names none."""
    if not plugin.value.manifest:
        return None
    return read_manifest(plugin.origin.parent / "manifests" / plugin.value.manifest)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest. Raises DatasetError where it is missing or not one."""
    try:
        lines = lzma.decompress(path.read_bytes()).decode().splitlines()
    except (OSError, lzma.LZMAError, ValueError) as error:
        raise _broken(path, str(error)) from error
    if lines[:1] != [HEAD]:
        raise _broken(path, f"{lines[0] if lines else 'nothing'!r} at its head")
    about = tuple(line.removeprefix("# ") for line in lines if line.startswith("# "))
    return Manifest(about, tuple(_rows(path, lines[1:])))


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest: the same bytes for the same rows under one version of xz."""
    lines = [HEAD, *(f"# {line}" for line in manifest.about), *map(_line, manifest.rows)]
    text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def _rows(path: Path, lines: list[str]) -> Iterator[Row]:
    for line in lines:
        if line.startswith("#"):
            continue
        fields = ["" if field == _UNKNOWN else field for field in line.split("\t")]
        if len(fields) != 7 or not all(len(field) in (0, DIGITS) for field in fields[3:]):
            raise _broken(path, f"the line {line!r}")
        release, split, name, *digests = fields
        yield Row(release, split, name, Digests(*digests[:2]), Digests(*digests[2:]))


def _line(row: Row) -> str:
    digests = (row.rainy.file, row.rainy.pixels, row.clean.file, row.clean.pixels)
    return "\t".join(
        [row.release, row.split, row.name, *(digest or _UNKNOWN for digest in digests)]
    )


def _broken(path: Path, got: str) -> DatasetError:
    return DatasetError(
        expected="a manifest of a dataset's digests",
        got=f"{got} in {path}",
        now="reinstall rainbench, or build the manifest again",
    )
