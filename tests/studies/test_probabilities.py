import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from brain_tumor_kedro.studies.probabilities import auroc, net_benefit, spiegelhalter


def test_net_benefit_weighs_false_alarms_by_the_odds_of_the_threshold():
    positive, p = np.array([1, 1, 0, 0]), np.array([0.9, 0.1, 0.8, 0.2])

    assert net_benefit(positive, p, 0.75) == pytest.approx(0.25 - 0.25 * 3)


def test_probabilities_that_hold_are_calibrated_and_such_that_do_not_are_not():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.05, 0.95, 2000)
    positive = (generator.random(2000) < p).astype(int)

    assert spiegelhalter(positive, p)[1] > 0.05
    assert spiegelhalter(positive, p**3)[1] < 0.001


def test_halves_say_nothing_of_calibration():
    assert spiegelhalter(np.array([1, 1]), np.array([0.5, 0.5])) == (0.0, 1.0)


def test_auroc_counts_ties_by_half():
    positive, scores = np.array([True, False, True, False]), np.array([2.0, 1.0, 1.0, 0.0])

    assert auroc(positive, scores) == roc_auc_score(positive, scores)
