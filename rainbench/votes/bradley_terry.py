"""Strengths from choices between two: Bradley and Terry's model, with Davidson's ties."""

from __future__ import annotations

from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array: TypeAlias = NDArray[np.float64]

PRIOR_SPREAD = 3.0
"""Standard deviation of the normal prior of every parameter: who wins all votes, some ten of them,
is not infinitely strong. Log-odds of 3 are 20 to 1."""

RESAMPLES = 499
SEED = 20_240_229
"""Of the resampling: a report is the same every time."""

_STEPS = 50
_CLOSE = 1e-9


def fit_strengths(counts: Array) -> Array:
    """Estimate log-strengths that sum to zero, by Newton's method.

    Args:
        counts: (players, players, 2): how often the first was chosen over the second, and, the
            same either way round, how often neither was.

    i is chosen over j with odds exp(strength i - strength j). Source: Davidson, "On Extending the
    Bradley-Terry Model to Accommodate Ties in Paired Comparison Experiments", 1970: a logit of
    three choices, whose likelihood has one peak.
    """
    players = counts.shape[0]
    pairs = list(combinations(range(players), 2))
    chosen = np.array([(counts[i, j, 0], counts[j, i, 0], counts[i, j, 1]) for i, j in pairs])
    features = _features(players, pairs)
    strengths = np.zeros(players + 1)
    for _ in range(_STEPS):
        step = _newton_step(strengths, chosen, features)
        strengths += step
        if np.abs(step).max() < _CLOSE:
            break
    return np.asarray(strengths[:players] - strengths[:players].mean())


def _features(players: int, pairs: list[tuple[int, int]]) -> Array:
    """Say what speaks for the first, for the second and for a tie: (pairs, 3, parameters)."""
    features = np.zeros((len(pairs), 3, players + 1))
    for place, (i, j) in enumerate(pairs):
        features[place, 0, i] = features[place, 1, j] = 1
        features[place, 2, [i, j]] = 0.5
        features[place, 2, -1] = 1
    return features


def _newton_step(strengths: Array, chosen: Array, features: Array) -> Array:
    utilities = features @ strengths
    odds = np.exp(utilities - utilities.max(axis=1, keepdims=True))
    shares = odds / odds.sum(axis=1, keepdims=True)
    votes = chosen.sum(axis=1)
    precision = 1 / PRIOR_SPREAD**2
    slope = np.einsum("pc,pcf->f", chosen - votes[:, None] * shares, features)
    expected = np.einsum("pc,pcf->pf", shares, features)
    weighted = features * (votes[:, None] * shares)[..., None]
    curvature = np.einsum("pcf,pcg->fg", weighted, features)
    curvature -= np.einsum("p,pf,pg->fg", votes, expected, expected)
    curvature += precision * np.eye(strengths.size)
    return np.asarray(np.linalg.solve(curvature, slope - precision * strengths))


def strength_intervals(counts: Array, confidence: float = 0.95) -> Array | None:
    """Compute how far each strength may be off, (players, 2), from independent units of votes.

    Args:
        counts: (units, players, players, 2), each unit as `fit_strengths` takes them: the votes
            of one person, or those on one image, which err together.
        confidence: how often an interval holds the true strength.

    The spread over resampled units, by Student's quantile of their number. None for fewer than
    two units, which say nothing of their spread.
    """
    units = counts.shape[0]
    if units < 2:
        return None
    random = np.random.default_rng(SEED)
    weights = random.multinomial(units, np.full(units, 1 / units), size=RESAMPLES)
    found = np.array([fit_strengths(np.tensordot(drawn, counts, axes=1)) for drawn in weights])
    centre = fit_strengths(counts.sum(axis=0))
    # Resampled units spread too little, by units - 1 over units.
    spread = found.std(axis=0, ddof=1) * np.sqrt(units / (units - 1))
    reach = float(stats.t.ppf((1 + confidence) / 2, units - 1)) * spread
    return np.stack([centre - reach, centre + reach], axis=1)
