"""The planes of a restored and a clean picture, made once for all who ask."""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rainbench.errors import ImageError
from rainbench.image import Pixels
from rainbench.metrics.colour import Channels, Plane, planes
from rainbench.metrics.memo import Memo
from rainbench.metrics.metric import shrink
from rainbench.metrics.quantiser import quantise
from rainbench.protocol import Colour, Protocol, Quantiser

# A picture of 512x512 pixels needs half of this for all ten protocols; of larger ones the planes
# used longest ago are made again.
MEMO_BYTES = 2**27

Metric: TypeAlias = Literal["psnr", "ssim"]

State: TypeAlias = Literal["clamped", "raw"] | Quantiser
"""What becomes of a restored image before it is compared: a quantiser's pixels, or floats
without or with what overshoots [0, 1]."""


class View(NamedTuple):
    """Which planes of the pair are looked at."""

    state: State
    colour: Colour
    crop: int
    factor: int = 1
    """By how much the planes are shrunk."""


class PairPlanes:
    """A restored and a clean picture as planes, (H, W) float64 in 0..255, kept by view.

    Takes what `Comparison` takes, and raises the same errors. Planes are not to be written to.
    """

    def __init__(self, restored: NDArray[np.generic], clean: Pixels) -> None:
        low, high = _checked_range(restored, clean)
        self.eight_bit = restored.dtype == np.uint8
        self._restored = restored
        self._clean = clean
        self._overshoots = not self.eight_bit and (low < 0 or high > 1)
        self._memo: Memo[tuple[Plane, ...]] = Memo(MEMO_BYTES)

    def state(self, protocol: Protocol, metric: Metric) -> State:
        """Say what the restored image becomes for a protocol's metric."""
        if self.eight_bit:
            return "none"  # every quantiser leaves pixels as they are
        if protocol.quantise != "none":
            return protocol.quantise
        clamped = protocol.clamp in ("both", metric)
        return "clamped" if clamped or not self._overshoots else "raw"

    def restored(self, view: View) -> tuple[Plane, ...]:
        """Return the restored picture's planes, one or three."""
        return self._memo.get(
            ("restored", view), lambda: _seen(self._restored_channels(view.state), view)
        )

    def clean(self, view: View) -> tuple[Plane, ...]:
        """Return the clean picture's planes, one or three."""
        # The clean picture knows two states: the pixels, and the floats they are read as.
        state: State = "clamped" if view.state in ("clamped", "raw") else "none"
        view = view._replace(state=state)
        return self._memo.get(
            ("clean", view), lambda: _seen(self._clean_channels(view.state), view)
        )

    def _restored_channels(self, state: State) -> Channels:
        if state == "none":
            return np.asarray(self._restored, dtype=np.uint8)
        if state != "clamped" and state != "raw":
            return quantise(self._restored, state)
        levels = _levels(self._restored)
        if state == "clamped" and self._overshoots:
            np.clip(levels, 0, 255, out=levels)
        return levels

    def _clean_channels(self, state: State) -> Channels:
        if state == "none":
            return self._clean
        # In the restored image's precision, as the published programs read it: a restored image
        # that is perfect must compare equal.
        return _levels(np.divide(self._clean, 255, dtype=self._restored.dtype))


def _levels(floats: NDArray[np.generic]) -> NDArray[np.float64]:
    # Plane by plane in memory, so that parting the channels copies nothing.
    parted = np.moveaxis(floats, 2, 0)
    return np.moveaxis(np.multiply(parted, 255, dtype=np.float64, order="C"), 0, 2)


def _seen(channels: Channels, view: View) -> tuple[Plane, ...]:
    height, width = (side - side % view.crop for side in channels.shape[:2])
    seen = planes(channels[:height, :width], view.colour)
    return tuple(shrink(each, view.factor) for each in seen)


def _checked_range(restored: NDArray[np.generic], clean: Pixels) -> tuple[float, float]:
    for name, picture, kinds in (
        ("restored", restored, ("uint8", "float32", "float64")),
        ("clean", clean, ("uint8",)),
    ):
        kind = str(getattr(picture, "dtype", type(picture).__name__))
        if kind not in kinds:
            raise _wrong(f"a {name} picture of {' or '.join(kinds)}", kind, "convert it")
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
            raise _wrong(f"a {name} picture of shape (H, W, 3)", f"{picture.shape}", "pass RGB")
    if restored.shape != clean.shape:
        raise _wrong(
            f"a restored picture of the clean one's shape {clean.shape}",
            f"{restored.shape}",
            "check that the two belong together",
        )
    low, high = float(restored.min()), float(restored.max())
    if not np.isfinite((low, high)).all():
        raise _wrong("a restored picture of finite values", "NaN or infinity", "mend the method")
    return low, high


def _wrong(expected: str, got: str, now: str) -> ImageError:
    return ImageError(expected=expected, got=got, now=now)
