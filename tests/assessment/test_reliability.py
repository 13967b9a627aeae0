import numpy as np
import pytest

from brain_tumor_kedro.assessment.calibration import stages_of
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.outcome import Outcome
from brain_tumor_kedro.assessment.reliability import LEAST_IMAGES, TOP, tabulate_reliability
from predicted import CLASSES, draw_predictions


def tabulate(outcome, groups=None):
    images = len(outcome.truth)
    draws = Draws(np.arange(images) if groups is None else groups, 200, 0)
    stages = {"before": outcome, "after": outcome}
    return tabulate_reliability(stages, [f"c{k}" for k in range(outcome.probabilities.shape[1])],
                                draws)  # fmt: skip


def test_shares_by_hand():
    confidence = np.repeat([0.55, 0.95], [10, 20])
    truth = np.r_[[0] * 5, [1] * 5, [0] * 19, [1]]
    outcome = Outcome(truth, np.zeros(30, int), np.stack([confidence, 1 - confidence], axis=1))
    table = tabulate(outcome)
    top = table[(table["about"] == TOP) & (table["stage"] == "after")]
    assert top["n"].tolist() == [10, 20]
    assert top["share"].tolist() == [0.5, 0.95]
    assert top["probability"].tolist() == pytest.approx([0.55, 0.95])
    assert (top["low"] <= top["share"]).all() and (top["share"] <= top["high"]).all()
    assert top["high_edge"].iloc[-1] == 1


def test_every_image_is_in_one_bin_of_enough():
    predictions, _ = draw_predictions({"test": 333})
    stages = stages_of(predictions, "test", CLASSES)
    table = tabulate_reliability(stages, CLASSES, Draws(np.arange(333), 100, 0))
    for _, rows in table.groupby(["stage", "about"]):
        assert rows["n"].sum() == 333
        assert rows["n"].min() >= LEAST_IMAGES
        assert (rows["low_edge"].iloc[0], rows["high_edge"].iloc[-1]) == (0, 1)
        assert rows["low_edge"].iloc[1:].tolist() == rows["high_edge"].iloc[:-1].tolist()


@pytest.mark.parametrize("images", [1, 3])
def test_few_images_are_one_bin(images):
    truth = np.zeros(images, int)
    table = tabulate(Outcome(truth, truth, np.tile([0.8, 0.2], (images, 1))))
    assert (table["n"] == images).all()
    assert len(table) == 2 * 3
