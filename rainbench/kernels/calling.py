"""How the kernels are called: when they are, by how many threads, and with what in hand."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor

from rainbench.kernels.library import open_library

Context: TypeAlias = Any
"""What torch keeps for a gradient."""

NARROWEST = 16  # pixels of a row: a vector must fit

_LIBRARY: ContextVar[ctypes.CDLL | None] = ContextVar("library", default=None)


@contextmanager
def natively() -> Iterator[None]:
    """Compute by our own kernels what they can, in the calling thread.

    They take as many threads as torch. Raises NotInstalledError where there are none.
    """
    token = _LIBRARY.set(open_library())
    try:
        yield
    finally:
        _LIBRARY.reset(token)


@contextmanager
def with_threads(count: int) -> Iterator[None]:
    """Let operations that the calling thread asks for take so many threads, torch's too.

    `torch.set_num_threads` would decide for threads that begin later as well. Raises
    NotInstalledError where there are no kernels.
    """
    before = torch.get_num_threads()  # asked here, else torch would set its own number later
    open_library().use_threads(count)
    try:
        yield
    finally:
        open_library().use_threads(before)


def fits(x: Tensor) -> bool:
    """Whether the kernels are to take a batch of images, (N, C, H, W), and can."""
    return (
        _LIBRARY.get() is not None
        and _is_ours(x)
        and not torch.is_autocast_enabled("cpu")
        and wide(x)
    )


def library() -> ctypes.CDLL:
    """Return the kernels, where `fits` has seen that there are some."""
    found = _LIBRARY.get()
    assert found is not None  # noqa: S101 - `fits` has seen it
    return found


def apply(function: type[torch.autograd.Function], *arguments: object) -> Tensor:
    """Call a function that gradients go through."""
    return cast(Tensor, function.apply(*arguments))  # type: ignore[no-untyped-call]


def see(fitting: bool, *tensors: Tensor) -> None:
    """See that tensors fit: what a kernel reads beyond them is anything. Raises ValueError."""
    if not (fitting and all(map(_is_ours, tensors))):
        told = (f"{tuple(each.shape)} {each.dtype} {each.device}" for each in tensors)
        raise ValueError(f"shapes that do not fit: {' with '.join(told)}")


def wide(x: Tensor) -> bool:
    """Whether a vector fits in the rows of images."""
    return x.shape[3] >= NARROWEST and x.numel() > 0


def in_order(*tensors: Tensor) -> list[Tensor]:
    """Give tensors in C order, which the kernels read."""
    return [each.contiguous() for each in tensors]


def at(tensor: Tensor | None) -> int | None:
    """Say where a tensor's numbers begin."""
    return None if tensor is None else tensor.data_ptr()


def all_at(tensors: Sequence[Tensor | None]) -> ctypes.Array[ctypes.c_void_p]:
    """Say where each tensor's numbers begin."""
    return (ctypes.c_void_p * max(1, len(tensors)))(*map(at, tensors))


def check(failed: int) -> None:
    """See that a kernel had the memory it asked for. Raises MemoryError."""
    if failed:
        raise MemoryError("too little memory for a kernel")


def _is_ours(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype == torch.float32
