"""Build a dataset's manifest from published lists of digests, from an installed copy, or both.

    python -m tests.build_manifest NAME OUT [--installed] [--pixels|--files LIST PREFIX RELEASE]...

A LIST is a table separated by tabs: a SHA-256 in the first column (of decoded RGB pixels, or of the
file), a path in the last. Paths below PREFIX ("" for all) are read through the layouts of RELEASE.
What two inputs say of one picture must agree. Exit status 1 where it does not.

The manifests that ship were built by

    M=$RAINBENCH_DATA/manifests
    python -m tests.build_manifest rain100l datasets/manifests/rain100l.xz --installed \\
        --pixels $M/rain100_pixel_sha256.tsv Rain100L_orig/ original \\
        --pixels $M/rain100_pixel_sha256.tsv Rain100L_crop480/ rain13k
    python -m tests.build_manifest rain100h datasets/manifests/rain100h.xz \\
        --pixels $M/rain100_pixel_sha256.tsv Rain100H_orig/ original \\
        --pixels $M/rain100_pixel_sha256.tsv Rain100H_crop480/ rain13k
    python -m tests.build_manifest rain800 datasets/manifests/rain800.xz --installed
    python -m tests.build_manifest real datasets/manifests/real.xz --installed
    python -m tests.build_manifest rain1400 datasets/manifests/rain1400.xz \\
        --files $M/rain1400_sha256.tsv "" original
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias

from rainbench.data.listing import natural
from rainbench.data.manifest import DIGITS, Digests, Manifest, Row, read_manifest, write_manifest
from rainbench.data.opening import open_dataset
from rainbench.data.recognise import read_layout
from rainbench.dataset import Dataset, ImagePair
from rainbench.errors import DatasetError, RainbenchError
from rainbench.image import Picture, pixel_sha256
from rainbench.registry import find_dataset

Kind: TypeAlias = Literal["pixels", "file"]
Key: TypeAlias = tuple[str, str, str, str]
"""Release, split, the pair's name, and rainy or clean."""
Said: TypeAlias = Iterator[tuple[Key, Kind, str]]


def main(words: list[str]) -> int:
    """Build one manifest and say what is in it."""
    parser = argparse.ArgumentParser(prog="tests.build_manifest")
    parser.add_argument("name")
    parser.add_argument("out", type=Path)
    parser.add_argument("--installed", action="store_true")
    for kind in ("pixels", "files"):
        parser.add_argument(f"--{kind}", nargs=3, action="append", default=[])
    asked = parser.parse_args(words)
    dataset = find_dataset(asked.name)
    said: list[tuple[Key, Kind, str]] = []
    about = [f"{dataset.title}: the first {DIGITS // 2} bytes of SHA-256 digests"]
    kinds: tuple[tuple[Kind, list[list[str]]], ...] = (
        ("pixels", asked.pixels),
        ("file", asked.files),
    )
    for kind, lists in kinds:
        for file, prefix, release in lists:
            about.append(f"{kind}, {release}: from {Path(file).name} {prefix}".rstrip())
            said += from_list(dataset, Path(file), prefix, release, kind)
    if asked.installed:
        about.append("file and pixels: from an installed copy")
        said += from_installed(asked.name, dataset)
    manifest = Manifest(tuple(about), tuple(join(said)))
    write_manifest(asked.out, manifest)
    if read_manifest(asked.out) != manifest:
        raise DatasetError(expected="to read what was written", got=str(asked.out), now="report it")
    print(f"{asked.out}: {len(manifest.rows)} pairs, {asked.out.stat().st_size} bytes")
    return 0


def from_list(dataset: Dataset, file: Path, prefix: str, release: str, kind: Kind) -> Said:
    """Read a list of digests through the layout of each split that fits most of it."""
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    digests = {
        fields[-1].removeprefix(prefix): fields[0][:DIGITS]
        for fields in lines
        if fields[-1].startswith(prefix)
    }
    for split in dataset.releases[release].counts:
        layouts = [
            each for each in dataset.layouts if (each.release, each.split) == (release, split)
        ]
        finds = [read_layout(layout, Path(), digests) for layout in layouts]
        for pair in max(finds, key=lambda find: len(find.pairs)).pairs if finds else ():
            for role, picture in pictures(pair):
                digest = digests[picture.path.as_posix()]
                yield (release, split, pair.name, role), kind, digest


def from_installed(name: str, dataset: Dataset) -> Said:
    """Digest every split that is installed."""
    for split in dataset.splits:
        try:
            found = open_dataset(f"{name}:{split}")
        except DatasetError as error:
            print(f"{split}: {error.got}", file=sys.stderr)
            continue
        if not dataset.releases[found.release].counts.get(split):
            continue  # what nobody published cannot differ from it
        with ThreadPoolExecutor() as pool:
            for pair, digests in zip(found.pairs, pool.map(_digest, found.pairs), strict=True):
                for role, (file, pixels) in digests.items():
                    key = (found.release, split, pair.name, role)
                    yield key, "file", file
                    yield key, "pixels", pixels


def _digest(pair: ImagePair) -> dict[str, tuple[str, str]]:
    return {
        role: (
            sha256(picture.path.read_bytes()).hexdigest()[:DIGITS],
            pixel_sha256(picture.read())[:DIGITS],
        )
        for role, picture in pictures(pair)
    }


def pictures(pair: ImagePair) -> Iterator[tuple[str, Picture]]:
    """Give a pair's pictures by what they are."""
    yield "rainy", pair.rainy
    if pair.clean is not None:
        yield "clean", pair.clean


def join(said: Iterable[tuple[Key, Kind, str]]) -> list[Row]:
    """Put what is known of each pair in a row. Raises DatasetError where two sources differ."""
    known: dict[Key, dict[Kind, str]] = {}
    for key, kind, digest in said:
        other = known.setdefault(key, {}).setdefault(kind, digest)
        if other != digest:
            raise DatasetError(
                expected=f"one digest of {' '.join(key)}",
                got=f"{other} and {digest}",
                now="find out which copy is as published",
            )
    pairs = sorted({key[:3] for key in known}, key=lambda key: (key[0], key[1], natural(key[2])))
    return [
        Row(
            *pair,
            _digests(known.get((*pair, "rainy"), {})),
            _digests(known.get((*pair, "clean"), {})),
        )
        for pair in pairs
    ]


def _digests(known: Mapping[Kind, str]) -> Digests:
    return Digests(known.get("file", ""), known.get("pixels", ""))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RainbenchError as error:
        sys.exit(str(error))
