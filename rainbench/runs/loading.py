"""A dataset's pairs as they are read, a few ahead of whoever restores them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from rainbench.data.look import look
from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError, RainbenchError
from rainbench.image import Pixels, pixel_sha256

# Pictures that wait before and after the de-rain stage: enough to overlap, little to redo.
QUEUE = 2


@dataclass(frozen=True)
class LoadedPair:
    """A pair that was read: its pixels' digests for good, the pixels until they are let go."""

    pair: ImagePair
    rainy_sha256: str
    clean_sha256: str | None
    """None: a real photograph without ground truth."""
    held: tuple[Pixels, Pixels | None] | None
    clean_look: str | None = None
    """What the clean picture looks like, as `rainbench.data.look` tells it."""

    def pixels(self) -> tuple[Pixels, Pixels | None]:
        """Return the rainy and the clean pixels, read again where they were let go.

        Raises ImageError where they cannot be read any more, DatasetError where they are others.
        """
        if self.held is not None:
            return self.held
        again = load(self.pair)
        if (again.rainy_sha256, again.clean_sha256) != (self.rainy_sha256, self.clean_sha256):
            raise DatasetError(
                expected=f"the pixels of {self.pair.name} that this run began with",
                got="others, for its files changed meanwhile",
                now="run again, and leave the dataset alone until it ends",
            )
        return again.pixels()

    def without_pixels(self) -> LoadedPair:
        """Let the pixels go: a thousand pairs may have to wait for one call."""
        return replace(self, held=None)


def load(pair: ImagePair) -> LoadedPair:
    """Read a pair and digest its pixels. Raises ImageError."""
    rainy, clean = pair.read()
    clean_sha256 = None if clean is None else pixel_sha256(clean)
    clean_look = None if clean is None else look(clean)
    return LoadedPair(pair, pixel_sha256(rainy), clean_sha256, (rainy, clean), clean_look)


def load_ahead(
    reader: ThreadPoolExecutor, pairs: Iterable[ImagePair]
) -> Iterator[tuple[ImagePair, LoadedPair | RainbenchError]]:
    """Read pairs in order, a few before they are asked for."""
    waiting: deque[tuple[ImagePair, Future[LoadedPair | RainbenchError]]] = deque()
    for pair in pairs:
        waiting.append((pair, reader.submit(_try_to_load, pair)))
        if len(waiting) > QUEUE:
            ready, future = waiting.popleft()
            yield ready, future.result()
    for ready, future in waiting:
        yield ready, future.result()


def _try_to_load(pair: ImagePair) -> LoadedPair | RainbenchError:
    try:
        return load(pair)
    except RainbenchError as error:
        return error
