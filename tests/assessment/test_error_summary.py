import pandas as pd
import pytest

from brain_tumor_kedro.assessment.error_summary import say_bounds, summarize_errors
from brain_tumor_kedro.assessment.label_issues import COLUMNS as ISSUES
from brain_tumor_kedro.assessment.mistakes import COLUMNS as NEIGHBORS

BOUNDS = {
    "as_published": 0.9,
    "disputed": 2,
    "without_disputed": 18 / 18,
    "agreed_but_doubted": 1,
    "if_those_are_wrong": 17 / 20,
}


def test_wrong_labels_are_weighed_in_both_directions() -> None:
    said = say_bounds(BOUNDS, 20)
    assert said.startswith("2 of 20 test labels are disputed")
    assert "100.0% at most, instead of 90.0%" in said
    assert "doubts 1 labels that the classifier agrees with" in said
    assert "85.0%" in said
    assert said.endswith("Nobody has looked at these labels for this report.")


@pytest.mark.parametrize(
    ("changed", "left_out"),
    [
        ({"disputed": 0}, "at most"),
        ({"agreed_but_doubted": 0}, "On the other side"),
        ({"without_disputed": None}, "at most"),
    ],
)
def test_a_direction_in_which_there_is_nothing_is_left_out(changed, left_out) -> None:
    assert left_out in say_bounds(BOUNDS, 20)
    assert left_out not in say_bounds(BOUNDS | changed, 20)


def test_without_any_doubt_nobody_has_to_look() -> None:
    said = say_bounds(BOUNDS | {"disputed": 0, "agreed_but_doubted": 0}, 20)
    assert said == (
        "0 of 20 test labels are disputed by the classifier and by an independent probe."
    )


@pytest.mark.parametrize(
    ("known", "level", "said"),
    [
        (False, "warn", "At least 1 of 2 images of val and test may show the head of a training"),
        (True, "note", "1 of 2 images of val and test are as like an image of another patient"),
    ],
)
def test_slices_of_known_patients_that_look_alike_are_no_leak(known, level, said) -> None:
    predictions = pd.DataFrame(
        {"split": "test", "label": ["A", "B"], "predicted": ["A", "B"], "p_A": [0.9, 0.2]}
    )
    near = pd.DataFrame(
        {"suspicious": [True, False], "correlation": [0.9, 0.1], "label": "A",
         "neighbor_label": "A"}
    )  # fmt: skip
    empty = pd.DataFrame(columns=list(ISSUES)), pd.DataFrame(columns=list(NEIGHBORS))
    summary = summarize_errors(predictions, predictions, *empty, near, known_patients=known)

    assert summary["findings"][-1]["level"] == level
    assert summary["findings"][-1]["text"].startswith(said)
    assert summary["near"]["known_patients"] is known


def test_where_labels_are_the_patients_these_are_counted() -> None:
    predictions = pd.DataFrame(
        {"image_id": ["a#1", "a#2", "b#1"], "split": "test", "label": ["A", "A", "B"],
         "predicted": ["B", "B", "B"], "p_A": [0.1, 0.2, 0.2]}
    )  # fmt: skip
    issues = pd.DataFrame(
        {"image_id": ["a#1", "a#2"], "split": "test", "disputed": True, "classifier": "B",
         "label": "A"}
    ).reindex(columns=list(ISSUES))  # fmt: skip
    near = pd.DataFrame(
        {"suspicious": [False], "correlation": 0.1, "label": "A", "neighbor_label": "A"}
    )
    gallery = pd.DataFrame(columns=list(NEIGHBORS))
    patient_of = predictions.set_index("image_id", drop=False)["image_id"].str[0]
    tables = (predictions, predictions, issues, gallery, near)
    summary = summarize_errors(*tables, known_patients=True, patient_of=patient_of)

    counts = summary["labels"]["splits"]["test"]
    assert (counts["patients"], counts["mostly_disputed"]) == (2, ["a"])
    told = next(found for found in summary["findings"] if "disputed" in found["text"])
    assert told["level"] == "warn"
    assert "of 1 of 2 test patients: a." in told["text"]
    assert "accuracy would be" not in told["text"]
