import numpy as np
import pytest
from pydantic import ValidationError

from brain_tumor_kedro.assessment.aggregation import aggregate
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.patient_reliability import (
    DecisionRange,
    tabulate_patient_reliability,
    trace_patient_decisions,
)
from patient_tables import CLASSES, POSITIVE, draw_patients, slices_of


def aggregate_drawn(low, high, **fields):
    predictions, manifest = draw_patients({"test": (low, high)}, **fields)
    return aggregate(
        predictions, manifest.set_index("image_id")["patient_id"], CLASSES, POSITIVE
    ), Draws(np.arange(low + high), 100, 0)


def test_bins_hold_about_as_many_patients_each():
    patients, draws = aggregate_drawn(20, 40)
    bins = tabulate_patient_reliability(patients, "HGG", draws)
    for name, rows in bins.groupby("strategy"):
        assert rows["n"].sum() == 60
        assert 2 <= len(rows) <= 6
        assert (rows["lowest"].to_numpy()[1:] > rows["highest"].to_numpy()[:-1]).all()
        if name == "soft":
            assert rows["n"].between(9, 11).all()
    soft = patients[patients["strategy"] == "soft"]
    share = (bins["share"] * bins["n"])[bins["strategy"] == "soft"].sum() / 60
    assert share == pytest.approx((soft["label"] == "HGG").mean())


def test_few_patients_are_one_bin():
    patients, draws = aggregate_drawn(2, 4)
    bins = tabulate_patient_reliability(patients, "HGG", draws)
    assert list(bins["n"]) == [6] * 5
    assert bins["low"].notna().all()


def test_patients_with_the_same_probability_are_in_one_bin():
    predictions, patient_of = slices_of({f"p{n:02d}": [0.8] for n in range(30)})
    patients = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    bins = tabulate_patient_reliability(patients, "HGG", Draws(np.arange(30), 100, 0))
    assert list(bins["n"]) == [30] * 5


def test_acting_on_all_is_taking_all_for_positive():
    patients, draws = aggregate_drawn(10, 30, skill=3)
    curves = trace_patient_decisions(patients, "HGG", draws, DecisionRange())
    soft = curves[curves["strategy"] == "soft"]
    thresholds = soft["threshold"].to_numpy()
    np.testing.assert_allclose(thresholds, np.arange(10, 86) / 100)
    odds = thresholds / (1 - thresholds)
    np.testing.assert_allclose(soft["treat_all"], 0.75 - 0.25 * odds, atol=1e-12)
    table = patients[patients["strategy"] == "soft"]
    acted, ill = table["p_HGG"].to_numpy() >= 0.5, (table["label"] == "HGG").to_numpy()
    expected = ((acted & ill).sum() - (acted & ~ill).sum()) / 40
    half = soft[np.isclose(soft["threshold"], 0.5)]["classifier"].item()
    assert half == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [{"first": 0.9}, {"last": 1.0}, {"first": 0}, {"step": 0.1}])
def test_a_range_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        DecisionRange(**wrong)
