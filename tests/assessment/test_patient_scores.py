import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from brain_tumor_kedro.assessment.aggregation import STRATEGIES, aggregate
from brain_tumor_kedro.assessment.patient_scores import EXACT, METRICS, score_patients
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from patient_tables import CLASSES, POSITIVE, draw_patients, slices_of

FEW = ResamplingSettings(draws=200)


def score(predictions, manifest, settings=FEW):
    patient_of = manifest.set_index("image_id")["patient_id"]
    patients = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    table = score_patients(predictions, patients, manifest, CLASSES, POSITIVE, settings)
    return table, patients


def look_up(table, level, strategy, metric, split="test"):
    keys = ["level", "strategy", "split", "metric"]
    return table.set_index(keys).loc[(level, strategy, split, metric)]


def manifest_of(predictions, patient_of):
    patients = predictions["image_id"].map(patient_of)
    return pd.DataFrame(
        {"image_id": predictions["image_id"], "patient_id": patients, "group_id": patients}
    )


def published():
    """As many patients as the published tables of the study of glioma grade come from."""
    bags = {f"patient-{n:03d}": [0.4, 0.7] for n in range(108)}
    labels = {name: "HGG" if n < 85 else "LGG" for n, name in enumerate(bags)}
    predictions, patient_of = slices_of(bags, labels)
    return predictions, manifest_of(predictions, patient_of)


def test_always_saying_high_grade_scores_what_the_published_tables_say():
    table, _ = score(*published())
    found = {m: look_up(table, "patient", "always_positive", m)["value"] for m in METRICS}
    expected = {
        "accuracy": 85 / 108, "balanced_accuracy": 0.5, "precision": 85 / 108, "recall": 1,
        "specificity": 0, "f1": 2 * 85 / (108 + 85), "auroc": 0.5,
    }  # fmt: skip
    assert found == pytest.approx(expected)
    assert (round(found["accuracy"], 3), round(found["f1"], 3)) == (0.787, 0.881)


def test_who_says_what_the_baseline_says_does_not_differ_from_it():
    table, _ = score(*published())
    change = look_up(table, "patient", "soft - always_positive", "f1")
    assert (change["value"], change["low"], change["high"]) == (0, 0, 0)


def test_scores_are_those_of_scikit_learn():
    predictions, manifest = draw_patients({"test": (12, 30)}, skill=2)
    table, patients = score(predictions, manifest)
    for name, rows in [("soft", patients[patients["strategy"] == "soft"]), ("slice", predictions)]:
        level = "slice" if name == "slice" else "patient"
        truth, said = rows["label"] == "HGG", rows["p_HGG"] >= 0.5
        precision, recall, f1, _ = precision_recall_fscore_support(truth, said, average="binary")
        expected = {
            "accuracy": (truth == said).mean(), "precision": precision, "recall": recall,
            "f1": f1, "specificity": (~said[~truth]).mean(),
            "auroc": roc_auc_score(truth, rows["p_HGG"]),
        }  # fmt: skip
        found = {metric: look_up(table, level, name, metric)["value"] for metric in expected}
        assert found == pytest.approx(expected), name


def test_every_row_has_the_baseline_and_its_difference_beside_it():
    predictions, manifest = draw_patients({"train": (6, 9), "val": (4, 5), "test": (5, 8)})
    table, _ = score(predictions, manifest)
    assert list(dict.fromkeys(table["split"])) == ["train", "val", "test"]
    for (level, split), rows in table.groupby(["level", "split"]):
        names = list(STRATEGIES) if level == "patient" else ["slice"]
        differences = [f"{name} - always_positive" for name in names]
        assert list(dict.fromkeys(rows["strategy"])) == [*names, "always_positive", *differences]
        values = rows.pivot_table(index="metric", columns="strategy", values="value", sort=False)
        for name in names:
            expected = values[name] - values["always_positive"]
            np.testing.assert_allclose(values[f"{name} - always_positive"], expected, atol=1e-12)
        assert list(dict.fromkeys(rows["metric"])) == list(METRICS), split
    ends = table.dropna(subset=["low"])
    assert ((ends["low"] <= ends["value"]) & (ends["value"] <= ends["high"])).all()


def test_intervals_know_patients_and_not_slices():
    patients = {f"p{n:02d}": [0.8 if n % 4 else 0.3] * 5 for n in range(20)}
    predictions, patient_of = slices_of(patients, dict.fromkeys(patients, "HGG"))
    predictions.loc[predictions["image_id"].str.contains("p0"), "label"] = "LGG"
    table, _ = score(predictions, manifest_of(predictions, patient_of))
    single, whole = (
        look_up(table, *of, "accuracy") for of in (("slice", "slice"), ("patient", "soft"))
    )
    assert (single["n"], single["groups"], whole["n"], whole["groups"]) == (100, 20, 20, 20)
    assert single["value"] == pytest.approx(whole["value"])
    assert (single["low"], single["high"]) == pytest.approx((whole["low"], whole["high"]))


def test_patients_of_one_group_are_drawn_together():
    predictions, manifest = draw_patients({"test": (10, 10)})
    numbers = manifest["patient_id"].str[-3:].astype(int)
    together = manifest.assign(group_id="family " + (numbers // 5).astype(str))
    table, _ = score(predictions, together)
    assert set(look_up(table, "patient", "soft", "accuracy")[["n", "groups"]]) == {20, 2}
    assert look_up(table, "slice", "slice", "accuracy")["groups"] == 2


def test_one_class_alone_has_no_auroc():
    table, _ = score(*draw_patients({"test": (0, 12)}, skill=3))
    for name in ("soft", "always_positive"):
        assert np.isnan(look_up(table, "patient", name, "auroc")["value"])
        assert np.isnan(look_up(table, "patient", name, "specificity")["value"])
    table, _ = score(*draw_patients({"test": (12, 0)}, skill=3))
    assert np.isnan(look_up(table, "patient", "soft", "recall")["value"])
    assert look_up(table, "patient", "always_positive", "accuracy")["value"] == 0


def test_who_never_says_the_positive_class_has_no_precision():
    predictions, patient_of = slices_of({"a": [0.1], "b": [0.2]}, {"a": "LGG"})
    table, _ = score(predictions, manifest_of(predictions, patient_of))
    assert np.isnan(look_up(table, "patient", "soft", "precision")["value"])
    assert look_up(table, "patient", "soft", "f1")["value"] == 0


def test_a_tie_is_positive_for_a_slice_as_for_a_patient():
    predictions, patient_of = slices_of({"a": [0.5, 0.5], "b": [0.1]}, {"b": "LGG"})
    table, _ = score(predictions, manifest_of(predictions, patient_of))
    assert look_up(table, "slice", "slice", "recall")["value"] == 1
    assert look_up(table, "patient", "majority", "recall")["value"] == 1


def test_patients_that_the_manifest_does_not_know_are_refused():
    predictions, manifest = draw_patients({"test": (3, 3)})
    patient_of = manifest.set_index("image_id")["patient_id"]
    patients = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    other = manifest.assign(patient_id="somebody")
    with pytest.raises(ValueError, match="images of the manifest"):
        score_patients(predictions, patients, other, CLASSES, POSITIVE, FEW)


def test_what_the_baseline_scores_by_definition_has_no_interval():
    table, _ = score(*draw_patients({"test": (10, 14)}, skill=2))
    for level in ("slice", "patient"):
        for metric in METRICS:
            row = look_up(table, level, "always_positive", metric)
            assert np.isnan(row["low"]) == np.isnan(row["high"]) == (metric in EXACT), metric


def test_slices_of_two_patients_have_no_interval_however_many_they_are():
    bags = {f"p{n}": [0.2, 0.7, 0.4] * 20 if n < 2 else [0.6, 0.9, 0.3 + n / 20] for n in range(10)}
    labels = {name: "LGG" if name in ("p0", "p1") else "HGG" for name in bags}
    predictions, patient_of = slices_of(bags, labels)
    table, _ = score(predictions, manifest_of(predictions, patient_of))
    slices = look_up(table, "slice", "slice", "specificity")
    assert (slices["n"], slices["groups"]) == (120, 2)
    assert np.isnan([slices["low"], slices["high"]]).all()
    assert look_up(table, "patient", "soft", "specificity")[["low", "high"]].notna().all()
    assert look_up(table, "slice", "slice", "recall")[["low", "high"]].notna().all()
