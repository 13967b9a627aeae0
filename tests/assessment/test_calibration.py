import numpy as np
import pytest

from brain_tumor_kedro.assessment.calibration import (
    equal_mass_bins,
    measure_calibration,
    stages_of,
)
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.metrics import score_outcome
from brain_tumor_kedro.assessment.outcome import Outcome
from predicted import CLASSES, draw_predictions


def measure(stages, groups=None, draws=200):
    images = len(stages["after"].truth)
    return measure_calibration(
        stages, Draws(np.arange(images) if groups is None else groups, draws, 0)
    )


def test_scores_are_those_of_the_metrics():
    predictions, _ = draw_predictions({"test": 300}, sharpness=3)
    stages = stages_of(predictions, "test", CLASSES)
    found = measure(stages)
    for stage, outcome in stages.items():
        expected = score_outcome(outcome, CLASSES)
        for name in ("log_loss", "brier", "ece"):
            assert found[stage][name]["value"] == pytest.approx(expected[name])
    change = found["after"]["ece"]["value"] - found["before"]["ece"]["value"]
    assert found["change"]["ece"]["value"] == pytest.approx(change)
    assert (found["n"], found["groups"]) == (300, 300)


def test_scores_by_hand():
    truth = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1]] * 4)
    stages = dict.fromkeys(("before", "after"), Outcome(truth, np.zeros(4, int), probabilities))
    after = measure(stages, groups=np.array([0, 0, 1, 1]))["after"]
    assert after["ece"]["value"] == pytest.approx(0.15)
    assert after["adaptive_ece"]["value"] == pytest.approx(0.15)
    assert after["classwise_ece"]["value"] == pytest.approx(0.15)
    assert after["overconfidence"]["value"] == pytest.approx(0.15)


def test_what_is_too_sure_is_seen_and_what_is_calibrated_passes():
    predictions, _ = draw_predictions({"test": 2000}, sharpness=3)
    found = measure(stages_of(predictions, "test", CLASSES))
    assert found["before"]["overconfidence"]["low"] > 0.05
    assert found["after"]["ece"]["value"] <= found["chance"]["high"]
    assert found["before"]["ece"]["value"] > 3 * found["chance"]["high"]
    assert found["change"]["ece"]["high"] < 0
    low, high = (found["after"]["overconfidence"][end] for end in ("low", "high"))
    assert low < 0 < high


def test_chance_alone_is_what_calibrated_predictions_show():
    errors, highs = [], []
    for seed in range(20):
        predictions, _ = draw_predictions({"test": 100}, seed=seed)
        found = measure(stages_of(predictions, "test", CLASSES), draws=100)
        errors.append(found["after"]["ece"]["value"])
        highs.append(found["chance"]["high"])
    assert np.mean(np.array(errors) <= highs) >= 0.85
    assert np.mean(errors) == pytest.approx(found["chance"]["mean"], rel=0.25)


def test_a_perfect_classifier_has_no_error():
    truth = np.arange(40) % 4
    perfect = Outcome(truth, truth, np.eye(4)[truth])
    found = measure({"before": perfect, "after": perfect})
    assert found["after"]["ece"] == {"value": 0, "low": None, "high": None}
    assert found["chance"] == {"mean": 0, "high": 0}


def test_bins_of_equal_mass_hold_as_many_and_part_no_ties():
    values = np.random.default_rng(0).random(1500)
    assert np.bincount(equal_mass_bins(values)).tolist() == [100] * 15
    assert len(np.unique(equal_mass_bins(np.full(30, 0.7)))) == 1


def test_predictions_of_an_earlier_version_are_an_error():
    predictions, _ = draw_predictions({"test": 10})
    with pytest.raises(ValueError, match=r"\['raw_glioma'\] are missing.*Predict again"):
        stages_of(predictions.drop(columns="raw_glioma"), "test", CLASSES)
