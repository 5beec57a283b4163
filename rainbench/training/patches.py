"""Clean photographs under rendered rain: batch s is a pure function of the seed and s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

from rainbench.data.look import ALIKE, bits, distances, look
from rainbench.errors import TrainingError
from rainbench.image import SUFFIXES, Pixels, read_pixels
from rainbench.streaks.rain import RainStyle, blend_streaks, render_streaks
from rainbench.training.material import WHOLE, Batch, PicturePair

# Key of the counter-based generator for validation pictures; training steps never get there.
VALIDATION = 2**63


@dataclass(frozen=True)
class Photograph:
    """A clean photograph under its file's name."""

    name: str
    pixels: Pixels

    @cached_property
    def look(self) -> str:
        """What tells its scene from others."""
        return look(self.pixels)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """Photographs under rain that is rendered patch by patch."""

    photographs: tuple[Photograph, ...]
    kept: tuple[Photograph, ...]
    """Those kept apart for validation."""
    style: RainStyle
    seed: int
    batch: int
    patch: int

    @property
    def identity(self) -> Mapping[str, object]:
        """What decides the batches: the style, and digests of names and pixels."""
        return {
            "style": asdict(self.style),
            "photographs": pixels_digest(self.photographs),
            "validation": pixels_digest(self.kept),
        }

    def make(self, step: int, part: slice = WHOLE) -> Batch:
        """Render step `step`'s batch, or a part of it.

        The draws of a batch follow each other, so that a part costs as much as the whole.
        """
        import torch

        draw = generator(self.seed, step)
        pairs = [self._patch(draw) for _ in range(self.batch)][part]
        rainy, clean = (torch.from_numpy(np.stack(each)) for each in zip(*pairs, strict=True))
        return rainy, clean

    def validation(self) -> list[PicturePair]:
        """Render each photograph that is kept apart once, whole."""
        return [
            (self._rained(each.pixels, generator(self.seed, VALIDATION + i)), each.pixels)
            for i, each in enumerate(self.kept)
        ]

    def _patch(self, draw: np.random.Generator) -> PicturePair:
        pixels = self.photographs[draw.integers(len(self.photographs))].pixels
        height, width = pixels.shape[:2]
        check_room(self.patch, width, height)
        top, left = draw.integers(height - self.patch + 1), draw.integers(width - self.patch + 1)
        clean = pixels[top : top + self.patch, left : left + self.patch]
        if draw.integers(2):
            clean = clean[:, ::-1]
        return self._rained(clean, draw), clean

    def _rained(self, clean: Pixels, draw: np.random.Generator) -> Pixels:
        height, width = clean.shape[:2]
        return blend_streaks(
            clean, render_streaks(height, width, self.style, draw), self.style.blend
        )


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
    there are. A photograph that looks like one of those kept, or like its mirror image, shows
    the same scene and is in neither part.
    """
    ranked = sorted(photographs, key=lambda p: sha256(p.name.encode()).digest())
    apart = {photograph.name for photograph in ranked[:kept]}
    validation = [p for p in photographs if p.name in apart]
    shown = bits([p.look for p in validation])
    training = [
        p
        for p in photographs
        if p.name not in apart and not (distances(p.look, shown) <= ALIKE).any()
    ]
    if not training:
        raise TrainingError(
            expected=f"more than the {kept} photographs kept for validation, of other scenes",
            got=f"{len(ranked)}",
            now="give more photographs, or --validation with a smaller number",
        )
    return training, validation


def generator(seed: int, counter: int) -> np.random.Generator:
    """Make the generator of one step: counter-based, so that no state needs to be kept."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, counter], np.uint64)))


def pixels_digest(photographs: Sequence[Photograph]) -> str:
    """Digest names and pixels of photographs, for the record."""
    whole = sha256()
    for photograph in photographs:
        whole.update(f"{photograph.name} {photograph.pixels.shape}\n".encode())
        whole.update(photograph.pixels.tobytes())
    return whole.hexdigest()


def check_room(patch: int, width: int, height: int) -> None:
    """See that a picture has room for a patch. Raises TrainingError."""
    if min(height, width) < patch:
        raise TrainingError(
            expected=f"pictures of at least {patch}x{patch} pixels",
            got=f"one of {width}x{height}",
            now="take a smaller --patch, or larger pictures",
        )
