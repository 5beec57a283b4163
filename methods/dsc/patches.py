"""Square patches of a plane, and the plane they were cut from."""

import torch
from torch import Tensor
from torch.nn import functional as F

PATCH = 16  # pixels a side (the released demo: p_size)


def cut(plane: Tensor, step: int) -> Tensor:
    """Cut (H, W) into the patches that start at every `step`-th pixel: (N, 256)."""
    return plane.unfold(0, PATCH, step).unfold(1, PATCH, step).reshape(-1, PATCH**2)


def add_up(patches: Tensor, size: tuple[int, int], step: int) -> Tensor:
    """Add patches, (N, 256), where they were cut from a plane of `size`: (H, W)."""
    return F.fold(patches.T[None].contiguous(), size, PATCH, stride=step)[0, 0]


def cover(size: tuple[int, int], step: int, device: torch.device) -> Tensor:
    """Count the patches that hold each pixel: (H, W), float32."""
    rows, columns = (_cover(length, step, device) for length in size)
    return torch.outer(rows, columns)


def widen(plane: Tensor, step: int) -> Tensor:
    """Repeat the last row and column until patches at `step` hold every pixel."""
    down, right = (_missing(length, step) for length in plane.shape)
    return F.pad(plane[None, None], (0, right, 0, down), mode="replicate")[0, 0]


def _cover(length: int, step: int, device: torch.device) -> Tensor:
    starts = torch.arange(0, length - PATCH + 1, step, device=device)
    pixels = torch.arange(length, device=device)[:, None]
    return ((pixels >= starts) & (pixels < starts + PATCH)).sum(1).float()


def _missing(length: int, step: int) -> int:
    return PATCH - length if length < PATCH else -(length - PATCH) % step
