"""One restored picture beside its clean one, under any protocol."""

from collections.abc import Iterable, Mapping
from math import fsum
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rainbench.colour import Channels, Plane, planes
from rainbench.errors import ImageError, ProtocolError
from rainbench.image import Pixels
from rainbench.memo import Memo
from rainbench.metric import (
    Statistics,
    local_mean,
    local_statistics,
    mean_squared_error,
    mse_of,
    psnr_db,
    shrink,
    ssim_map,
    wang_factor,
    window_size,
)
from rainbench.protocol import PROTOCOLS, Colour, Edges, Protocol, Quantiser, Window
from rainbench.quantiser import quantise
from rainbench.restorer import MAX_OVERSHOOT

# A picture of 512x512 pixels needs half of this for all ten protocols; of larger ones the planes
# used longest ago are made again.
MEMO_BYTES = 2**27

Metric: TypeAlias = Literal["psnr", "ssim"]

State: TypeAlias = Literal["clamped", "raw"] | Quantiser
"""What becomes of a restored image before it is compared: a quantiser's pixels, or floats
without or with what overshoots [0, 1]."""


class Score(NamedTuple):
    """What one picture, or the average of many, scores under one protocol."""

    psnr_db: float
    """Infinite for two equal pictures, unless the protocol names another figure."""
    ssim: float


class View(NamedTuple):
    """Which planes of the pair are looked at."""

    state: State
    colour: Colour
    crop: int
    factor: int = 1
    """By how much the planes are shrunk."""


class Comparison:
    """One pair under study, from which protocols and explanations pick.

    Planes and local statistics are made when first asked for and kept, so that protocols share
    them: all ten cost less than one SSIM of scikit-image. An instance serves one thread.

    Args:
        restored: the method's output, (H, W, 3) RGB: float32 or float64 in [0, 1], overshoot
            kept, or 8-bit pixels (then `eight_bit` is true, and the scores of protocols that
            need floats are to be marked).
        clean: the ground truth, 8-bit pixels of the same shape.

    Raises ImageError for another shape or kind of number, and for NaN or infinity.
    """

    def __init__(self, restored: NDArray[np.generic], clean: Pixels) -> None:
        low, high = _checked_range(restored, clean)
        self.restored = restored
        self.clean = clean
        self.eight_bit = restored.dtype == np.uint8
        self._overshoots = not self.eight_bit and (low < 0 or high > 1)
        self._planes: Memo[tuple[Plane, ...]] = Memo(MEMO_BYTES)
        self._statistics: Memo[tuple[Statistics, ...]] = Memo(MEMO_BYTES)

    def score(self, protocol: Protocol) -> Score:
        """Score the pair under one protocol. Raises ImageError where no window fits in."""
        maps = self.ssim_maps(protocol)
        ssim = fsum(float(np.mean(each)) for each in maps) / len(maps)
        mse = mean_squared_error(*self.planes(protocol, "psnr"))
        return Score(psnr_db(mse, protocol.psnr), ssim)

    def score_all(self, protocols: Iterable[Protocol] | None = None) -> dict[str, Score]:
        """Score the pair under the protocols given, or under all there are, by name.

        Of 8-bit restored pixels that includes the protocols that need floats: whoever shows
        their numbers marks them "from 8-bit". Raises ImageError where no window fits in.
        """
        chosen = PROTOCOLS.values() if protocols is None else protocols
        return {protocol.name: self.score(protocol) for protocol in chosen}

    def planes(
        self, protocol: Protocol, metric: Metric
    ) -> tuple[tuple[Plane, ...], tuple[Plane, ...]]:
        """Return the restored and the clean planes that a metric compares, before shrinking."""
        view = View(self._state(protocol, metric), protocol.colour, protocol.crop)
        return self._restored_planes(view), self._clean_planes(view)

    def ssim_maps(self, protocol: Protocol) -> tuple[Plane, ...]:
        """Return SSIM at every pixel, a map a plane; their mean is the protocol's SSIM.

        Raises ImageError for a picture smaller than the protocol's window.
        """
        rule = protocol.ssim
        height, width = (side - side % protocol.crop for side in self.clean.shape[:2])
        if min(height, width) < window_size(rule.window):
            raise _too_small(self.clean, protocol)
        factor = wang_factor(height, width) if rule.downsample else 1
        view = View(self._state(protocol, "ssim"), protocol.colour, protocol.crop, factor)
        # The inner pixels are the same whatever lies beyond the edge: "valid" shares.
        edges = "replicate" if rule.edges == "valid" else rule.edges
        statistics = self._local_statistics(view, rule.window, edges)
        return tuple(ssim_map(each, rule) for each in statistics)

    def _state(self, protocol: Protocol, metric: Metric) -> State:
        if self.eight_bit:
            return "none"  # every quantiser leaves pixels as they are
        if protocol.quantise != "none":
            return protocol.quantise
        clamped = protocol.clamp in ("both", metric)
        return "clamped" if clamped or not self._overshoots else "raw"

    def _local_statistics(self, view: View, window: Window, edges: Edges) -> tuple[Statistics, ...]:
        def make() -> tuple[Statistics, ...]:
            x, y = self._restored_planes(view), self._clean_planes(view)
            means = self._clean_means(view, window, edges)
            return tuple(
                local_statistics(one, other, mean, window, edges)
                for one, other, mean in zip(x, y, means, strict=True)
            )

        return self._statistics.get((view, window, edges), make)

    def _clean_means(self, view: View, window: Window, edges: Edges) -> tuple[Plane, ...]:
        view = self._of_clean(view)
        return self._planes.get(
            ("clean means", view, window, edges),
            lambda: tuple(local_mean(each, window, edges) for each in self._clean_planes(view)),
        )

    def _restored_planes(self, view: View) -> tuple[Plane, ...]:
        return self._planes.get(
            ("restored", view), lambda: _seen(self._restored_channels(view.state), view)
        )

    def _clean_planes(self, view: View) -> tuple[Plane, ...]:
        view = self._of_clean(view)
        return self._planes.get(
            ("clean", view), lambda: _seen(self._clean_channels(view.state), view)
        )

    def _of_clean(self, view: View) -> View:
        # The clean picture knows two states: the pixels, and the floats they are read as.
        state: State = "clamped" if view.state in ("clamped", "raw") else "none"
        return view._replace(state=state)

    def _restored_channels(self, state: State) -> Channels:
        if state == "none":
            return self.restored.astype(np.uint8, copy=False)
        if state != "clamped" and state != "raw":
            return quantise(self.restored, state)
        levels = self.restored.astype(np.float64) * 255
        return np.clip(levels, 0, 255) if state == "clamped" and self._overshoots else levels

    def _clean_channels(self, state: State) -> Channels:
        if state == "none":
            return self.clean
        # In the restored image's precision, as the published programs read it: a restored image
        # that is perfect must compare equal.
        floats = np.divide(self.clean, 255, dtype=self.restored.dtype)
        return floats.astype(np.float64) * 255


def average(protocol: Protocol, scores: Mapping[str, Score]) -> Score:
    """Average the scores of many images, by name, as the protocol does.

    PSNR is the mean of the images' PSNRs, or that of the mean of their squared errors. Sums
    are exact and run over sorted names: the order of arrival moves no digit. A mean PSNR is
    infinite if one image's is. Raises ProtocolError for no scores at all.
    """
    if not scores:
        raise ProtocolError(
            expected=f"at least one image's score under {protocol.name}",
            got="none",
            now="score an image first",
        )
    ordered = [scores[name] for name in sorted(scores)]
    ssim = fsum(score.ssim for score in ordered) / len(ordered)
    if protocol.average == "psnr":
        return Score(fsum(score.psnr_db for score in ordered) / len(ordered), ssim)
    errors = [mse_of(score.psnr_db, protocol.psnr) for score in ordered]
    return Score(psnr_db(fsum(errors) / len(errors), protocol.psnr), ssim)


def score(restored: NDArray[np.generic], clean: NDArray[np.generic]) -> dict[str, Score]:
    """Score a restored picture against its clean one under every protocol it honestly can.

    Args:
        restored: (H, W, 3) RGB: 8 bit, or float32 or float64 in [0, 1], overshoot kept. Of
            8-bit pixels, the protocols that need floats are left out (`needs_floats`);
            `Comparison(restored, clean).score_all()` has them, to be marked "from 8-bit".
        clean: the ground truth in the same shape: 8 bit, or floats that stand for 8-bit levels.

    Returns the scores by protocol name, the headline first. Raises ImageError for another
    shape or kind of number, NaN, values far outside [0, 1], floats as ground truth that were
    never 8 bit, and pictures of less than 11x11 pixels.
    """
    comparison = Comparison(restored, _as_pixels(clean))
    low, high = float(restored.min()), float(restored.max())
    if not comparison.eight_bit and (low < -MAX_OVERSHOOT or high > 1 + MAX_OVERSHOOT):
        raise ImageError(
            expected="a restored picture with values in [0, 1]",
            got=f"{low:.4g} to {high:.4g}",
            now="divide by 255" if high > 100 else "check what made it",
        )
    return comparison.score_all(
        protocol
        for protocol in PROTOCOLS.values()
        if not (comparison.eight_bit and protocol.needs_floats)
    )


def _seen(channels: Channels, view: View) -> tuple[Plane, ...]:
    height, width = (side - side % view.crop for side in channels.shape[:2])
    seen = planes(channels[:height, :width], view.colour)
    return tuple(shrink(each, view.factor) for each in seen)


def _as_pixels(clean: NDArray[np.generic]) -> Pixels:
    if not isinstance(clean, np.ndarray) or clean.dtype.kind != "f":
        return clean  # type: ignore[return-value]  # Comparison refuses all but pixels
    levels = clean.astype(np.float64) * 255
    pixels = np.clip(np.rint(levels), 0, 255)
    # float16 holds a level to an eighth; between that and a true float image lies a wide gap.
    if not np.allclose(levels, pixels, rtol=0, atol=0.13):
        raise ImageError(
            expected="a clean picture of 8-bit levels",
            got=f"{clean.dtype} values that are no multiples of 1/255",
            now="pass the ground truth's own 8-bit pixels",
        )
    return pixels.astype(np.uint8)


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


def _too_small(clean: Pixels, protocol: Protocol) -> ImageError:
    height, width = clean.shape[:2]
    side = window_size(protocol.ssim.window)
    side += -side % protocol.crop
    return _wrong(
        f"a picture of at least {side}x{side} pixels for {protocol.name}",
        f"{width}x{height}",
        "score larger pictures",
    )


def _wrong(expected: str, got: str, now: str) -> ImageError:
    return ImageError(expected=expected, got=got, now=now)
