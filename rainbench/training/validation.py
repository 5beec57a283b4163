"""How a network does on pictures that it is not trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rainbench.image import Image, Pixels
from rainbench.method import SizeRule
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.training.failures import too_far
from rainbench.training.material import PicturePair, as_floats

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Sample:
    """One validation picture, (H, W, 3) RGB: rainy, as it is restored, and clean."""

    rainy: Pixels
    restored: Image
    clean: Pixels


class Validation:
    """Pictures kept apart, cut to a size that a network's rule allows."""

    def __init__(self, pairs: Sequence[PicturePair], size: SizeRule, device: str = "cpu") -> None:
        self._pairs = [(_cut(rainy, size), _cut(clean, size)) for rainy, clean in pairs]
        self._device = device

    def score(self, network: nn.Module, step: int) -> tuple[float, Sample]:
        """Score a network: mean PSNR in dB, headline protocol, and how the first one looks.

        Raises TrainingError for a restored picture that is not finite, after so many steps.
        """
        import torch

        protocol = find_protocol(HEADLINE)
        scores: list[float] = []
        first: Sample | None = None
        network.eval()
        with torch.inference_mode():
            for rainy, clean in self._pairs:
                whole = torch.from_numpy(np.ascontiguousarray(rainy)[None]).to(self._device)
                restored = network(as_floats(whole))[0].permute(1, 2, 0).cpu().numpy()
                if not np.isfinite(restored).all():
                    # A loss tells of the weights before its step: the last step's show here first.
                    raise too_far("finite validation pictures", f"NaN or infinity at step {step}")
                scores.append(Comparison(restored, clean).score(protocol).psnr_db)
                first = first or Sample(rainy, restored, clean)
        network.train()
        if first is None:
            raise ValueError(self)
        return math.fsum(scores) / len(scores), first


def _cut(pixels: Pixels, size: SizeRule) -> Pixels:
    height, width = (length - length % size.multiple_of for length in pixels.shape[:2])
    return pixels[:height, :width]
