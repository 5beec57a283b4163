"""A method made ready: settings resolved, weights loaded, contract enforced."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from rainbench.engines.lanes import Lanes
from rainbench.errors import MethodError, RainbenchError, in_words
from rainbench.evidence.marks import EIGHT_BIT
from rainbench.image import Image, Pixels, to_image
from rainbench.method import Reach, Setting
from rainbench.metrics.quantiser import quantise

if TYPE_CHECKING:
    from rainbench.runs.loading import LoadedPair

# A network may overshoot [0, 1] by a little and protocols differ in how they clamp; beyond
# this the output is on another scale.
MAX_OVERSHOOT = 2.0


MIN_BYTES = 4
"""Of a value: half precision hardly tells bright levels of 8 bit apart."""


@dataclass(frozen=True)
class Restored:
    """What became of a pair's rainy picture."""

    loaded: LoadedPair
    picture: Image | Pixels | RainbenchError
    """Of the rainy picture's shape; or why there is none."""
    seconds: float | None = None
    """Of the method's call, and of what holds it to its contract, perhaps with others beside it;
    indicative. None: nobody watched it run."""


Together: TypeAlias = Callable[[Iterable["LoadedPair"]], Generator[Restored, None, None]]
"""Restores the pictures of many pairs, in their order."""


@dataclass(frozen=True, kw_only=True)
class Restorer:
    """One row of a table, ready to run: method, settings and weights."""

    method: str
    """The plug-in's name, without variant or settings."""
    label: str
    """What a table's row is called: "msfm.light", "prenet@rain1400"."""
    title: str
    settings: Mapping[str, Setting]
    """Resolved: every keyword with its value, so that two spellings of one thing are equal."""
    method_sha256: str
    """Digest of the plug-in's source without comments and blank lines."""
    weights_sha256: str | None = None
    trained_on: str | None = None
    """None: nothing is trained. Else the weights' training data, or "not stated"."""
    budget: str = ""
    """How long they were trained: "6,000 of 400,000 steps"; empty: nobody said."""
    repeats: str = ""
    """The same for weights that were trained alike but for the seed; empty: nobody said."""
    parameters: int | None = None
    floor: bool = False
    """Whether whatever scores less is told so: a PriorMethod's."""
    reach: Reach | None = None
    """How far a pixel is felt; None: everywhere, or unknown."""
    multiple: int = 1
    """What tiles must divide by, in pixels, for all to be restored alike."""
    tile: int | None = None
    """The most that a tile's sides may be, in pixels; None: images are restored whole."""
    dtype: str = "float32"
    device: str = "cpu"
    engine: str = "numpy"
    derain: Callable[[Image], Image]
    lanes: Lanes | None = None
    """How to restore many pictures side by side; None: one by one."""
    together: Together | None = None
    """How to restore many pictures where one by one is not the way; None: it is."""
    settle: Callable[[Image, int], Restorer] | None = None
    """What `settled` calls; None: there is no choice of engine."""
    gauge: Callable[[Image], Image] | None = None
    """What is measured in place of `derain` for the memory it takes; None: `derain` itself."""
    remark: str | None = None
    """Why it does not run on the fastest engine installed; None: it does, or need not."""

    def settled(self, first: Image, pixels: int) -> Restorer:
        """Settle the engine, where it was left open, for images of so many pixels together.

        `first` is the first of them, (H, W, 3) RGB in [0, 1]; an engine must agree on it with
        eager torch.
        """
        return self if self.settle is None else self.settle(first, pixels)

    def restore(self, pairs: Iterable[LoadedPair]) -> Generator[Restored, None, None]:
        """Restore the pairs' rainy pictures, in their order, each as soon as it can be had.

        What a method does wrong is in its picture's place, and the rest goes on.
        """
        if self.together is not None:
            yield from self.together(pairs)
        elif self.lanes is not None:
            one = replace(self, derain=self.lanes.beside(self.derain))
            yield from self.lanes.work(one._restored, pairs)
        else:
            yield from map(self._restored, pairs)

    def _restored(self, loaded: LoadedPair) -> Restored:
        start = perf_counter()
        try:
            rainy = to_image(loaded.pixels()[0])
            start = perf_counter()
            image = self(rainy)
        except RainbenchError as error:
            return Restored(loaded, error, perf_counter() - start)
        seconds = perf_counter() - start
        # Levels are kept as such: floats of them would be truncated to the next lower.
        picture = quantise(image, "round") if self.dtype == EIGHT_BIT else image
        return Restored(loaded, picture, seconds)

    @property
    def exact(self) -> bool:
        """Whether images come out as if they were restored whole."""
        return self.tile is None or self.reach is not None

    def __call__(self, rainy: Image) -> Image:
        """Restore `rainy`, (H, W, 3) RGB in [0, 1]: same shape, finite float32, overshoot kept.

        Raises MethodError where the method breaks its contract, with whatever it raised itself
        as the cause.
        """
        before = rainy.copy()
        try:
            restored = self.derain(rainy)
        except MethodError:
            raise
        except (Exception, SystemExit) as error:  # sys.exit() in a method ends no run of ours
            raise MethodError(
                expected=f"{self.label} to restore an image of shape {rainy.shape}",
                got=in_words(error),
                now="mend the method",
            ) from error
        if not np.array_equal(before, rainy):
            raise self._broken("its input untouched", "an input it wrote to", "copy it first")
        return self._checked(restored, rainy.shape)

    def _checked(self, restored: object, shape: tuple[int, ...]) -> Image:
        wide = isinstance(restored, np.ndarray) and restored.dtype.itemsize >= MIN_BYTES
        if not isinstance(restored, np.ndarray) or restored.dtype.kind != "f" or not wide:
            kind = f"a {type(restored).__name__}"
            if isinstance(restored, np.ndarray):
                kind = f"an array of {restored.dtype}"
            now = "return a numpy array, float32 in [0, 1]"
            raise self._broken("a floating-point array", kind, now)
        if restored.shape != shape:
            raise self._broken(f"shape {shape}", f"{restored.shape}", "return (H, W, 3)")
        if not np.isfinite(restored).all():
            count = int(np.count_nonzero(~np.isfinite(restored)))
            raise self._broken("finite values", f"{count} NaN or infinite", "mend the method")
        low, high = float(restored.min()), float(restored.max())
        if low < -MAX_OVERSHOOT or high > 1 + MAX_OVERSHOOT:
            now = "divide by 255" if high > 100 else "return values in [0, 1]"
            raise self._broken("values in [0, 1]", f"{low:.4g} to {high:.4g}", now)
        return np.ascontiguousarray(restored, dtype=np.float32)

    def _broken(self, expected: str, got: str, now: str) -> MethodError:
        return MethodError(expected=f"{expected} from {self.label}", got=got, now=now)
