import numpy as np
import pytest
from scipy.stats import chi2

from brain_tumor_kedro.assessment.mcnemar import compare_hits


def hits(both, first, second, neither=3):
    counts = [both, first, second, neither]
    return np.repeat([True, True, False, False], counts), np.repeat(
        [True, False, True, False], counts
    )


def test_few_differences_are_judged_exactly():
    found = compare_hits(*hits(50, 1, 7))

    # Of eight tosses, at most one head or at most one tail: 2 * (1 + 8) / 256.
    assert found == (1, 7, pytest.approx(18 / 256), "exact binomial")


def test_many_differences_are_judged_by_chi_square():
    found = compare_hits(*hits(50, 10, 25))

    assert found[:2] == (10, 25)
    assert found.p == pytest.approx(chi2.sf((15 - 1) ** 2 / 35, 1))
    assert found.method.startswith("chi-square")


@pytest.mark.parametrize(("first", "second", "exact"), [(12, 12, True), (12, 13, False)])
def test_from_25_differences_on_it_is_chi_square(first, second, exact):
    found = compare_hits(*hits(5, first, second))

    assert found.method.startswith("exact") == exact
    assert found.p == pytest.approx(1)


def test_predictors_that_never_differ_are_alike():
    assert compare_hits(*hits(5, 0, 0)).p == 1
