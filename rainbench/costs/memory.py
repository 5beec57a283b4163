"""What a method allocates while it restores: measured, so that tiles can be as large as fits."""

from __future__ import annotations

import ctypes
import tracemalloc
import weakref
from collections.abc import Callable

import numpy as np
from torch import Tensor
from torch.utils._pytree import tree_leaves

from rainbench.engines.operations import Operations
from rainbench.image import Image

MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
LARGE = 4 * 2**20

PROBE = 128
"""Pixels a side: what is allocated once for any size matters little, and it is quickly done."""


def give_back_large_blocks() -> None:
    """Let the C library hand large blocks back to the system as soon as they are free.

    glibc keeps blocks up to 32 MiB once it has seen them, and tiles of differing shapes leave
    them in pieces: restoring 16 megapixels then takes 2.1 GiB in place of 1.3. It holds for the
    process from then on. Where the C library is another, nothing is done.
    """
    try:
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)
    except (OSError, AttributeError, TypeError):  # no libc by that name, or none that can
        return


def working_bytes_per_pixel(derain: Callable[[Image], Image]) -> float:
    """Measure what restoring takes at its height, in bytes an image pixel.

    Counted are numpy's arrays and torch's tensors, over a made-up image of 128 pixels a side;
    what libraries take beside them (scratch space, fragments) is not seen.
    """
    noise = np.random.default_rng(0).random((PROBE, PROBE, 3), dtype=np.float32)
    image = 0.4 + 0.2 * noise  # a method may well break on what is no picture at all
    with Operations(_TensorMeter().see):
        derain(image)  # what is imported or allocated once and for all is no part of it
    traced = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        meter = _TensorMeter()
        with Operations(meter.see):
            derain(image)
        arrays = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not traced:
            tracemalloc.stop()
    return float(arrays + meter.peak) / PROBE**2


class _TensorMeter:
    """Counts the bytes of living tensors, each storage once however many views it has."""

    def __init__(self) -> None:
        self._views: dict[int, int] = {}
        self._now = 0
        self.peak = 0

    def see(self, _function: object, _args: object, made: object) -> None:
        """Count what an operation made."""
        for each in tree_leaves(made):
            if isinstance(each, Tensor):
                self._add(each)

    def _add(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        self._views[key] = self._views.get(key, 0) + 1
        if self._views[key] == 1:
            self._now += size
            self.peak = max(self.peak, self._now)
        weakref.finalize(tensor, self._drop, key, size)

    def _drop(self, key: int, size: int) -> None:
        self._views[key] -= 1
        if not self._views[key]:
            del self._views[key]
            self._now -= size
