import pandas as pd

from brain_tumor_kedro.assessment.disputed_patients import (
    count_disputed_patients,
    say_disputed_patients,
)

PREDICTIONS = pd.DataFrame(
    {"image_id": ["a#1", "a#2", "a#3", "b#1", "b#2", "c#1"], "split": ["test"] * 5 + ["train"]}
)
PATIENT_OF = PREDICTIONS.set_index("image_id", drop=False)["image_id"].str[0]


def issues(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"image_id": ["c#1", *names], "disputed": [False] + [True] * len(names)})


def test_a_patient_is_disputed_where_most_slices_are():
    table = count_disputed_patients(PREDICTIONS, issues("a#1", "a#3", "b#1"), PATIENT_OF)
    found = table.set_index(["split", "patient_id"])
    assert found["slices"].tolist() == [3, 2, 1]
    assert found["disputed"].tolist() == [2, 1, 0]
    assert found["mostly"].tolist() == [True, False, False]


def test_without_issues_nobody_is_disputed():
    assert not count_disputed_patients(PREDICTIONS, issues(), PATIENT_OF)["mostly"].any()


def test_patients_are_counted_and_accuracy_is_not_guessed():
    counts = {"images": 5, "disputed": 3, "patients": 2, "mostly_disputed": ["a"]}
    said = say_disputed_patients(counts, "test")
    assert "labels of 3 of 5 test slices" in said
    assert said.endswith("most slices are disputed of 1 of 2 test patients: a.")
    assert "accuracy" not in said
    assert say_disputed_patients(counts | {"mostly_disputed": []}, "test").endswith(
        "of 0 of 2 test patients."
    )
