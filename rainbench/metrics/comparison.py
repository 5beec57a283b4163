"""One restored picture beside its clean one, under any protocol."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rainbench.errors import ImageError, ProtocolError
from rainbench.image import Pixels
from rainbench.metrics.colour import Plane
from rainbench.metrics.metric import (
    Statistics,
    Workspace,
    local_statistics,
    mean_squared_error,
    mse_of,
    psnr_db,
    ssim_map,
    wang_factor,
    window_size,
)
from rainbench.metrics.planes import Metric, PairPlanes, View
from rainbench.protocol import PROTOCOLS, Edges, Protocol, SsimRule, Window
from rainbench.restorers.restorer import MAX_OVERSHOOT


class Score(NamedTuple):
    """What one picture, or the average of many, scores under one protocol."""

    psnr_db: float
    """Infinite for two equal pictures, unless the protocol names another figure."""
    ssim: float


PSNR_TOLERANCE_DB, SSIM_TOLERANCE = 1e-3, 1e-5
"""Scores of one picture, measured twice, differ by no more, whatever the machine."""


def agree(one: Score, other: Score | None) -> bool:
    """Whether two scores are of the same picture, as far as numbers of any machine can agree."""
    if other is None:
        return False
    alike = one.psnr_db == other.psnr_db or abs(one.psnr_db - other.psnr_db) <= PSNR_TOLERANCE_DB
    return alike and abs(one.ssim - other.ssim) <= SSIM_TOLERANCE


class Lens(NamedTuple):
    """Which local statistics are taken of them."""

    view: View
    window: Window
    edges: Edges


class Comparison:
    """One pair under study, from which protocols and explanations pick.

    Planes are made when first asked for and kept; protocols asked for together share local
    statistics. All ten cost about as much as one SSIM of scikit-image. An instance serves one
    thread.

    Args:
        restored: the method's output, (H, W, 3) RGB: float32 or float64 in [0, 1], overshoot
            kept, or 8-bit pixels (then `eight_bit` is true, and the scores of protocols that
            need floats are to be marked).
        clean: the ground truth, 8-bit pixels of the same shape.

    Raises ImageError for another shape or kind of number, and for NaN or infinity.
    """

    def __init__(self, restored: NDArray[np.generic], clean: Pixels) -> None:
        self._pair = PairPlanes(restored, clean)
        self.restored = restored
        self.clean = clean
        self.eight_bit = self._pair.eight_bit
        self._errors: dict[View, float] = {}
        self._similarities: dict[tuple[Lens, SsimRule], float] = {}

    def score(self, protocol: Protocol) -> Score:
        """Score the pair under one protocol. Raises ImageError where no window fits in."""
        return self.score_all([protocol])[protocol.name]

    def score_all(self, protocols: Iterable[Protocol] | None = None) -> dict[str, Score]:
        """Score the pair under the protocols given, or under all there are, by name.

        Of 8-bit restored pixels that includes the protocols that need floats: whoever shows
        their numbers marks them "from 8-bit". Raises ImageError where no window fits in.
        """
        chosen = list(PROTOCOLS.values() if protocols is None else protocols)
        lenses = [self._lens(protocol) for protocol in chosen]
        for lens in dict.fromkeys(lenses):
            rules = {p.ssim for p, other in zip(chosen, lenses, strict=True) if other == lens}
            self._look(lens, rules)
        return {
            protocol.name: Score(
                psnr_db(self._error(protocol), protocol.psnr),
                self._similarities[lens, protocol.ssim],
            )
            for protocol, lens in zip(chosen, lenses, strict=True)
        }

    def planes(
        self, protocol: Protocol, metric: Metric
    ) -> tuple[tuple[Plane, ...], tuple[Plane, ...]]:
        """Return the restored and the clean planes that a metric compares, before shrinking."""
        view = View(self._pair.state(protocol, metric), protocol.colour, protocol.crop)
        return self._pair.restored(view), self._pair.clean(view)

    def ssim_maps(self, protocol: Protocol) -> tuple[Plane, ...]:
        """Return SSIM at every pixel, a map a plane; their mean is the protocol's SSIM.

        Raises ImageError for a picture smaller than the protocol's window.
        """
        lens, rule = self._lens(protocol), protocol.ssim
        work = self._workspace
        return tuple(ssim_map(each, rule, work).copy() for each in self._local_statistics(lens))

    def _look(self, lens: Lens, rules: Iterable[SsimRule]) -> None:
        # Every rule's mean SSIM through one lens, plane after plane.
        missing = [rule for rule in rules if (lens, rule) not in self._similarities]
        if not missing:
            return
        means: dict[SsimRule, list[float]] = {rule: [] for rule in missing}
        for statistics in self._local_statistics(lens):
            for rule in missing:
                means[rule].append(float(np.mean(ssim_map(statistics, rule, self._workspace))))
        for rule, each in means.items():
            self._similarities[lens, rule] = fsum(each) / len(each)

    def _local_statistics(self, lens: Lens) -> Iterator[Statistics]:
        x, y = self._pair.restored(lens.view), self._pair.clean(lens.view)
        for one, other in zip(x, y, strict=True):
            yield local_statistics(one, other, lens.window, lens.edges, self._workspace)

    def _error(self, protocol: Protocol) -> float:
        view = View(self._pair.state(protocol, "psnr"), protocol.colour, protocol.crop)
        if view not in self._errors:
            pair = self._pair.restored(view), self._pair.clean(view)
            self._errors[view] = mean_squared_error(*pair)
        return self._errors[view]

    @cached_property
    def _workspace(self) -> Workspace:
        return Workspace(self.clean.shape[0] * self.clean.shape[1])

    def _lens(self, protocol: Protocol) -> Lens:
        rule = protocol.ssim
        height, width = (side - side % protocol.crop for side in self.clean.shape[:2])
        if min(height, width) < window_size(rule.window):
            raise _too_small(self.clean, protocol)
        factor = wang_factor(height, width) if rule.downsample else 1
        view = View(self._pair.state(protocol, "ssim"), protocol.colour, protocol.crop, factor)
        # The inner pixels are the same whatever lies beyond the edge: "valid" shares.
        return Lens(view, rule.window, "replicate" if rule.edges == "valid" else rule.edges)


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


def _too_small(clean: Pixels, protocol: Protocol) -> ImageError:
    height, width = clean.shape[:2]
    side = window_size(protocol.ssim.window)
    side += -side % protocol.crop
    return ImageError(
        expected=f"a picture of at least {side}x{side} pixels for {protocol.name}",
        got=f"{width}x{height}",
        now="score larger pictures",
    )
