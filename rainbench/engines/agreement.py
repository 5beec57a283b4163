"""Whether an engine gives the numbers of eager torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from rainbench.engines.engine import EAGER, Derain, Network
from rainbench.engines.network import BFLOAT16, FLOAT32, TF32, as_derainer
from rainbench.errors import EngineError

if TYPE_CHECKING:
    from rainbench.image import Image

AGREEMENT: Mapping[str, float] = MappingProxyType({FLOAT32: 1e-5, TF32: 0.01, BFLOAT16: 0.05})
"""By how much an engine's output may differ from eager float32, image values being in [0, 1]."""

PROBES = ((33, 54), (46, 39), (51, 40))
"""Heights and widths in pixels, of different remainders by 8: a graph that was traced with one size
must hold for others. A runtime takes time to get ready for each."""


def hold_against(name: str, derain: Derain, eager: Derain, image: Image, dtype: str) -> float:
    """Return by how much an engine's image differs from eager torch's. Raises EngineError."""
    apart = float(np.abs(derain(image) - eager(image)).max())
    if not apart <= AGREEMENT[dtype]:  # NaN too
        height, width = image.shape[:2]
        raise EngineError(
            expected=f"{name} to agree with eager torch within {AGREEMENT[dtype]:g}",
            got=f"{apart:.2g} on {width}x{height} pixels",
            now=f"run it by --engine {EAGER}",
        )
    return apart


def probe(name: str, derain: Derain, network: Network, dtype: str) -> float:
    """Try a graph on images of many remainders; return by how much it differs from eager torch.

    Raises EngineError where that is too much.
    """
    eager = as_derainer(network.module, network.device, network.size)
    images = [
        np.random.default_rng(height).random((height, width, 3), dtype=np.float32)
        for height, width in PROBES
    ]
    return max(hold_against(name, derain, eager, 0.3 + 0.4 * image, dtype) for image in images)
