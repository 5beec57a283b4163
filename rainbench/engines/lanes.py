"""Several images at once, each by one thread: the threads of one image wait on each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rainbench.image import Image

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_LANES = 4
"""Images at once: the one thread that scores them keeps up with no more."""

LARGEST = 2**19
"""Pixels above which an image is restored by all threads, one at a time, for want of memory."""


@dataclass(frozen=True)
class Lanes:
    """A way to restore images side by side."""

    count: int
    """How many at once."""
    derain: Callable[[Image], Image]
    """By one thread; threads may call it side by side."""

    def beside(self, whole: Callable[[Image], Image]) -> Callable[[Image], Image]:
        """Make what restores one of many images; large ones by `whole`, one at a time."""
        one_at_a_time = Lock()

        def derain(rainy: Image) -> Image:
            if rainy.shape[0] * rainy.shape[1] <= LARGEST:
                return self.derain(rainy)
            with one_at_a_time:
                return whole(rainy)

        return derain

    def work(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Generator[Result, None, None]:
        """Call a function on items, so many at once, and yield what it returns, in their order.

        Items are taken in the caller's thread, one more than there are lanes ahead of what is
        yielded. Closed before its end, or interrupted, it waits for those under way, and what
        becomes of them is lost.
        """
        under_way: deque[Future[Result]] = deque()
        pool = ThreadPoolExecutor(self.count, "restore")
        try:
            for item in items:
                under_way.append(pool.submit(function, item))
                if len(under_way) > self.count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
