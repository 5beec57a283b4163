"""Training patches: batch s is a pure function of the seed and s."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rainbench.errors import TrainingError
from rainbench.image import SUFFIXES, Pixels, read_pixels
from rainbench.rain import RainStyle, add_streaks, render_streaks

if TYPE_CHECKING:
    from torch import Tensor

# Key of the counter-based generator for validation pictures; training steps never get there.
VALIDATION = 2**63


@dataclass(frozen=True)
class Photograph:
    """A clean photograph under its file's name."""

    name: str
    pixels: Pixels


def read_photographs(folder: Path) -> list[Photograph]:
    """Decode every PNG and JPEG directly in `folder`, in order of name.

    Raises ImageError for a file that is no 8-bit RGB picture, TrainingError for a folder
    without pictures.
    """
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise TrainingError(
            expected="a folder of clean photographs (.png, .jpg)",
            got=f"none in {folder}",
            now="check the path given as --clean",
        )
    return [Photograph(path.name, read_pixels(path)) for path in paths]


def split(photographs: list[Photograph], kept: int) -> tuple[list[Photograph], list[Photograph]]:
    """Part photographs into (training, validation), `kept` of them in validation.

    The choice is by digest of the name, so that it depends neither on chance nor on how many
    there are; one photograph is one scene, and none is in both parts.
    """
    ranked = sorted(photographs, key=lambda p: sha256(p.name.encode()).digest())
    if len(ranked) <= kept:
        raise TrainingError(
            expected=f"more than the {kept} photographs kept for validation",
            got=f"{len(ranked)}",
            now="give more photographs, or --validation with a smaller number",
        )
    validation = {photograph.name for photograph in ranked[:kept]}
    return (
        [p for p in photographs if p.name not in validation],
        [p for p in photographs if p.name in validation],
    )


def generator(seed: int, counter: int) -> np.random.Generator:
    """Make the generator of one step: counter-based, so that no state needs to be kept."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, counter], np.uint64)))


def make_batch(
    photographs: list[Photograph], style: RainStyle, *, seed: int, step: int, batch: int, patch: int
) -> tuple[Tensor, Tensor]:
    """Render step `step`'s batch: (rainy, clean), each (batch, 3, patch, patch) in [0, 1]."""
    draw = generator(seed, step)
    pairs = [_patch(photographs, style, patch, draw) for _ in range(batch)]
    return as_tensor([rainy for rainy, _ in pairs]), as_tensor([clean for _, clean in pairs])


def validation_pairs(
    photographs: list[Photograph], style: RainStyle, *, seed: int
) -> list[tuple[Pixels, Pixels]]:
    """Render each photograph once, whole: (rainy, clean)."""
    return [
        (_rained(photograph.pixels, style, generator(seed, VALIDATION + i)), photograph.pixels)
        for i, photograph in enumerate(photographs)
    ]


def as_tensor(pictures: list[Pixels]) -> Tensor:
    """Stack 8-bit pictures of one size: (N, 3, H, W), float32 in [0, 1], channels last."""
    import torch

    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return stacked.to(torch.float32).div_(255).contiguous(memory_format=torch.channels_last)


def pixels_digest(photographs: list[Photograph]) -> str:
    """Digest names and pixels of photographs, for the record."""
    whole = sha256()
    for photograph in photographs:
        whole.update(f"{photograph.name} {photograph.pixels.shape}\n".encode())
        whole.update(photograph.pixels.tobytes())
    return whole.hexdigest()


def _patch(
    photographs: list[Photograph], style: RainStyle, size: int, draw: np.random.Generator
) -> tuple[Pixels, Pixels]:
    pixels = photographs[draw.integers(len(photographs))].pixels
    height, width = pixels.shape[:2]
    if min(height, width) < size:
        raise TrainingError(
            expected=f"photographs of at least {size}x{size} pixels",
            got=f"one of {width}x{height}",
            now="take a smaller --patch, or larger photographs",
        )
    top, left = draw.integers(height - size + 1), draw.integers(width - size + 1)
    clean = pixels[top : top + size, left : left + size]
    if draw.integers(2):
        clean = clean[:, ::-1]
    return _rained(clean, style, draw), clean


def _rained(clean: Pixels, style: RainStyle, draw: np.random.Generator) -> Pixels:
    height, width = clean.shape[:2]
    return add_streaks(clean, render_streaks(height, width, style, draw))
