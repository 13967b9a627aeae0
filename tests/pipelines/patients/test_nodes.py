import json

import numpy as np
import pytest

from brain_tumor_kedro.assessment.captions import OF_THE_PATIENTS
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.patient_settings import PatientSettings
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.pipelines.patients import nodes
from patient_tables import draw_patients

TASK, FEW = "glioma_grade", ResamplingSettings(draws=100)
SETTINGS = PatientSettings(decisions={"first": 0.4, "last": 0.6})
QUICK = AttentionPooling(hidden=4, epochs=2)


def prepare(per_split):
    predictions, manifest = draw_patients(per_split, skill=3)
    hashes = dict.fromkeys(("pixel_hash", "packed_hash"), "")
    manifest = manifest.assign(**hashes)
    logits = np.log(predictions["p_HGG"] / predictions["p_LGG"]).to_numpy()
    features = tabulate_features(predictions["image_id"], np.stack([logits, -logits], axis=1))
    for table in (predictions, features):
        table.attrs["fingerprint"] = "mine"
    summary = {
        "recipe_name": "sample_grade_cnn",
        "phantom": True,
        "fingerprint": "mine",
        "manifest_digest": digest_manifest(manifest),
    }
    return predictions, features, manifest, summary


def run(predictions, features, manifest, summary):
    attention, pooling = nodes.learn_pooling(predictions, features, manifest, summary, QUICK, TASK)
    patients = nodes.aggregate_slices(predictions, attention, manifest, summary, SETTINGS, TASK)
    judged = nodes.judge_patients(predictions, patients, manifest, FEW, SETTINGS, TASK)
    scores, bins, curves, mistakes = judged
    theme = nodes.summarize_patients(patients, scores, mistakes, pooling, FEW, SETTINGS, TASK)
    figures = nodes.plot_patients(theme, scores, bins, curves, summary)
    return attention, patients, theme, figures


@pytest.fixture(scope="module")
def ran():
    given = prepare({"train": (6, 12), "val": (3, 6), "test": (4, 9)})
    return given, run(*given)


def test_patients_are_decided_learned_and_told(ran):
    (predictions, *_), (attention, patients, theme, _) = ran
    assert set(attention["image_id"]) == set(predictions["image_id"])
    np.testing.assert_allclose(attention.groupby("patient_id")["attention"].sum(), 1)
    assert patients["strategy"].nunique() == 6
    assert patients["patient_id"].nunique() == 40
    assert patients.attrs["fingerprint"] == theme["fingerprint"] == "mine"
    assert "gated_attention" in theme["strategies"]
    assert theme["pooling"]["settings"]["hidden"] == 4
    json.dumps(theme, allow_nan=False)


def test_figures_are_stamped_and_say_what_the_data_are(ran):
    figures = ran[1][-1]
    assert len(figures) == len(OF_THE_PATIENTS)
    for figure in figures:
        assert "sample_grade_cnn" in figure.get_suptitle()
        assert "Phantom data" in figure.get_supxlabel()
        assert figure.get_label() == "mine"


def test_without_validation_patients_the_other_strategies_stand():
    attention, patients, theme, _ = run(*prepare({"train": (4, 4), "test": (3, 5)}))
    assert attention.empty
    assert patients["strategy"].nunique() == 5
    assert theme["pooling"]["note"] == "there are no validation patients to stop by"


@pytest.mark.parametrize(
    ("key", "said"), [("fingerprint", "predictions are not of"), ("manifest_digest", "present one")]
)
def test_predictions_of_something_else_are_refused(ran, key, said):
    (predictions, features, manifest, summary), (attention, *_) = ran
    stale = {**summary, key: "x"}
    with pytest.raises(ValueError, match=said):
        nodes.learn_pooling(predictions, features, manifest, stale, QUICK, TASK)
    with pytest.raises(ValueError, match=said):
        nodes.aggregate_slices(predictions, attention, manifest, stale, SETTINGS, TASK)


def test_patients_of_another_classifier_are_refused(ran):
    (predictions, _, manifest, _), (_, patients, _, _) = ran
    other = patients.copy()
    other.attrs["fingerprint"] = "x"
    with pytest.raises(ValueError, match="patient_predictions is not of"):
        nodes.judge_patients(predictions, other, manifest, FEW, SETTINGS, TASK)
