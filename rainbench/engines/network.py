"""From a network to a function of one image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rainbench.errors import MethodError, UsageError
from rainbench.image import Image
from rainbench.method import SizeRule

if TYPE_CHECKING:
    from torch import Tensor, nn


FLOAT32, TF32, BFLOAT16 = "float32", "tf32", "bfloat16"
"""What products are computed in; sums are float32 in all of them."""


def as_derainer(
    network: nn.Module,
    device: str,
    size: SizeRule,
    *,
    channels_last: bool = True,
    dtype: str = FLOAT32,
) -> Callable[[Image], Image]:
    """Make a function of one image, (H, W, 3) RGB in [0, 1], out of a network in NCHW.

    The network is put in evaluation mode on `device`, in channels-last memory where it has
    convolutions, or else as it is. Sizes its rule does not allow are padded by reflection (by
    the edge where the image is too small for that) and cropped again. Overshoot is kept. The
    function raises MethodError where the network returns anything but one tensor of its input's
    shape: cropping would hide that.
    """
    import torch

    network = network.eval().to(device)
    if channels_last and any(parameter.dim() == 4 for parameter in network.parameters()):
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode(), _computing(dtype, device):
            rainy = torch.from_numpy(batch).to(device)
            if not channels_last:
                rainy = rainy.contiguous()
            return _checked(network(rainy), rainy).float().cpu().numpy()

    return around(forward, size)


def around(
    forward: Callable[[NDArray[np.float32]], NDArray[np.float32]], size: SizeRule
) -> Callable[[Image], Image]:
    """Make a function of one image out of one of batches, (1, 3, H, W) to the same.

    Batches are views of images: their memory is in channels-last order.
    """

    def derain(rainy: Image) -> Image:
        height, width = rainy.shape[:2]
        restored = forward(pad(rainy, size).transpose(2, 0, 1)[None])
        return np.ascontiguousarray(restored[0, :, :height, :width].transpose(1, 2, 0))

    return derain


@contextmanager
def _computing(dtype: str, device: str) -> Iterator[None]:
    """Compute products in `dtype` and in nothing less: torch's own choice on CUDA is TF32."""
    import torch

    flags: AbstractContextManager[None] = nullcontext()
    if device.startswith("cuda"):
        flags = torch.backends.cudnn.flags(
            enabled=True, benchmark=True, deterministic=False, allow_tf32=dtype == TF32
        )
    reduced = dtype == BFLOAT16
    kind = device.partition(":")[0]
    with flags, torch.autocast(kind, torch.bfloat16, enabled=reduced):
        yield


def resolve_device(name: str) -> str:
    """Turn `auto`, `cpu`, `cuda` or `cuda:N` into a device that is there. Raises UsageError."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, index = name.partition(":")
    known = kind == "cpu" and not index
    if kind == "cuda" and torch.cuda.is_available():
        known = not index or (index.isdecimal() and int(index) < torch.cuda.device_count())
    if not known:
        there = "cpu" + (", cuda" if torch.cuda.is_available() else "")
        raise UsageError(
            expected=f"a device that is there ({there})", got=repr(name), now="give --device auto"
        )
    return name


def _checked(restored: object, batch: Tensor) -> Tensor:
    import torch

    wanted = tuple(batch.shape)
    if not isinstance(restored, torch.Tensor):
        raise MethodError(
            expected=f"one tensor of shape {wanted} from the network",
            got=f"a {type(restored).__name__}",
            now="return the restored image alone",
        )
    if restored.shape != batch.shape:
        raise MethodError(
            expected=f"shape {wanted} from the network, as its input",
            got=f"{tuple(restored.shape)}",
            now="return (N, 3, H, W) of the input's size",
        )
    return restored


def pad(rainy: Image, size: SizeRule) -> Image:
    """Pad an image, (H, W, 3), below and to the right, by reflection where it is large enough."""
    below, right = (
        max(length, size.minimum) + -max(length, size.minimum) % size.multiple_of - length
        for length in rainy.shape[:2]
    )
    if not (below or right):
        return rainy
    fits = below < rainy.shape[0] and right < rainy.shape[1]
    edges = ((0, below), (0, right), (0, 0))
    return np.pad(rainy, edges, mode="reflect" if fits else "edge")
