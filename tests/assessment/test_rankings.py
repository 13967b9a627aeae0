import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare, wilcoxon

from brain_tumor_kedro.assessment.rankings import (
    critical_difference,
    describe_pairs,
    describe_ranking,
    find_alike,
    iman_davenport,
    join_rankings,
    rank_treatments,
)

#: Three treatments over four blocks, without ties: ranks by hand below.
VALUES = pd.DataFrame(
    {"a": [0.9, 0.8, 0.7, 0.9], "b": [0.8, 0.9, 0.6, 0.5], "c": [0.1, 0.2, 0.3, 0.6]}
)

#: Demšar, JMLR 7, 2006, section 3.2.2: mean ranks of four variants of C4.5 on 14 data sets.
DEMSAR = np.array([3.143, 2.000, 2.893, 1.964])


def test_ranks_and_statistic_are_those_by_hand():
    ranking = rank_treatments(VALUES)

    assert ranking.means.to_dict() == {"a": 1.25, "b": 2.0, "c": 2.75}
    # 12 n / (k (k + 1)) (sum of squared mean ranks - k (k + 1)² / 4).
    assert ranking.statistic == pytest.approx(12 * 4 / 12 * (1.25**2 + 2**2 + 2.75**2 - 12))
    assert (ranking.blocks, ranking.dropped, ranking.reason) == (4, 0, "")


def test_the_statistic_is_that_of_scipy_with_ties():
    values = VALUES.assign(b=[0.9, 0.8, 0.6, 0.9])

    ranking = rank_treatments(values)
    expected = friedmanchisquare(*values.to_numpy().T)

    assert (ranking.statistic, ranking.p) == pytest.approx(tuple(expected))


def test_values_that_differ_by_rounding_are_a_tie():
    # 0.1 + 0.2 is not 0.3: six blocks of noise would be a difference with p 0.002.
    values = pd.DataFrame({"a": [0.1 + 0.2] * 6, "b": [0.3] * 6, "c": [0.3] * 6})

    ranking = rank_treatments(values)

    assert ranking.means.to_dict() == {"a": 2.0, "b": 2.0, "c": 2.0}
    assert ranking.reason == "all are equal in every block"


def test_the_published_example_is_reproduced():
    statistic = 12 * 14 / (4 * 5) * ((DEMSAR**2).sum() - 4 * 25 / 4)

    assert statistic == pytest.approx(9.28, abs=0.01)
    assert iman_davenport(9.28, 14, 4)[0] == pytest.approx(3.69, abs=0.005)
    # F(3, 39) at 0.05 is 2.85, so the null hypothesis is rejected.
    assert iman_davenport(9.28, 14, 4)[1] < 0.05 < iman_davenport(7.4, 14, 4)[1]
    assert critical_difference(14, 4) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(14, 4, alpha=0.10) == pytest.approx(1.12, abs=0.005)


def test_nemenyi_and_the_critical_difference_agree():
    generator = np.random.default_rng(1)
    drawn = generator.normal(size=(12, 5)) + np.arange(5) * 0.5
    values = pd.DataFrame(drawn, columns=list("abcde"))

    ranking = rank_treatments(values)

    apart = np.abs(np.subtract.outer(ranking.means.to_numpy(), ranking.means.to_numpy()))
    differs = ranking.pairs.to_numpy() < 0.05
    assert 0 < differs.sum() < 20
    assert np.array_equal(differs, apart > ranking.critical_difference)
    assert list(ranking.pairs.index) == list(ranking.pairs.columns) == list(ranking.means.index)
    assert ranking.means.index[0] == "e"


def test_with_two_treatments_the_test_would_be_another():
    ranking = rank_treatments(VALUES[["a", "b"]])

    assert ranking.reason == "2 to compare; Friedman's test needs 3 or more"
    assert ranking.means.to_dict() == {"a": 1.25, "b": 1.75}
    assert np.isnan([ranking.statistic, ranking.p, ranking.critical_difference]).all()
    # What this leaves to others.
    assert wilcoxon(VALUES["a"], VALUES["b"]).pvalue > 0


def test_one_block_repeats_nothing():
    assert rank_treatments(VALUES.head(1)).reason.startswith("1 whole block; ")


def test_incomplete_blocks_are_dropped_and_counted_and_empty_treatments_named():
    values = VALUES.assign(d=np.nan)
    values.loc[2, "b"] = np.nan

    ranking = rank_treatments(values)

    assert (ranking.blocks, ranking.dropped, ranking.missing) == (3, 1, ("d",))
    assert list(ranking.means.index) == ["a", "b", "c"]


def test_all_equal_is_said():
    ranking = rank_treatments(pd.DataFrame(np.ones((3, 4))))

    assert ranking.reason == "all are equal in every block"
    assert (ranking.means == 2.5).all()


def test_nothing_at_all_is_said():
    ranking = rank_treatments(pd.DataFrame({"a": [np.nan], "b": [np.nan]}))

    assert ranking.means.empty and ranking.missing == ("a", "b")
    table = describe_ranking("models", ranking)
    assert len(table) == 1 and table["treatment"].isna().all() and table["reason"][0]


def test_the_same_order_in_every_block_is_as_clear_as_can_be():
    values = pd.DataFrame([[3.0, 2.0, 1.0]] * 4)

    ranking = rank_treatments(values)

    assert (ranking.f_statistic, ranking.f_p) == (np.inf, 0.0)


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (0.5, []),
        (1.1, [("a", "b"), ("c", "d")]),
        (2.0, [("a", "b"), ("b", "c", "d")]),
        (9.0, [("a", "b", "c", "d")]),
    ],
)
def test_sets_that_are_alike_are_as_large_as_can_be(difference, expected):
    means = pd.Series({"a": 1.0, "b": 2.0, "c": 3.2, "d": 4.0})

    assert find_alike(means, difference) == expected


def test_tables_hold_every_treatment_and_every_pair_once():
    ranks, pairs = join_rankings({"models": rank_treatments(VALUES)})

    assert list(ranks["treatment"]) == ["a", "b", "c"]
    assert list(ranks["alike_with_best"]) == [True, True, True]
    assert pairs[["treatment", "other"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert describe_pairs("models", rank_treatments(VALUES[["a"]])).empty


def test_where_nothing_was_tested_nothing_is_called_alike():
    assert (
        describe_ranking("models", rank_treatments(VALUES.head(1)))["alike_with_best"].isna().all()
    )
