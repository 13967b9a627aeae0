import numpy as np
import pytest

from brain_tumor_kedro.assessment.conformal import (
    APS,
    CLASSWISE,
    LAC,
    cumulative_sets,
    find_cumulative,
    form_sets,
    possible_levels,
    score_sets,
    sets_from_quantiles,
)
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.outcome import outcome_of
from predicted import CLASSES, draw_predictions

LEVELS = (0.9, 0.95)


def split_of(predictions, split, classes=CLASSES):
    return outcome_of(predictions, split, classes)


@pytest.mark.parametrize("sharpness", [1, 5])
def test_exchangeable_images_are_covered_whatever_the_probabilities_are(sharpness):
    predictions, _ = draw_predictions({"val": 4000, "test": 4000}, sharpness=sharpness)
    predictions[[f"p_{label}" for label in CLASSES]] = predictions[
        [f"raw_{label}" for label in CLASSES]
    ].to_numpy()
    val, test = split_of(predictions, "val"), split_of(predictions, "test")
    formed = form_sets(val, test.probabilities, CLASSES, LEVELS)
    rows = np.arange(len(test.truth))
    for (method, level), sets in formed.sets.items():
        held = sets[rows, test.truth]
        assert held.mean() >= level - 0.025
        assert held.mean() <= level + 0.025 or method == APS
        if method == CLASSWISE:
            assert min(held[test.truth == k].mean() for k in range(4)) >= level - 0.045


def test_sets_follow_from_the_quantiles_that_are_kept():
    predictions, _ = draw_predictions({"val": 200, "test": 100})
    val, test = split_of(predictions, "val"), split_of(predictions, "test")
    formed = form_sets(val, test.probabilities, CLASSES, LEVELS)
    for level in LEVELS:
        quantile = formed.quantiles[LAC][str(level)]
        by_hand = np.sort(1 - val.probabilities[np.arange(200), val.truth])
        assert quantile == pytest.approx(by_hand[int(np.ceil(201 * level)) - 1])
        sets = sets_from_quantiles(test.probabilities, quantile)
        np.testing.assert_array_equal(sets, formed.sets[LAC, level])
        of_classes = list(formed.quantiles[CLASSWISE][str(level)].values())
        np.testing.assert_array_equal(
            sets_from_quantiles(test.probabilities, of_classes), formed.sets[CLASSWISE, level]
        )
    assert formed.sets[APS, 0.9].any(axis=1).all()


@pytest.mark.parametrize("sharpness", [0, 1, 5])
def test_cumulative_sets_are_those_of_mapie(sharpness):
    predictions, _ = draw_predictions({"val": 300, "test": 400}, sharpness=sharpness)
    val, test = split_of(predictions, "val"), split_of(predictions, "test")
    formed = form_sets(val, test.probabilities, CLASSES, LEVELS)
    found = find_cumulative(val, LEVELS)
    assert found == pytest.approx(formed.quantiles[APS], abs=1e-12)
    for level in LEVELS:
        sets = cumulative_sets(test.probabilities, found[str(level)])
        np.testing.assert_array_equal(sets, formed.sets[APS, level])


@pytest.mark.parametrize("labels", [CLASSES, ("LGG", "HGG")])
def test_cumulative_sets_are_never_empty_and_hold_the_true_class_often_enough(labels):
    predictions, _ = draw_predictions({"val": 4000, "test": 4000}, labels)
    val, test = split_of(predictions, "val", labels), split_of(predictions, "test", labels)
    for level, threshold in find_cumulative(val, LEVELS).items():
        sets = cumulative_sets(test.probabilities, threshold)
        rows = np.arange(len(sets))
        assert sets[rows, test.probabilities.argmax(axis=1)].all()
        assert sets[rows, test.truth].mean() >= float(level) - 0.015


@pytest.mark.parametrize(
    ("probabilities", "threshold", "held"),
    [
        ([0.02, 0.514, 0.466, 0.0], 0.9, [0, 1, 1, 0]),
        ([0.95, 0.05, 0.0, 0.0], 0.9, [1, 0, 0, 0]),
        ([0.1, 0.9, 0.0, 0.0], 0.9, [0, 1, 0, 0]),
        ([0.3, 0.3, 0.2, 0.2], 0.7, [1, 1, 1, 1]),
        ([0.4, 0.3, 0.2, 0.1], 0.0, [1, 0, 0, 0]),
        ([0.4, 0.6, 0.0, 0.0], 1.0, [1, 1, 0, 0]),
        ([0.7, 0.3], 0.8, [1, 1]),
    ],
)
def test_a_set_holds_what_it_takes_to_reach_the_threshold(probabilities, threshold, held):
    assert cumulative_sets(np.array([probabilities]), threshold)[0].tolist() == held


def test_thresholds_of_two_classes_by_hand():
    predictions, _ = draw_predictions({"val": 60}, ("LGG", "HGG"))
    val = split_of(predictions, "val", ("LGG", "HGG"))
    own = val.probabilities[np.arange(60), val.truth]
    sums = np.where(own >= 0.5, own, 1.0)
    scores = np.sort(sums - np.random.RandomState(0).uniform(size=60) * own)
    assert find_cumulative(val, [0.9]) == {"0.9": pytest.approx(scores[54])}


def test_the_same_images_give_the_same_sets():
    predictions, _ = draw_predictions({"val": 200, "test": 100})
    val, test = split_of(predictions, "val"), split_of(predictions, "test")
    one, two = (form_sets(val, test.probabilities, CLASSES, LEVELS) for _ in range(2))
    assert one.quantiles == two.quantiles
    np.testing.assert_array_equal(one.sets[APS, 0.9], two.sets[APS, 0.9])


def test_a_class_that_validation_lacks_is_in_every_set_of_its_own_threshold():
    predictions, _ = draw_predictions({"val": 200, "test": 50})
    lacking = predictions[(predictions["split"] == "test") | (predictions["label"] != "pituitary")]
    val, test = split_of(lacking, "val"), split_of(lacking, "test")
    formed = form_sets(val, test.probabilities, CLASSES, LEVELS)
    assert formed.quantiles[CLASSWISE]["0.9"]["pituitary"] is None
    assert formed.sets[CLASSWISE, 0.9][:, 2].all()


def test_two_classes_have_no_adaptive_sets():
    predictions, _ = draw_predictions({"val": 60, "test": 20}, ("LGG", "HGG"))
    val = split_of(predictions, "val", ("LGG", "HGG"))
    formed = form_sets(val, val.probabilities, ("LGG", "HGG"), [0.9])
    assert set(formed.quantiles) == {LAC, CLASSWISE}


@pytest.mark.parametrize(("images", "kept"), [(9, []), (11, [0.9]), (19, [0.9]), (21, [0.9, 0.95])])
def test_levels_need_validation_images(images, kept):
    assert possible_levels(LEVELS, images) == kept
    if kept:
        predictions, _ = draw_predictions({"val": images})
        val = split_of(predictions, "val")
        form_sets(val, val.probabilities, CLASSES, kept)


def test_scores_by_hand():
    predictions, _ = draw_predictions({"val": 100})
    val = split_of(predictions, "val")
    formed = form_sets(val, val.probabilities, CLASSES, [0.9])
    sets = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]], dtype=bool)
    by_hand = formed._replace(sets={(LAC, 0.9): sets})
    table = score_sets(by_hand, np.array([0, 1, 1, 0]), CLASSES, Draws(np.arange(4), 200, 0))
    assert table["label"].tolist() == ["all", "glioma", "meningioma"]
    rows = table.set_index("label")
    assert rows["coverage"].tolist() == [0.5, 0.5, 0.5]
    assert rows["size"].tolist() == [1, 1, 1]
    assert rows["single"].tolist() == [0.5, 1, 0]
    assert rows["empty"].tolist() == [0.25, 0, 0.5]
    assert rows["n"].tolist() == [4, 2, 2]
