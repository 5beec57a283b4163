"""Paired rain made of clean photographs: rainy, clean and streaks, side by side in folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

import rainbench
from rainbench.errors import UnknownNameError, UsageError
from rainbench.image import SUFFIXES, read_pixels, write_png
from rainbench.runs.document import Document
from rainbench.runs.journal import write_document, writing
from rainbench.streaks.rain import RAIN_STYLES, Blend, as_levels, blend_streaks, render_streaks

RECORD = "rain.json"
"""The file that says how a folder was made."""

PARTS = ("rainy", "clean", "streaks")
"""The folders of pictures."""


def synthesize(
    clean: Path,
    output: Path,
    *,
    style: str,
    blend: Blend | None = None,
    seed: int = 0,
    on_picture: Callable[[int, int], None] = lambda *_: None,
) -> Path:
    """Render rain over every PNG and JPEG in `clean`, into `output`: a folder of pairs.

    `output` gets rainy/, clean/ and streaks/ (grey, 8 bit: levels of light) with PNGs of one
    name, and rain.json. A photograph's rain depends on the style, the seed and its file's name
    alone. `blend` is the style's own where it is None.

    Returns `output`. Raises UnknownNameError for a style that is none, UsageError for a folder
    without pictures, for two pictures of one name, and for an `output` that holds something,
    ImageError for a picture that cannot be read.
    """
    if style not in RAIN_STYLES:
        raise UnknownNameError.among("style of rain", style, RAIN_STYLES)
    photographs = _photographs(clean)
    _check_empty(output)
    chosen = blend or RAIN_STYLES[style].blend
    with _staged(output) as folder:
        for part in PARTS:
            (folder / part).mkdir()
        for done, photograph in enumerate(photographs, start=1):
            pixels = read_pixels(photograph)
            draw = _draw(seed, photograph.stem)
            height, width = pixels.shape[:2]
            layer = render_streaks(height, width, RAIN_STYLES[style], draw)
            rainy = blend_streaks(pixels, layer, chosen)
            levels = as_levels(layer).astype(np.uint8)
            for part, picture in zip(PARTS, (rainy, pixels, levels), strict=True):
                write_png(folder / part / f"{photograph.stem}.png", picture)
            on_picture(done, len(photographs))
        write_document(folder / RECORD, _record(style, chosen, seed, photographs))
    return output


def _record(style: str, blend: Blend, seed: int, photographs: list[Path]) -> Document:
    return {
        "schema": 1,
        "rainbench": rainbench.__version__,
        "style": style,
        "rain_model": asdict(RAIN_STYLES[style]),
        "blend": blend,
        "seed": seed,
        "photographs": [photograph.name for photograph in photographs],
    }


@contextmanager
def _staged(output: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `output` once everything in it is written."""
    folder = output.with_name(output.name + ".part")
    with writing(output):
        if folder.exists():  # what an interruption left: it is sooner made again than checked
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        yield folder
        if output.exists():
            output.rmdir()
        folder.replace(output)


def _photographs(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise UsageError(
            expected="a folder of clean photographs (.png, .jpg)",
            got=f"none in {folder}",
            now="check the path",
        )
    by_name: dict[str, Path] = {}
    for path in paths:
        other = by_name.setdefault(path.stem, path)
        if other is not path:
            raise UsageError(
                expected=f"one photograph for a name in {folder}",
                got=f"{other.name} and {path.name}",
                now="rename one of them",
            )
    return paths


def _check_empty(output: Path) -> None:
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(
            expected="a folder that is not there yet, or is empty",
            got=f"{output}, which holds something" if output.is_dir() else f"the file {output}",
            now="name another, or take it away",
        )


def _draw(seed: int, name: str) -> np.random.Generator:
    counter = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.Philox(key=np.array([seed, counter], np.uint64)))
