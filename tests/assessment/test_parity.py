from dataclasses import dataclass

import numpy as np
import pytest

from brain_tumor_kedro.assessment.parity import Allowed, judge

LABELS = np.array([0, 0, 1, 1])
EXPECTED = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.4, 0.6]])
EXACT = Allowed(1e-4, None, None, required=True)
ROUNDED = Allowed(None, 0.05, 0.01, required=False)
WHOLE = Allowed(None, None, 0.01, required=False)


@dataclass
class Trial:
    probabilities: np.ndarray
    resized: np.ndarray


def trial(shift: float = 0.0, resized: float = 0.0, times: int = 1) -> Trial:
    many = np.tile(EXPECTED, (times, 1))
    return Trial(many + shift * np.array([-1, 1]), EXPECTED + resized)


def test_the_same_answers_are_delivered():
    row = judge("onnx", trial(), trial(1e-5), LABELS, EXACT)

    assert row["delivered"]
    assert row["reason"] is None
    assert row["max_difference"] == pytest.approx(1e-5)
    assert (row["changed"], row["accuracy"], row["accuracy_difference"]) == (0, 1.0, 0.0)


@pytest.mark.parametrize(("found", "words"), [
    (trial(0.002), r"probabilities of the images differ by up to 0\.002, allowed are 0\.0001"),
    (trial(0.0, 0.3), "probabilities of images of other sizes differ by up to 0.3"),
    (trial(np.nan), "some of its probabilities are no numbers"),
])  # fmt: skip
def test_a_wrong_export_stops_the_run_and_says_which_and_by_how_much(found, words):
    with pytest.raises(ValueError, match=f"The export to onnx is wrong: {words}"):
        judge("onnx", trial(), found, LABELS, EXACT)


def test_rounding_beyond_what_is_allowed_leaves_a_format_out():
    row = judge("float16", trial(), trial(0.06), LABELS, ROUNDED)

    assert not row["delivered"]
    assert row["reason"] == (
        "probabilities of the images differ by 0.06 on average, allowed are 0.05"
    )


def test_of_whole_numbers_accuracy_counts():
    labels = np.tile(LABELS, 50)
    expected, found = trial(times=50), trial(times=50)
    found.probabilities[:2] = [0.49, 0.51]
    assert judge("int8", expected, found, labels, WHOLE)["delivered"]  # 1.0 point

    found.probabilities[4] = [0.1, 0.9]
    row = judge("int8", expected, found, labels, WHOLE)
    assert row["reason"] == "accuracy falls by 1.50% of 200 images, allowed are 1.00%"
    assert row["changed"] == 3


def test_of_few_images_one_may_change_and_no_two():
    found = trial()
    found.probabilities[0] = [0.4, 0.6]
    assert judge("int8", trial(), found, LABELS, WHOLE)["delivered"]

    found.probabilities[1] = [0.4, 0.6]
    assert not judge("int8", trial(), found, LABELS, WHOLE)["delivered"]


def test_a_better_accuracy_is_no_fault():
    worse = trial()
    worse.probabilities[:2] = [0.4, 0.6]

    assert judge("int8", worse, trial(), LABELS, WHOLE)["delivered"]
