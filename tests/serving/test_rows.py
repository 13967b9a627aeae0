import numpy as np
import pytest

from brain_tumor_kedro.serving.preparing import Prepared
from brain_tumor_kedro.serving.rows import Rows, Seen
from bundles import make_bundle

GOOD = Prepared(np.zeros((4, 4), np.uint8), "good", None)


def row(probabilities, level=0.9, **facts):
    facts = {"quantiles": {"0.9": 0.6, "0.95": 0.8}, "answer_from": 0.5} | facts
    seen = Seen(np.array(probabilities, np.float32), np.zeros(2, np.float32), None, None)
    return Rows(make_bundle(**facts).facts, level).make("a", None, GOOD, seen)


def test_a_sure_answer_needs_no_review():
    found = row([0.1, 0.8, 0.05, 0.05])

    assert found["label"] == found["prediction_set"] == "meningioma"
    assert found["needs_review"] is False
    assert found["reason"] is None
    assert found["p_meningioma"] == pytest.approx(0.8)


def test_the_classes_of_a_set_stand_with_the_most_probable_first():
    found = row([0.41, 0.02, 0.57, 0.0])

    assert found["prediction_set"] == "pituitary|glioma"
    assert found["reason"] == "the 90% prediction set holds 2 classes, pituitary and glioma"


def test_several_classes_and_a_low_probability_are_two_reasons():
    found = row([0.35, 0.3, 0.2, 0.15])

    assert found["prediction_set"] == "glioma|meningioma"
    assert found["reason"] == (
        "the 90% prediction set holds 2 classes, glioma and meningioma; "
        "the classifier is 35.0% sure, less than the 50.0% it answers from"
    )


def test_a_higher_level_holds_more():
    assert row([0.35, 0.3, 0.2, 0.15], level=0.95)["prediction_set"].count("|") == 2


def test_without_thresholds_nothing_is_said_of_them():
    found = row([0.3, 0.3, 0.2, 0.2], quantiles={}, answer_from=None, val_images=0)

    assert found["prediction_set"] is None
    assert found["needs_review"] is False


def test_an_answer_at_the_threshold_is_given():
    assert row([0.75, 0.125, 0.125, 0.0], answer_from=0.75)["reason"] is None
    assert "74.0% sure" in row([0.74, 0.135, 0.125, 0.0], answer_from=0.75)["reason"]
