"""What a training run learns from: where its batches and its validation pictures come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from rainbench.image import Pixels

if TYPE_CHECKING:
    from torch import Tensor

Batch: TypeAlias = "tuple[Tensor, Tensor]"
"""Rainy and clean patches, (N, patch, patch, 3) each, RGB, 8 bit."""

PicturePair: TypeAlias = tuple[Pixels, Pixels]
"""A rainy picture and its clean one, whole."""

WHOLE = slice(None)


class Material(Protocol):
    """Clean photographs under rendered rain, or the pairs of datasets, cut into batches."""

    @property
    def identity(self) -> Mapping[str, object]:
        """What decides every batch besides seed, batch and patch, as JSON: digests, a style."""

    def make(self, step: int, part: slice = WHOLE) -> Batch:
        """Make step `step`'s batch, or a part of it: a pure function of the seed and these two.

        A part holds the very patches that the whole batch has in its place. May be called from
        several threads at once.
        """

    def validation(self) -> list[PicturePair]:
        """Give the pictures that are kept apart, or parts of them, the same ones every time."""


def as_floats(patches: Tensor) -> Tensor:
    """Turn 8-bit patches, (N, H, W, 3), into (N, 3, H, W), float32 in [0, 1], channels last."""
    import torch

    turned = patches.permute(0, 3, 1, 2).to(torch.float32).div_(255)
    return turned.contiguous(memory_format=torch.channels_last)
