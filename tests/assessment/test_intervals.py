import numpy as np
import pytest
from scipy.stats import binomtest, norm

from brain_tumor_kedro.assessment.intervals import center_draws, expanded_tail, make_interval

DRAWN = np.random.default_rng(0).normal(0.7, 0.05, 4000)


def test_with_many_groups_it_is_the_percentile_interval():
    interval = make_interval(0.7, DRAWN, effective=1e6)

    assert (interval.low, interval.high) == pytest.approx(np.quantile(DRAWN, [0.025, 0.975]))
    assert (interval.value, interval.draws) == (0.7, 4000)


def test_with_few_groups_it_reaches_further_as_students_t_does():
    # 2.262 is the tabulated t of 9 degrees of freedom.
    assert expanded_tail(10) == pytest.approx(norm.cdf(-2.262 * np.sqrt(10 / 9)), rel=1e-3)
    few, many = (make_interval(0.7, DRAWN, effective=groups) for groups in (5, 50))
    assert few.low < many.low < many.high < few.high


def test_draws_that_do_not_define_the_score_are_left_out_and_counted():
    drawn = np.where(np.arange(4000) < 1000, np.nan, DRAWN)

    interval = make_interval(0.7, drawn, effective=1e6)

    assert interval.draws == 3000
    assert interval.low == pytest.approx(np.quantile(DRAWN[1000:], 0.025))


@pytest.mark.parametrize(
    ("value", "drawn", "effective"),
    [
        (0.7, DRAWN, 1.0),
        (0.7, np.where(np.arange(4000) < 2001, np.nan, DRAWN), 50),
        (1.0, np.ones(4000), 50),
        (0.25, np.full(4000, 0.25), 50),
        (np.nan, np.full(4000, np.nan), 50),
    ],
    ids=[
        "one group",
        "hardly ever defined",
        "nothing known of the spread",
        "no draw changes it",
        "undefined",
    ],
)
def test_where_nothing_is_known_there_is_no_interval(value, drawn, effective):
    interval = make_interval(value, drawn, effective)

    assert (interval.low, interval.high) == (None, None)
    assert interval.value == (None if np.isnan(value) else value)


@pytest.mark.parametrize(("value", "hits"), [(1.0, 28), (0.0, 0)])
def test_a_share_that_no_draw_changes_gets_the_exact_bound(value, hits):
    interval = make_interval(value, np.full(500, value), effective=28, kind="share")

    exact = binomtest(hits, 28).proportion_ci(0.95, method="exact")
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high))


def test_predictors_that_never_differ_differ_by_nothing():
    interval = make_interval(0.0, np.zeros(500), effective=28, kind="difference")
    assert (interval.low, interval.high) == (0, 0)


def test_who_is_always_right_beside_who_never_is_differs_by_what_the_bounds_of_both_leave():
    low, high = binomtest(6, 6).proportion_ci(0.95, method="exact")
    first = make_interval(1.0, np.ones(500), effective=6, kind="difference")
    second = make_interval(-1.0, -np.ones(500), effective=6, kind="difference")

    assert first[1:3] == pytest.approx((low - (1 - low), high))
    assert second[1:3] == pytest.approx((-high, (1 - low) - low))


def test_nothing_is_known_of_the_spread_of_another_difference_that_no_draw_changes():
    interval = make_interval(0.5, np.full(500, 0.5), effective=6, kind="difference")
    assert interval[:3] == (0.5, None, None)


def test_draws_of_a_distance_are_moved_to_its_value():
    drawn = np.array([0.1, 0.3, 0.5, np.nan])

    assert center_draws(0.2, drawn)[:3] == pytest.approx([0.0, 0.2, 0.4])
    assert center_draws(0.1, drawn)[:3] == pytest.approx([0.0, 0.1, 0.3])
    assert center_draws(0.1, drawn, "difference")[:3] == pytest.approx([-0.1, 0.1, 0.3])


def test_an_interval_holds_its_value():
    assert make_interval(0.4, DRAWN, effective=50).low == 0.4
    assert make_interval(1.4, DRAWN, effective=50).high == 1.4
