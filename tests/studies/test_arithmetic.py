import numpy as np
import pytest
from scipy.stats import binomtest

from brain_tumor_kedro.studies import arithmetic
from brain_tumor_kedro.studies.probabilities import auroc


def test_rounded_shares_tell_of_how_many_they_are():
    shares = np.round(np.array([1, 5, 12, 17]) / 19, 3)

    assert arithmetic.are_counts_of(shares, 19, 3).all()
    assert not arithmetic.are_counts_of(shares, 20, 3).any()
    assert arithmetic.find_denominator(shares, 100, 3) == 19


def test_a_half_is_rounded_to_either_side():
    assert arithmetic.is_rounded(0.13, 0.125, 2)
    assert arithmetic.is_rounded(0.12, 0.125, 2)
    assert not arithmetic.is_rounded(0.12, 0.1251, 2)


def test_a_figure_that_was_cut_off_lies_below_its_value():
    assert arithmetic.is_cut_off(9.1, 9.157, 1) and arithmetic.is_cut_off(9.1, 9.1, 1)
    assert not arithmetic.is_cut_off(9.2, 9.157, 1) and not arithmetic.is_cut_off(9.0, 9.1, 1)


def test_f1_lies_between_those_of_the_least_and_the_largest_figures():
    low, high = arithmetic.f1_range(np.array([0.8, 0.0]), np.array([0.5, 0.0]), 1)

    assert low[0] == pytest.approx(2 * 0.75 * 0.45 / 1.2)
    assert high[0] == pytest.approx(2 * 0.85 * 0.55 / 1.4)
    assert low[1] == 0


def test_wilson_at_the_end_of_the_scale_stays_within_it():
    low, high = arithmetic.wilson(10, 10)

    # z² / (n + z²), with z = 1.96.
    assert (low, high) == (pytest.approx(1 - 3.8415 / 13.8415, abs=1e-4), 1.0)


def test_mcnemar_is_the_binomial_test_of_those_that_differ():
    assert arithmetic.mcnemar(7, 2) == binomtest(7, 9).pvalue
    assert arithmetic.mcnemar(0, 0) == 1


def test_mcnemar_is_bounded_by_the_least_and_the_most_common_hits():
    bounds = arithmetic.mcnemar_bounds(90, 80, 100)

    # Between 70 and 80 are right in common: 20 against 10 differ, or 10 against 0.
    tried = [arithmetic.mcnemar(90 - both, 80 - both) for both in range(70, 81)]
    assert (bounds.least, bounds.largest) == (min(tried), max(tried))
    assert bounds.least < 0.05 < bounds.largest


@pytest.mark.parametrize(("fits", "nearly"), [(48, True), (46, True), (45, False)])
def test_two_of_48_rows_may_be_misprints(fits, nearly):
    assert arithmetic.are_nearly_all(fits, 48) == nearly


def test_of_no_rows_nearly_all_is_not_said():
    assert not arithmetic.are_nearly_all(0, 0)


def test_a_share_is_rounded_up_or_down():
    assert [arithmetic.is_share_of(n, 357, 0.2) for n in (70, 71, 72, 73)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_an_adapter_has_two_thin_matrices_and_a_dense_layer_its_biases():
    assert arithmetic.adapter_parameters(5, 3, 2) == 5 * 2 + 2 * 3
    assert arithmetic.dense_parameters(5, 3) == 18


def test_auroc_of_chance_varies_as_drawn():
    generator = np.random.default_rng(0)
    positive = np.arange(30) < 10
    drawn = [auroc(positive, generator.random(30)) for _ in range(2000)]

    assert np.std(drawn) == pytest.approx(arithmetic.chance_auroc_spread(10, 20), rel=0.05)
