import numpy as np
import pytest

from brain_tumor_kedro.assessment.abstention import answer_above, find_threshold, trace_abstention
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.outcome import Outcome, outcome_of
from predicted import CLASSES, draw_predictions


def make(confidence, right):
    confidence, right = np.asarray(confidence), np.asarray(right, dtype=bool)
    truth = np.where(right, 0, 1)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    return Outcome(truth, np.zeros(len(truth), int), probabilities)


def draws_of(outcome, number=200):
    return Draws(np.arange(len(outcome.truth)), number, 0)


def test_the_curve_by_hand():
    outcome = make([0.99, 0.95, 0.9, 0.8, 0.6], [1, 1, 0, 1, 0])
    table, summary = trace_abstention(outcome, draws_of(outcome))
    shares = table.set_index(table["answered"].round(2))["accuracy"]
    assert shares[0.2] == 1
    assert shares[0.6] == pytest.approx(2 / 3)
    assert shares[0.61] == pytest.approx(3 / 4)
    assert shares[1.0] == pytest.approx(3 / 5)
    assert summary["aurc"]["value"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 4 + 2 / 5) / 5)
    assert summary["aurc_random"] == pytest.approx(0.4)
    assert summary["aurc_oracle"] == pytest.approx((1 / 4 + 2 / 5) / 5)
    assert [row["answered"] for row in summary["told"]] == [0.8, 0.9, 0.95, 1.0]


def test_images_as_sure_as_each_other_are_answered_together():
    outcome = make([0.9, 0.9, 0.9, 0.9], [1, 0, 1, 1])
    table, summary = trace_abstention(outcome, draws_of(outcome))
    assert table["accuracy"].tolist() == pytest.approx([0.75] * len(table))
    assert summary["aurc"]["value"] == pytest.approx(summary["aurc_random"])


def test_nothing_is_better_than_knowing_which_are_wrong():
    predictions, _ = draw_predictions({"test": 500})
    outcome = outcome_of(predictions, "test", CLASSES)
    table, summary = trace_abstention(outcome, draws_of(outcome))
    assert (table["accuracy"] <= table["oracle"] + 1e-9).all()
    assert summary["aurc_oracle"] < summary["aurc"]["value"] < summary["aurc_random"]
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["high"]).all()


def test_a_perfect_classifier_leaves_nothing_out():
    outcome = make([0.9, 0.8, 0.7], [1, 1, 1])
    _, summary = trace_abstention(outcome, draws_of(outcome))
    assert summary["aurc"]["value"] == summary["aurc_oracle"] == 0
    assert find_threshold(outcome, 0.99) == pytest.approx(0.7)


def test_the_threshold_answers_as_much_as_the_accuracy_allows():
    val = make([0.99, 0.95, 0.9, 0.8, 0.6], [1, 1, 0, 1, 1])
    assert find_threshold(val, 0.8) == 0.6
    assert find_threshold(val, 0.9) == 0.95
    assert find_threshold(make([0.9, 0.8], [0, 1]), 0.9) is None
    test = make([0.97, 0.96, 0.5, 0.4], [1, 0, 1, 1])
    above = answer_above(test, 0.95, draws_of(test))
    assert above["answered"]["value"] == 0.5
    assert above["accuracy"]["value"] == 0.5
    assert answer_above(test, 0.999, draws_of(test))["accuracy"]["value"] is None
