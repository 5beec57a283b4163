"""Images a second of `data verify` beside plain decoding of the same files, on all cores.

On pictures drawn here, PNGs of Rain100's size, held by their pixels alone: each is read, decoded
and digested. The two are timed in turns. With RAINBENCH_DATA set, Rain100L as installed too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from rainbench.costs.machine import cores
from rainbench.data.manifest import Digests, Manifest, Row, write_manifest
from rainbench.data.verify import verify_dataset
from rainbench.image import pixel_sha256, read_pixels, write_png
from tests.pictures import random_pixels

PAIRS = 60
ROUNDS = 7
LEAST = 0.8
BUDGETS = {"verifying / decoding, seconds": 1 / LEAST}

PLUGIN = f"""
from rainbench import Dataset, Layout, Release

DATASET = Dataset(
    title="Made up",
    releases={{"1": Release(counts={{"test": {PAIRS}}})}},
    layouts=(
        Layout.numbered(
            "rain/#.png", "norain/#.png",
            release="1", split="test", numbers=range(1, {PAIRS + 1}), name="{{id}}",
        ),
    ),
    manifest="made.xz",
)
"""


def measure() -> dict[str, float]:
    """Compare on made pictures, whose bytes no manifest knows, and on Rain100L."""
    with TemporaryDirectory(prefix="rainbench-verify-") as name:
        spec = lay_out(Path(name))
        found = compare(spec, Path(name) / "made")
    data = os.environ.get("RAINBENCH_DATA")
    if data:
        real = compare("rain100l", Path(data) / "rain100l")
        found |= {f"rain100l {what}": figure for what, figure in real.items()}
    return found


def compare(spec: str, folder: Path) -> dict[str, float]:
    """Time both in turns; images a second, and the median of the ratios."""
    files = sorted(folder.rglob("*.png"))
    decode(files)
    times = [
        (_seconds(lambda: decode(files)), _seconds(lambda: _verify(spec, folder)))
        for _ in range(ROUNDS)
    ]
    decoding, verifying = (median(each) for each in zip(*times, strict=True))
    return {
        "decoding, images/s": len(files) / decoding,
        "verifying, images/s": len(files) / verifying,
        "verifying / decoding, seconds": median(b / a for a, b in times),
    }


def decode(files: Sequence[Path]) -> None:
    """Decode the files and do nothing with them."""
    with ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(read_pixels, files):
            pass


def lay_out(place: Path) -> str:
    """Draw pairs with a manifest of their pixels, and return the path of their dataset's file."""
    rows = []
    for number in range(1, PAIRS + 1):
        clean = random_pixels(321, 481, seed=number)
        rainy = np.minimum(clean, 200).astype(np.uint8)
        for kind, pixels in (("rain", rainy), ("norain", clean)):
            (place / "made" / kind).mkdir(parents=True, exist_ok=True)
            write_png(place / "made" / kind / f"{number}.png", pixels)
        digests = [Digests(pixels=pixel_sha256(pixels)[:32]) for pixels in (rainy, clean)]
        rows.append(Row("1", "test", str(number), *digests))
    (place / "manifests").mkdir()
    write_manifest(place / "manifests" / "made.xz", Manifest((), tuple(rows)))
    plugin = place / "made.py"
    plugin.write_text(PLUGIN, encoding="utf-8")
    return str(plugin)


def _verify(spec: str, folder: Path) -> None:
    for found in verify_dataset(spec, folder=folder):
        if not found.as_published:
            raise ValueError(f"{spec} is not as published: {found}")


def _seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
