"""How the kernels are called: when they are, by how many threads, and with what in hand."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor

from rainbench.kernels.library import open_library

Context: TypeAlias = Any
"""What torch keeps for a gradient."""

NARROWEST = 16  # pixels of a row: a vector must fit


@dataclass(frozen=True)
class _Call:
    library: ctypes.CDLL
    threads: int | None


_CALL: ContextVar[_Call | None] = ContextVar("call", default=None)


@contextmanager
def natively(threads: int | None = None) -> Iterator[None]:
    """Compute by our own kernels what they can, with so many threads; None: as many as torch has.

    It holds for the calling thread alone. Raises NotInstalledError where there are none.
    """
    token = _CALL.set(_Call(open_library(), threads))
    try:
        yield
    finally:
        _CALL.reset(token)


def fits(x: Tensor) -> bool:
    """Whether the kernels are to take a batch of images, (N, C, H, W), and can."""
    return (
        _CALL.get() is not None
        and x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and x.shape[3] >= NARROWEST
        and x.numel() > 0
    )


def library() -> ctypes.CDLL:
    """Return the kernels, where `fits` has seen that there are some."""
    return _call().library


def threads() -> int:
    """Say how many threads a kernel is to take."""
    return _call().threads or torch.get_num_threads()


def apply(function: type[torch.autograd.Function], *arguments: object) -> Tensor:
    """Call a function that gradients go through."""
    return cast(Tensor, function.apply(*arguments))  # type: ignore[no-untyped-call]


def see(fitting: bool, *tensors: Tensor) -> None:
    """See that shapes fit: what a kernel reads beyond them is anything. Raises ValueError."""
    if not fitting:
        shapes = " with ".join(f"{tuple(each.shape)} {each.dtype}" for each in tensors)
        raise ValueError(f"shapes that do not fit: {shapes}")


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
    """See that a kernel had the memory it asked for."""
    if failed:
        raise MemoryError("no memory for a convolution")


def _call() -> _Call:
    call = _CALL.get()
    assert call is not None  # noqa: S101 - `fits` has seen it
    return call
