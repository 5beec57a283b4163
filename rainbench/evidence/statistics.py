"""What scores differ by, and how sure that is: intervals, a test, and a correction for many.

The unit is the scene. Images of one scene show one background under several rains and err
together, so their differences are averaged first; hundred scenes of fourteen images are hundred
observations. Numbers in, numbers out: `rainbench.evidence.difference` pairs what was measured.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import fsum, sqrt
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from rainbench.errors import UsageError

Vector: TypeAlias = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)

CONFIDENCE = 0.95
"""How often an interval holds the true mean."""

FEWEST_TO_RESAMPLE = 30
"""Scenes from which on the interval is bootstrapped; below, it is Student's."""

RESAMPLES = 9_999
SEED = 20_240_229
"""Of the resampling: a report is the same every time."""


class Interval(NamedTuple):
    """Between which numbers the true mean lies, as far as the observations tell."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether all of it is on one side of zero."""
        return self.low > 0 or self.high < 0


def scene_means(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Average (scene, value) within each scene, exactly; scenes come sorted."""
    by_scene: dict[str, list[float]] = {}
    for scene, value in values:
        by_scene.setdefault(scene, []).append(value)
    return {scene: fsum(by_scene[scene]) / len(by_scene[scene]) for scene in sorted(by_scene)}


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Compute the interval of the mean of independent values, one a scene.

    Student's below 30 values, a BCa bootstrap's from there on, which leans as the values do.
    Of a dozen skewed values, 95% of the former cover 91% (log-normal of skewness 1.75).
    None for fewer than two values, which say nothing of their spread. Raises UsageError for
    values that are not finite.
    """
    observed = _finite(values)
    if observed.size < 2:
        return None
    if observed.size < FEWEST_TO_RESAMPLE:
        return student_interval(observed, confidence)
    # Resampled means spread too little, by n - 1 over n and by the normal's tails for Student's:
    # Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 4.2.2.
    count = observed.size
    quantile = stats.t.ppf((1 - confidence) / 2, count - 1) * sqrt(count / (count - 1))
    return bca_interval(observed, 1 - 2 * float(special.ndtr(quantile)))


def student_interval(values: Vector, confidence: float = CONFIDENCE) -> Interval:
    """Compute Student's interval of the mean of two values or more."""
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / sqrt(values.size)
    reach = float(stats.t.ppf((1 + confidence) / 2, values.size - 1)) * error
    return Interval(mean - reach, mean + reach)


def bca_interval(values: Vector, confidence: float = CONFIDENCE) -> Interval:
    """Compute the bias-corrected and accelerated bootstrap interval of the mean.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 14.3. As
    scipy.stats.bootstrap of the same resamples; of equal values it is that value alone.
    """
    mean = float(values.mean())
    around = values - mean
    squares = float(np.sum(around**2))
    if squares == 0:
        return Interval(mean, mean)
    means = values[_resamples(values.size)].mean(axis=1)
    # Half of the ties with the mean itself count as below it.
    below = (np.count_nonzero(means < mean) + np.count_nonzero(means <= mean)) / (2 * means.size)
    bias = special.ndtri(below)
    acceleration = float(np.sum(around**3)) / (6 * squares**1.5)  # the jackknife's, of a mean
    tail = special.ndtri((1 - confidence) / 2)
    ends = [bias + z / (1 - acceleration * z) for z in (bias + tail, bias - tail)]
    low, high = np.quantile(means, special.ndtr(ends))
    return Interval(float(low), float(high))


def seeded_interval(
    first: NDArray[np.float64], second: NDArray[np.float64], confidence: float = CONFIDENCE
) -> tuple[Interval, float]:
    """Compare two methods that were each trained under several seeds: interval and p-value.

    Another seed moves every scene's score at once, so that scenes alone would promise too much.
    The variances of the mean over seeds of either method and over scenes add up; Satterthwaite
    counts their degrees of freedom. Conservative by what seeds and scenes do to each other.

    Args:
        first: scores, (seeds, scenes); two seeds or more.
        second: the other method's, of the same scenes in the same order; two seeds or more.
        confidence: how often the interval holds the true difference of the means.

    Raises UsageError for fewer than two seeds or scenes, or for other scenes. Source:
    Satterthwaite, "An Approximate Distribution of Estimates of Variance Components", 1946.
    """
    _finite(first), _finite(second)
    if first.shape[1:] != second.shape[1:] or min(*first.shape, *second.shape) < 2:
        raise UsageError(
            expected="scores of two seeds or more on the same two scenes or more",
            got=f"shapes {first.shape} and {second.shape}",
            now="compare single runs by their scenes alone",
        )
    by_scene = first.mean(axis=0) - second.mean(axis=0)
    samples = (first.mean(axis=1), second.mean(axis=1), by_scene)
    variances = [float(each.var(ddof=1)) / each.size for each in samples]
    total, mean = fsum(variances), float(by_scene.mean())
    if total == 0:
        return Interval(mean, mean), 1.0 if mean == 0 else 0.0
    parts = (v**2 / (each.size - 1) for v, each in zip(variances, samples, strict=True))
    freedom = total**2 / fsum(parts)
    reach = float(stats.t.ppf((1 + confidence) / 2, freedom)) * sqrt(total)
    p_value = 2 * float(stats.t.sf(abs(mean) / sqrt(total), freedom))
    return Interval(mean - reach, mean + reach), p_value


def signed_rank_p(values: Sequence[float]) -> float:
    """Test whether values, one a scene, lie evenly around zero: Wilcoxon's two-sided p-value.

    Zeros are left out, as Wilcoxon did; where nothing is left, nothing speaks against evenness:
    1. Raises UsageError for values that are not finite.
    """
    observed = _finite(values)
    moved = observed[observed != 0]
    return 1.0 if moved.size == 0 else float(stats.wilcoxon(moved).pvalue)


def holm(p_values: Mapping[K, float]) -> dict[K, float]:
    """Correct p-values for how many there are, so that one false alarm in all stays rare.

    Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.
    """
    corrected: dict[K, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, p_values[name] * (len(p_values) - rank)))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}


@lru_cache(maxsize=1)
def _resamples(count: int) -> NDArray[np.int64]:
    # The same for all pairs of a dataset's methods, which then differ in nothing but scores.
    return np.random.default_rng(SEED).integers(0, count, (RESAMPLES, count))


def _finite(values: Sequence[float] | NDArray[np.float64]) -> Vector:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise UsageError(
            expected="finite differences",
            got="an infinite one: a picture was restored exactly",
            now="compare by SSIM, or leave that picture out",
        )
    return array
