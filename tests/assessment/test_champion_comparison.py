import pandas as pd
import pytest

from brain_tumor_kedro.assessment.champion_comparison import compare_answers
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from contenders import RESAMPLING, predict


def compare(wrong, other_wrong, task=TUMOR_TYPE, metric="accuracy"):
    this, manifest = predict(wrong, "a", task)
    other, _ = predict(other_wrong, "b", task)
    return compare_answers(this, other, manifest, task, "val", metric, RESAMPLING)


def test_the_difference_is_of_the_split_and_has_an_interval_around_it():
    found = compare(9, 0)

    assert found["value"] == pytest.approx(-0.1)
    assert found["low"] < -0.1 < found["high"] <= 0
    assert (found["n"], found["groups"]) == (90, 30)


def test_slices_of_a_patient_are_one_answer():
    found = compare(1, 0, GLIOMA_GRADE)
    worse = compare(6, 0, GLIOMA_GRADE)

    assert (found["value"], found["n"]) == (0, 30)
    assert worse["value"] == pytest.approx(-2 / 30)


def test_patients_of_one_group_stay_together():
    this, manifest = predict(6, "a", GLIOMA_GRADE)
    other, _ = predict(0, "b", GLIOMA_GRADE)
    together = manifest.assign(group_id=manifest["group_id"].replace("val1", "val0"))
    how = (GLIOMA_GRADE, "val", "accuracy", RESAMPLING)

    apart = compare_answers(this, other, manifest, *how)
    joined = compare_answers(this, other, together, *how)

    assert (apart["groups"], joined["groups"]) == (30, 29)
    assert joined["low"] < apart["low"]


def test_other_images_are_refused():
    this, manifest = predict(1, "a")
    other = pd.concat([predict(0, "b")[0].iloc[1:]])
    with pytest.raises(ValueError, match="same val images"):
        compare_answers(this, other, manifest, TUMOR_TYPE, "val", "accuracy", RESAMPLING)
