from brain_tumor_kedro.assessment.aggregation import aggregate
from brain_tumor_kedro.assessment.patient_mistakes import find_patient_mistakes
from patient_tables import CLASSES, POSITIVE, slices_of


def find(patients, labels, splits=None):
    predictions, patient_of = slices_of(patients, labels, splits)
    return find_patient_mistakes(aggregate(predictions, patient_of, CLASSES, POSITIVE), "HGG")


def test_patients_whom_all_strategies_call_wrong_are_listed_surest_first():
    found = find(
        {"right": [0.9], "mild": [0.6, 0.6], "sure": [0.99, 0.9, 0.9], "some": [0.1, 0.1, 0.9]},
        {"mild": "LGG", "sure": "LGG", "some": "LGG"},
    )
    assert list(found["patient_id"]) == ["sure", "mild"]
    assert list(found["slices"]) == [3, 2]
    expected = [f"p_{name}" for name in ("majority", "soft", "attention", "entropy", "top_k")]
    assert list(found.columns[4:]) == expected
    assert found.loc[1, "p_soft"] == 0.6


def test_splits_come_one_after_the_other():
    labels = dict.fromkeys("abc", "LGG")
    splits = {"a": "test", "b": "train", "c": "test"}
    found = find({"a": [0.7], "b": [0.6], "c": [0.8]}, labels, splits)
    assert list(found["patient_id"]) == ["b", "c", "a"]


def test_where_nobody_is_always_wrong_the_table_is_empty():
    found = find({"a": [0.9]}, {})
    assert found.empty
    assert {"patient_id", "split", "label", "slices", "p_soft"} <= set(found.columns)
