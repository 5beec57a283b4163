"""Intervals and tests: held to SciPy, and by simulation to what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rainbench.errors import UsageError
from rainbench.evidence import statistics
from rainbench.evidence.statistics import (
    bca_interval,
    holm,
    mean_interval,
    scene_means,
    seeded_interval,
    signed_rank_p,
    student_interval,
)
from tests.coverage import clustered_coverage, coverage, rejections, seeded_coverage

RANDOM = np.random.default_rng(5)
SKEWED = RANDOM.exponential(size=91)


def test_images_of_one_scene_are_one_observation() -> None:
    assert scene_means([("b", 1.0), ("a", 5.0), ("b", 3.0)]) == {"a": 5.0, "b": 2.0}


def test_below_thirty_scenes_the_interval_is_students() -> None:
    values = SKEWED[:29]
    wanted = stats.t.interval(0.95, 28, loc=values.mean(), scale=stats.sem(values))
    assert mean_interval(list(values)) == pytest.approx(wanted, abs=1e-12)
    assert student_interval(values) == pytest.approx(wanted, abs=1e-12)


def test_the_bootstrap_is_scipys_on_the_same_resamples() -> None:
    wanted = stats.bootstrap(
        (SKEWED,),
        np.mean,
        n_resamples=statistics.RESAMPLES,
        method="BCa",
        rng=np.random.default_rng(statistics.SEED),
    ).confidence_interval
    assert bca_interval(SKEWED) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_from_thirty_scenes_on_the_bootstrap_is_widened_by_what_it_lacks() -> None:
    low, high = bca_interval(SKEWED)
    wide = mean_interval(list(SKEWED))
    assert wide is not None
    assert wide.low < low < SKEWED.mean() < high < wide.high
    assert wide.high - wide.low < 1.05 * (high - low)
    # Skewed to the right, it reaches further to the right.
    assert wide.high - SKEWED.mean() > SKEWED.mean() - wide.low


def test_the_same_values_have_the_same_interval() -> None:
    assert mean_interval(list(SKEWED)) == mean_interval(list(SKEWED))


def test_one_scene_has_no_interval_and_equal_ones_have_no_width() -> None:
    assert mean_interval([1.0]) is None
    assert mean_interval([2.0] * 5) == (2.0, 2.0)
    assert mean_interval([2.0] * 50) == (2.0, 2.0)


@pytest.mark.parametrize("count", [8, 40, 91])
def test_the_test_is_scipys(count: int) -> None:
    values = SKEWED[:count] - 0.8
    assert signed_rank_p(list(values)) == stats.wilcoxon(values).pvalue


def test_zeros_say_nothing() -> None:
    assert signed_rank_p([0.0] * 40) == 1.0
    assert signed_rank_p([0.0, 0.0, *SKEWED[:9]]) == signed_rank_p(list(SKEWED[:9]))


def test_an_infinite_difference_is_refused() -> None:
    for refuse in (mean_interval, signed_rank_p):
        with pytest.raises(UsageError, match="restored exactly"):
            refuse([1.0, float("inf")])


def test_holm_is_the_textbook_example() -> None:
    # Four tests: 0.01 x 4, 0.02 x 3, then no less than before.
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.02})
    assert found == pytest.approx({"a": 0.04, "b": 0.06, "c": 0.06, "d": 0.06})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_no_correction_and_bonferronis(values: list[float]) -> None:
    raw = {str(i): value for i, value in enumerate(values)}
    found = holm(raw)
    assert list(found) == list(raw)
    for name, p in raw.items():
        assert p <= found[name] <= min(1.0, p * len(raw)) + 1e-12


def test_seeds_that_agree_leave_the_scenes_interval() -> None:
    first = np.tile(SKEWED, (3, 1))
    interval, p = seeded_interval(first, np.zeros((2, 91)))
    assert interval == pytest.approx(student_interval(SKEWED), abs=1e-12)
    assert p == pytest.approx(stats.ttest_1samp(SKEWED, 0).pvalue, rel=1e-9)


def test_scenes_that_agree_leave_welchs_test_over_seeds() -> None:
    one, other = RANDOM.normal(size=(4, 1)), RANDOM.normal(size=(6, 1))
    interval, p = seeded_interval(one + np.zeros(9), other + np.zeros(9))
    welch = stats.ttest_ind(one[:, 0], other[:, 0], equal_var=False)
    assert p == pytest.approx(welch.pvalue, rel=1e-9)
    assert interval == pytest.approx(tuple(welch.confidence_interval()), abs=1e-9)


def test_seeds_of_other_scenes_or_a_single_one_are_refused() -> None:
    for shapes in [((2, 5), (2, 6)), ((1, 5), (2, 5)), ((2, 1), (2, 1))]:
        with pytest.raises(UsageError, match="two seeds or more"):
            seeded_interval(np.zeros(shapes[0]), np.zeros(shapes[1]))


# The light version of tests/coverage.py: 400 trials leave 0.011 of chance, hence the wider bounds.
@pytest.mark.parametrize("shape", ["normal", "log-normal"])
def test_intervals_cover_what_they_promise(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "RESAMPLES", 999)
    statistics._resamples.cache_clear()
    for count in (30, 91):
        assert 0.92 <= coverage(shape, count, trials=400) <= 0.98
    assert 0.92 <= clustered_coverage(shape, trials=200) <= 0.99
    statistics._resamples.cache_clear()


def test_scenes_keep_the_tests_promise_where_images_break_it() -> None:
    by_scene, naive = rejections(trials=200)
    assert by_scene <= 0.10
    assert naive > 0.35


def test_seeds_keep_the_promise_where_scenes_alone_break_it() -> None:
    counted, ignored = seeded_coverage(seeds=3, scenes=91, trials=300)
    assert counted >= 0.92
    assert ignored < 0.85
