"""Five small photographs under two rains each: ten pairs that need no download.

The photographs are those of scikit-image's wheel, shrunk by whole-number block means. The rain is
kept beside this file in 8 bit, so that the pictures are the same on every machine and under every
version of the renderer. It was rendered in rainbench's style rain100l, under seeds that leave
between 20 and 30 dB: 1 and 3 for astronaut, then 4, 6; 8, 9; 10, 11; 12, 15.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rainbench import Dataset, Layout, Picture, Release

if TYPE_CHECKING:
    from rainbench import Pixels

HERE = Path(__file__).parent

# File in scikit-image, the part of it (left, top, right, bottom) and the divisor: five shapes,
# odd and even, wide and tall, none over 192x128.
PHOTOGRAPHS: Mapping[str, tuple[str, tuple[int, int, int, int], int]] = MappingProxyType(
    {
        "astronaut": ("astronaut.png", (0, 0, 512, 512), 4),  # 128x128
        "chelsea": ("chelsea.png", (0, 0, 447, 297), 3),  # 149x99
        "coffee": ("coffee.png", (0, 0, 600, 400), 4),  # 150x100
        "motorcycle": ("motorcycle_left.png", (0, 0, 740, 500), 4),  # 185x125
        "rocket": ("rocket.jpg", (160, 0, 480, 424), 4),  # 80x106
    }
)


def make(folder: Path) -> None:
    """Draw the ten pairs into rainy/ and clean/ of an empty folder."""
    from PIL import Image

    (folder / "rainy").mkdir()
    (folder / "clean").mkdir()
    for name, (file, part, divisor) in PHOTOGRAPHS.items():
        with as_file(files("skimage") / "data" / file) as path:
            clean = shrink(Picture(path, part).read(), divisor)
        Image.fromarray(clean).save(folder / "clean" / f"{name}.png")
        for rain in (1, 2):
            rainy = add(clean, HERE / f"{name}-{rain}.png")
            Image.fromarray(rainy).save(folder / "rainy" / f"{name}-{rain}.png")


def shrink(pixels: Pixels, divisor: int) -> Pixels:
    """Average blocks of divisor x divisor pixels of (H, W, 3), rounded half up, in integers."""
    import numpy as np

    height, width = pixels.shape[0] // divisor, pixels.shape[1] // divisor
    blocks = pixels.astype(np.int64).reshape(height, divisor, width, divisor, 3)
    area = divisor * divisor
    means: Pixels = ((blocks.sum(axis=(1, 3)) + area // 2) // area).astype(np.uint8)
    return means


def add(clean: Pixels, streaks: Path) -> Pixels:
    """Add a grey layer of streaks, saturated at 255."""
    import numpy as np
    from PIL import Image

    with Image.open(streaks) as file:
        layer = np.asarray(file, dtype=np.int64)
    rainy: Pixels = np.minimum(clean + layer[:, :, None], 255).astype(np.uint8)
    return rainy


def scene(pair: str) -> str:
    """Name the photograph of a pair: "rocket" of "rocket-2"."""
    return pair.rpartition("-")[0]


DATASET = Dataset(
    title="Toy",
    licence="photographs as scikit-image states them (CC0, public domain, Middlebury)",
    terms="for trying things out; its numbers mean nothing",
    releases={
        "1": Release(
            counts={"test": 10},
            note="Toy is for trying things out: its numbers say nothing about a method.",
        )
    },
    layouts=(
        Layout(
            release="1",
            split="test",
            rainy=r"rainy/(?P<photograph>[a-z]+)-(?P<rain>\d)\.png",
            clean=r"clean/(?P<photograph>[a-z]+)\.png",
            name="{photograph}-{rain}",
            scene=scene,
            example=("rainy/rocket-1.png", "clean/rocket.png", "rainy/rocket-2.png"),
        ),
    ),
    make=make,
    digest="a51b4d02df23eb53ba8009828e5809d5f7809e47bbf0face4840d907f400d2a3",
)
