"""Batches made ahead of the steps that take them, on the device that they are taken on."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter

from rainbench.training.material import WHOLE, Batch, Material

AHEAD = 4
"""Batches that are made while another is worked on, for each thread that makes them."""


class Feed:
    """The batches of steps, in order; nothing of it decides what is in them.

    Threads are enough: cutting, rendering and copying leave the interpreter to others.
    """

    def __init__(
        self,
        material: Material,
        steps: range,
        *,
        part: slice = WHOLE,
        device: str = "cpu",
        workers: int = 1,
    ) -> None:
        self._material = material
        self._part = part
        self._device = device
        self._pool = ThreadPoolExecutor(workers, "feed")
        self._ahead = AHEAD * workers
        self._steps = iter(steps)
        self._made: deque[Future[Batch]] = deque()
        self.waited = 0.0
        """Seconds that `take` has waited so far."""

    def take(self) -> Batch:
        """Give the next step's batch, on the device. Raises what making it raises."""
        started = perf_counter()
        self._fill()
        batch = self._made.popleft().result()
        self._fill()
        rainy, clean = (each.to(self._device, non_blocking=True) for each in batch)
        self.waited += perf_counter() - started
        return rainy, clean

    def close(self) -> None:
        """Make no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fill(self) -> None:
        while len(self._made) < self._ahead:
            step = next(self._steps, None)
            if step is None:
                return
            self._made.append(self._pool.submit(self._make, step))

    def _make(self, step: int) -> Batch:
        rainy, clean = self._material.make(step, self._part)
        if self._device.startswith("cuda") and rainy.device.type == "cpu":
            return rainy.pin_memory(), clean.pin_memory()
        return rainy, clean
