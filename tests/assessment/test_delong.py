import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from brain_tumor_kedro.assessment.delong import compare_areas, place

# The example of pROC (Robin et al., BMC Bioinformatics 12:77, 2011), roc.test(aSAH$outcome,
# aSAH$wfns, aSAH$s100b): 113 patients with a subarachnoid hemorrhage (Turck et al., Intensive Care
# Medicine 36:1, 2010). Given are the ranks of the two markers, the first 41 with a poor outcome.
WFNS = """
    2 1 3 4 4 4 4 1 4 1 0 1 4 3 3 1 4 4 4 1 4 1 4 1 3 4 3 3 0 3 3 1 1 4 4 1 1 4 4 4 4
    0 0 0 0 4 0 1 1 0 1 1 0 0 0 1 0 1 0 0 2 3 0 3 0 4 4 0 0 1 3 0 0 1 1 0 1 0 1 1 0 0 0 0 1 0 1 0 0
    2 1 3 1 0 3 0 0 4 3 1 1 0 0 0 2 0 1 1 3 3 0 0 0
"""
S100B = """
    8 5 11 7 25 30 28 2 19 4 2 23 21 27 30 15 30 30 30 2 30 17 0 4 13 30 15 30 3 15 8 5 6 13 30 9 30
    18 30 30 25
    8 9 5 1 26 12 5 5 1 3 1 4 6 2 12 2 6 8 12 1 11 9 20 4 29 26 11 2 24 26 6 3 4 3 1 8 5 9 10 1 1 4
    1 4 3 11 4 3 19 6 16 2 5 18 2 1 14 22 5 10 3 9 5 2 1 12 10 26 12 10 29 27
"""


def test_the_published_example_of_proc():
    first, second = (np.array(ranks.split(), dtype=float) for ranks in (WFNS, S100B))

    found = compare_areas(np.arange(113) < 41, first, second)

    # What pROC's documentation and its tests state: test-roc.test.R, helper-deLongPlacements.
    assert found.first == pytest.approx(0.823678861788618, abs=1e-12)
    assert found.second == pytest.approx(0.731368563685637, abs=1e-12)
    assert found.z == pytest.approx(2.20898359144091, abs=1e-10)
    assert found.p == pytest.approx(0.0271757822291882, abs=1e-10)
    ends = found.difference + np.array([-1, 1]) * 1.959963984540054 * found.error
    assert ends == pytest.approx([0.0104061769564846, 0.174214419249478], abs=1e-10)


def test_placements_and_variance_counted_by_hand():
    positive = np.array([True, True, True, False, False])
    first = np.array([0.9, 0.5, 0.3, 0.5, 0.1])
    second = np.array([0.8, 0.7, 0.6, 0.2, 0.1])

    hits, misses = place(positive, np.stack([first, second]))
    found = compare_areas(positive, first, second)

    # The positive at 0.5 ties with a negative: one half of it, and all of the other.
    assert hits.tolist() == [[1, 0.75, 0.5], [1, 1, 1]]
    assert misses[0] == pytest.approx([(1 + 0.5 + 0) / 3, 1])
    # The second is perfect, so all variance is of the first: of (1, 3/4, 1/2) over three
    # positives, 1/16 / 3, and of (1/2, 1) over two negatives, 1/8 / 2.
    assert (found.first, found.second) == (0.75, 1)
    assert found.error == pytest.approx(np.sqrt(1 / 48 + 1 / 16))
    assert found.z == pytest.approx(-0.25 / np.sqrt(1 / 48 + 1 / 16))


def test_areas_and_errors_equal_those_of_all_pairs():
    random = np.random.default_rng(0)
    positive = random.uniform(size=60) < 0.4
    scores = np.round(random.normal(size=(2, 60)) + positive, 1)

    found = compare_areas(positive, *scores)

    wins = [
        (one[positive][:, None] > one[~positive]) + (one[positive][:, None] == one[~positive]) / 2
        for one in scores
    ]
    of_ones = np.cov([pairs.mean(axis=1) for pairs in wins]) / positive.sum()
    of_zeros = np.cov([pairs.mean(axis=0) for pairs in wins]) / (~positive).sum()
    covariance = of_ones + of_zeros
    assert found.error**2 == pytest.approx(covariance.trace() - 2 * covariance[0, 1])
    assert found.first == pytest.approx(roc_auc_score(positive, scores[0]))
    assert found.second == pytest.approx(roc_auc_score(positive, scores[1]))


def test_scores_that_rank_alike_do_not_differ():
    positive = np.arange(10) < 4
    score = np.linspace(1, 0, 10)

    found = compare_areas(positive, score, score**3)

    assert (found.difference, found.z, found.p) == (0, 0, 1)


@pytest.mark.parametrize("ones", [0, 1, 9, 10])
def test_a_side_of_fewer_than_two_has_no_variance(ones):
    assert compare_areas(np.arange(10) < ones, np.arange(10.0), np.arange(10.0)) is None
