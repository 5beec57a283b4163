"""A small dataset as a user's own plug-in, whose sources are on the loopback address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from tests.archives import zip_bytes
from tests.pictures import random_pixels

PAIRS = 4

_PLUGIN = '''"""Pairs on the loopback address."""

from rainbench import Dataset, Download, Layout, Release, Source

SOURCES = {sources!r}


def split(name):
    return Layout.numbered(
        f"{{name}}/rainy/rain-#.png", f"{{name}}/norain/norain-#.png", release="1", split=name,
        numbers=range(1, {pairs} + 1), name="{{id}}",
    )


DATASET = Dataset(
    title="Served",
    terms="for tests",
    releases={{"1": Release(counts={{"test": {pairs}, "train": {pairs}}})}},
    layouts=(split("test"), split("train")),
    sources=(
        *(
            Source(
                keeper=f"keeper {{number}}", host="http", url=addresses[0], release="1",
                splits=("test",),
                files=tuple(
                    Download(address=a, name=a.rpartition("/")[2]) for a in addresses
                ),
            )
            for number, addresses in enumerate(SOURCES, start=1)
        ),
        Source(
            keeper="the authors", host="by-hand", url="https://pan.example/s/1", release="1",
            splits=("test", "train"), steps=("the code is 4qnh",),
        ),
    ),
)
'''


def write_plugin(folder: Path, sources: Sequence[Sequence[str]]) -> Path:
    """Write the dataset's file: for each source the addresses of its files."""
    file = folder / "served.py"
    text = _PLUGIN.format(sources=[list(addresses) for addresses in sources], pairs=PAIRS)
    file.write_text(text, encoding="utf-8")
    return file


def pictures(pairs: int = PAIRS, split: str = "test", size: int = 40) -> dict[str, bytes]:
    """Draw the files of a split, noise that does not shrink."""
    files = {}
    for number in range(1, pairs + 1):
        for name in (f"rainy/rain-{number}.png", f"norain/norain-{number}.png"):
            pixels = random_pixels(size, size, number)
            files[f"{split}/{name}"] = cv2.imencode(".png", pixels)[1].tobytes()
    return files


def archive(pairs: int = PAIRS, split: str = "test", size: int = 40) -> bytes:
    """Pack a split's files, in a folder of the dataset's name."""
    files = {f"Served/{name}": held for name, held in pictures(pairs, split, size).items()}
    return zip_bytes(files)
