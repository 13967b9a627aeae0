import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.aggregation import aggregate_patients
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.learned_pooling import (
    add_learned,
    prepare_lesson,
    say_why_not,
    tabulate_attention,
    tabulate_nothing,
)
from brain_tumor_kedro.assessment.patients import gather_patients
from patient_tables import CLASSES, POSITIVE, slices_of

BAGS = {"a": [0.9, 0.2], "b": [0.4], "c": [0.7, 0.1, 0.3]}
LABELS = {"b": "LGG"}
SPLITS = {"a": "train", "b": "train", "c": "val"}


def gather(labels=LABELS, splits=SPLITS):
    return gather_patients(*slices_of(BAGS, labels, splits), CLASSES, POSITIVE)


def features_of(patients):
    values = np.arange(2.0 * len(patients.image_ids)).reshape(-1, 2)
    return tabulate_features(patients.image_ids[::-1], values[::-1])


def test_a_lesson_is_in_the_order_of_the_slices():
    patients = gather()
    lesson = prepare_lesson(patients, features_of(patients))
    np.testing.assert_array_equal(lesson.features, np.arange(12).reshape(6, 2))
    assert list(lesson.patients) == [0, 0, 1, 2, 2, 2]
    assert list(lesson.positive) == [True, False, True]
    assert list(lesson.train) == [True, True, False]
    assert list(lesson.val) == [False, False, True]
    assert say_why_not(lesson) == ""


@pytest.mark.parametrize(
    ("labels", "splits", "why"),
    [
        ({}, SPLITS, "not of both classes"),
        (LABELS, {**SPLITS, "b": "test"}, "not of both classes"),
        (LABELS, {**SPLITS, "c": "test"}, "no validation patients"),
    ],
)
def test_what_is_missing_to_learn_from_is_said(labels, splits, why):
    patients = gather(labels, splits)
    assert why in say_why_not(prepare_lesson(patients, features_of(patients)))


def test_what_was_learned_stands_beside_the_other_strategies():
    patients = gather()
    attention = np.array([0.3, 0.7, 1, 0.2, 0.2, 0.6])
    slices = tabulate_attention(patients, attention, np.array([0.8, 0.5, 0.2]))
    assert list(slices["attention"]) == [0.7, 0.3, 1, 0.6, 0.2, 0.2]
    assert list(slices["image_id"].head(2)) == ["phantom/a#001", "phantom/a#000"]
    table = add_learned(aggregate_patients(patients), patients, slices)
    learned = table[table["strategy"] == "gated_attention"]
    assert list(learned["p_HGG"]) == [0.8, 0.5, 0.2]
    assert list(learned["predicted"]) == ["HGG", "HGG", "LGG"]
    assert list(learned["patient_id"]) == ["a", "b", "c"]
    assert list(table.columns) == list(aggregate_patients(patients).columns)


def test_where_nothing_was_learned_nothing_is_added():
    patients = gather()
    table = aggregate_patients(patients)
    pd.testing.assert_frame_equal(add_learned(table, patients, tabulate_nothing()), table)


def test_attention_of_other_patients_is_refused():
    patients = gather()
    slices = tabulate_attention(patients, np.ones(6), np.array([0.8, 0.5, 0.2]))
    with pytest.raises(ValueError, match=r"learned probability of every patient.*'b'"):
        add_learned(aggregate_patients(patients), patients, slices[slices["patient_id"] != "b"])
