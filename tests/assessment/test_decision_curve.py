import numpy as np
import pytest

from brain_tumor_kedro.assessment.decision_curve import (
    THRESHOLDS,
    net_benefit,
    summarize_decisions,
    targets_of,
    trace_decisions,
)
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.outcome import outcome_of
from predicted import CLASSES, POSITIVE, draw_predictions

#: Ten people, four of them ill.
PROBABILITIES = np.array([0.9, 0.8, 0.6, 0.15, 0.7, 0.3, 0.2, 0.1, 0.05, 0.02])
ILL = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)


def at(curve, threshold):
    return curve[np.flatnonzero(np.isclose(THRESHOLDS, threshold))[0], 0]


@pytest.mark.parametrize(
    ("threshold", "found", "alarms"), [(0.5, 3, 1), (0.2, 3, 3), (0.1, 4, 4), (0.75, 2, 0)]
)
def test_net_benefit_by_hand(threshold, found, alarms):
    curve = net_benefit(PROBABILITIES, ILL, np.ones((10, 1)))
    by_hand = found / 10 - alarms / 10 * threshold / (1 - threshold)
    assert at(curve, threshold) == pytest.approx(by_hand)


def test_a_prevalence_weighs_both_sides_by_hand():
    curve = net_benefit(PROBABILITIES, ILL, np.ones((10, 1)), prevalence=0.05)
    assert at(curve, 0.2) == pytest.approx(3 / 4 * 0.05 - 3 / 6 * 0.95 * 0.25)
    as_found = net_benefit(PROBABILITIES, ILL, np.ones((10, 1)), prevalence=0.4)
    np.testing.assert_allclose(as_found, net_benefit(PROBABILITIES, ILL, np.ones((10, 1))))


def test_drawing_an_image_twice_is_weighing_it_twice():
    twice = np.r_[np.arange(10), 0, 4]
    weights = np.bincount(twice, minlength=10)[:, None].astype(float)
    expected = net_benefit(PROBABILITIES[twice], ILL[twice], np.ones((12, 1)))
    np.testing.assert_allclose(net_benefit(PROBABILITIES, ILL, weights), expected)


def trace(counts, classes=CLASSES, positive=POSITIVE, prevalence=None):
    predictions, _ = draw_predictions(counts, classes)
    outcome = outcome_of(predictions, "test", classes)
    draws = Draws(np.arange(len(outcome.truth)), 200, 0)
    return outcome, trace_decisions(outcome, classes, positive, draws, prevalence)


def test_every_target_has_a_curve_and_treating_all_ends_at_the_prevalence():
    outcome, curves = trace({"test": 300})
    assert list(dict.fromkeys(curves["target"])) == ["positive", *CLASSES]
    first = curves[curves["target"] == "positive"]
    share = (outcome.truth < 3).mean()
    odds = THRESHOLDS / (1 - THRESHOLDS)
    np.testing.assert_allclose(first["treat_all"], share - (1 - share) * odds)
    best = np.maximum(first["treat_all"], 0)
    np.testing.assert_allclose(first["advantage"], first["classifier"] - best)
    assert (first["classifier"] <= share + 1e-9).all()


def test_the_summary_counts_sensible_thresholds():
    outcome, curves = trace({"test": 400})
    summary = summarize_decisions(curves, CLASSES, POSITIVE)
    assert [one["target"] for one in summary] == ["positive", *CLASSES]
    rows = curves[(curves["target"] == "glioma") & curves["threshold"].between(0.05, 0.5)]
    assert summary[1]["better"] == pytest.approx((rows["advantage"] > 1e-9).mean())
    assert summary[1]["positives"] == pytest.approx((outcome.truth == 0).mean())
    assert [row["threshold"] for row in summary[0]["told"]] == [0.05, 0.1, 0.2, 0.3, 0.5]
    assert 0 <= summary[0]["surely_better"] <= summary[0]["better"] <= 1


def test_two_classes_are_told_once():
    assert list(targets_of(("LGG", "HGG"), ("HGG",))) == ["HGG", "LGG"]


def test_a_split_of_one_class_is_drawn_as_far_as_it_goes():
    predictions, _ = draw_predictions({"test": 60})
    outcome = outcome_of(predictions.assign(label="no_tumor"), "test", CLASSES)
    draws = Draws(np.arange(60), 200, 0)
    as_found = trace_decisions(outcome, CLASSES, POSITIVE, draws)
    assert (as_found.loc[as_found["target"] == "positive", "classifier"] <= 0).all()
    weighed = trace_decisions(outcome, CLASSES, POSITIVE, draws, prevalence=0.1)
    assert weighed.loc[weighed["target"] == "positive", "classifier"].isna().all()
    told = summarize_decisions(weighed, CLASSES, POSITIVE)[0]["told"]
    assert all(row["classifier"] is None for row in told)
