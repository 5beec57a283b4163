"""Pairs of datasets, cut into batches by index: batch s is a pure function of the seed and s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from rainbench.errors import TrainingError
from rainbench.image import Pixels
from rainbench.training.decoded import Decoded, DecodedPair, Place
from rainbench.training.material import WHOLE, Batch, PicturePair
from rainbench.training.patches import generator

if TYPE_CHECKING:
    from torch import Tensor


VIEW = 256
"""Pixels of a kept picture that validation looks at, a side: sets hold pictures of megapixels."""


@dataclass(frozen=True)
class TrainingPair:
    """A pair in the split it is of."""

    split: Decoded
    pair: DecodedPair
    key: str
    """What no other pair is called: "rain800:train/7"."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs that patches are cut from, each as likely as another."""

    training: tuple[TrainingPair, ...]
    kept: tuple[TrainingPair, ...]
    """Those kept apart that validation looks at."""
    seed: int
    batch: int
    patch: int
    flip: bool = False
    """Whether every second pair of patches, by chance, is mirrored left to right."""
    device: str = "cpu"
    """Where the pixels lie: mapped from the disk, or resident on a GPU."""

    @cached_property
    def identity(self) -> Mapping[str, object]:
        """What decides the batches: digests of names and pixels."""
        return {"pairs": pairs_digest(self.training), "validation": pairs_digest(self.kept)}

    @property
    def size(self) -> int:
        """How many bytes the pixels of all splits are."""
        return sum(split.pixels.nbytes for split in self._splits)

    def on(self, device: str) -> Pairs:
        """Lay the pixels on a device, once for all batches."""
        return replace(self, device=device)

    def make(self, step: int, part: slice = WHOLE) -> Batch:
        """Cut step `step`'s batch, or a part of it, where the pixels lie."""
        import torch

        draw = generator(self.seed, step)
        # All draws of a batch before any patch, so that a part costs no more than it is.
        chosen = draw.integers(len(self.training), size=self.batch)
        across, down = draw.random((2, self.batch))
        mirrored = draw.integers(2, size=self.batch) * self.flip
        cut = [
            self._cut(self.training[i], (y, x), bool(mirror))
            for i, y, x, mirror in [*zip(chosen, down, across, mirrored, strict=True)][part]
        ]
        rainy, clean = (torch.stack(each) for each in zip(*cut, strict=True))
        return rainy, clean

    def validation(self) -> list[PicturePair]:
        """Give the middle of each kept pair, VIEW pixels a side at most."""
        read = [(each.split.read, each.pair) for each in self.kept]
        return [(_middle(pixels(p.rainy)), _middle(pixels(p.clean))) for pixels, p in read]

    def _cut(
        self, chosen: TrainingPair, at: tuple[float, float], mirror: bool
    ) -> tuple[Tensor, Tensor]:
        place = chosen.pair.rainy
        # A number below 1 times a count is a place from 0 on; both pictures have one size.
        top, left = (
            int(share * (length - self.patch + 1))
            for share, length in zip(at, (place.height, place.width), strict=True)
        )

        def patch(place: Place) -> Tensor:
            flat = self._pixels[id(chosen.split)][place.offset : place.end]
            whole = flat.view(place.height, place.width, 3)
            found = whole[top : top + self.patch, left : left + self.patch]
            return found.flip(1) if mirror else found

        return patch(chosen.pair.rainy), patch(chosen.pair.clean)

    @cached_property
    def _pixels(self) -> Mapping[int, Tensor]:
        """The pixels of every split, as a tensor where they lie."""
        import torch

        return {id(split): torch.from_numpy(split.pixels).to(self.device) for split in self._splits}

    @property
    def _splits(self) -> Iterable[Decoded]:
        return {id(each.split): each.split for each in (*self.training, *self.kept)}.values()


def _middle(pixels: Pixels) -> Pixels:
    rows, columns = (
        slice(max(0, (length - VIEW) // 2), max(0, (length - VIEW) // 2) + VIEW)
        for length in pixels.shape[:2]
    )
    return pixels[rows, columns]


def with_room(pairs: Sequence[TrainingPair], patch: int) -> tuple[TrainingPair, ...]:
    """Keep the pairs whose pictures have room for a patch. Raises TrainingError for none."""
    sizes = [min(each.pair.rainy.height, each.pair.rainy.width) for each in pairs]
    kept = tuple(each for each, size in zip(pairs, sizes, strict=True) if size >= patch)
    if not kept:
        raise TrainingError(
            expected=f"pairs of at least {patch}x{patch} pixels",
            got=f"none in {len(pairs)}, the largest of {max(sizes, default=0)}",
            now="take a smaller --patch, or larger pictures",
        )
    return kept


def pairs_digest(pairs: Iterable[TrainingPair]) -> str:
    """Digest names and pixels of pairs, for the record."""
    whole = sha256()
    for each in pairs:
        pair = each.pair
        line = f"{each.key} {pair.rainy_sha256} {pair.clean_sha256}\n"
        whole.update(line.encode(errors="surrogatepass"))
    return whole.hexdigest()
