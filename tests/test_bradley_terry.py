"""Strengths from votes: a second opinion on the peak, and truth told by simulation."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from rainbench.votes.bradley_terry import PRIOR_SPREAD, fit_strengths, strength_intervals

Array = NDArray[np.float64]

TRUE = np.array([1.2, 0.3, -0.4, -1.1])
TIES = 0.6  # Davidson's nu


def simulate(random: np.random.Generator, units: int, votes: int, spread: float = 0.0) -> Array:
    """Draw votes of so many units on every pair, each unit with strengths of its own."""
    players = TRUE.size
    counts = np.zeros((units, players, players, 2))
    for unit in range(units):
        own = TRUE + random.normal(0, spread, players)
        for i in range(players):
            for j in range(i + 1, players):
                odds = np.exp([own[i], own[j], np.log(TIES) + (own[i] + own[j]) / 2])
                first, second, tie = random.multinomial(votes, odds / odds.sum())
                counts[unit, i, j] += (first, tie)
                counts[unit, j, i] += (second, tie)
    return counts


def test_known_strengths_are_found() -> None:
    counts = simulate(np.random.default_rng(1), units=1, votes=20_000)[0]
    assert np.allclose(fit_strengths(counts), TRUE, atol=0.03)


def test_the_peak_is_where_another_optimiser_finds_it() -> None:
    counts = simulate(np.random.default_rng(2), units=1, votes=7)[0]

    def loss(x: Array) -> float:
        value = float((x**2).sum()) / (2 * PRIOR_SPREAD**2)
        for i in range(4):
            for j in range(i + 1, 4):
                utility = np.array([x[i], x[j], (x[i] + x[j]) / 2 + x[-1]])
                shares = utility - np.log(np.exp(utility).sum())
                value -= float(np.dot([counts[i, j, 0], counts[j, i, 0], counts[i, j, 1]], shares))
        return value

    other = minimize(loss, np.zeros(5), method="Nelder-Mead", options={"maxiter": 20_000, "xatol": 1e-9, "fatol": 1e-12}).x[:4]  # fmt: skip  # noqa: E501
    assert np.allclose(fit_strengths(counts), other - other.mean(), atol=1e-4)


def test_who_wins_everything_is_strong_but_not_without_end() -> None:
    counts = np.zeros((2, 2, 2))
    counts[0, 1, 0] = 12
    strong, weak = fit_strengths(counts)
    assert strong == pytest.approx(-weak)
    assert 0.9 < strong < 4


def test_without_votes_nobody_is_ahead() -> None:
    assert np.allclose(fit_strengths(np.zeros((3, 3, 2))), 0)


def test_only_ties_say_that_all_are_alike() -> None:
    counts = np.zeros((2, 2, 2))
    counts[0, 1, 1] = counts[1, 0, 1] = 9
    assert np.allclose(fit_strengths(counts), 0)


@pytest.mark.parametrize("spread", [0.0, 0.8], ids=["alike", "of many minds"])
def test_intervals_hold_the_true_strength_about_as_often_as_they_say(spread: float) -> None:
    random = np.random.default_rng(3)
    held = []
    for _ in range(25):
        found = strength_intervals(simulate(random, units=14, votes=3, spread=spread))
        assert found is not None
        held += [low <= true <= high for (low, high), true in zip(found, TRUE, strict=True)]
    # Of 100 intervals, not independent, between 88 and all.
    assert sum(held) >= 88


def test_one_unit_has_no_spread() -> None:
    assert strength_intervals(simulate(np.random.default_rng(4), units=1, votes=5)) is None


def test_intervals_are_the_same_every_time() -> None:
    counts = simulate(np.random.default_rng(5), units=5, votes=2)
    one, other = strength_intervals(counts), strength_intervals(counts)
    assert one is not None
    assert other is not None
    assert np.array_equal(one, other)
