import mlflow
import pytest
from mlflow import MlflowClient

from brain_tumor_kedro import registry
from brain_tumor_kedro.assessment.metrics import score_splits
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.pipelines.recording import nodes
from brain_tumor_kedro.tasks import TUMOR_TYPE
from contenders import RESAMPLING, contend, make_guard
from registered import NAME, register


def arguments(version, wrong=0, fingerprint="mine", **changes) -> dict:
    evidence = contend(wrong=wrong, fingerprint=fingerprint).evidence
    digest = digest_manifest(evidence.manifest)
    evidence.predictions.attrs["manifest_digest"] = digest
    training = {"fingerprint": fingerprint, "manifest_digest": digest, "recipe_name": "tiny",
                "temperature": {"note": ""}, "seed": 0, "phantom": True}  # fmt: skip
    return {
        "registration": {"name": NAME, "version": version, "fingerprint": fingerprint},
        "training_summary": training,
        "curation_summary": {**evidence.curation, "manifest_digest": digest},
        "manifest": evidence.manifest,
        "predictions": evidence.predictions,
        "metrics": score_splits(evidence.predictions, TUMOR_TYPE.classes, TUMOR_TYPE.positive),
        "scores_table": evidence.scores,
        "guard": evidence.guard,
        "model_card": "---\na: 1\n---\n# Card\n\n" + "Many words. " * 600,
        "resampling": RESAMPLING,
        "task": "tumor_type",
        **changes,
    }


def test_a_version_is_tagged_described_and_kept_with_its_run(client):
    number = register(fingerprint="mine").number
    with mlflow.start_run() as run:
        found = nodes.record_version(**arguments(number, wrong=9))

    version = MlflowClient().get_model_version(NAME, number)
    assert found["evaluation_run"] == version.tags["evaluation_run"] == run.info.run_id
    assert float(version.tags["val.accuracy"]) == 0.9
    assert version.description.startswith("# Card")
    assert run.info.run_id in version.description
    assert len(version.description) <= 5000
    record = registry.load_record(registry.find_version(NAME, number))
    assert record.facts["resampling"]["draws"] == RESAMPLING.draws
    assert record.facts["training"]["recipe_name"] == "tiny"


def test_without_a_run_or_a_version_nothing_is_recorded(client, caplog):
    number = register(fingerprint="mine").number
    for version in (None, number):
        found = nodes.record_version(**arguments(version))
        assert found["evaluation_run"] is None
    assert "evaluation_run" not in registry.find_version(NAME, number).tags
    assert "no MLflow run" in caplog.text


def test_another_classifier_is_never_tagged(client):
    number = register(fingerprint="another").number
    with mlflow.start_run():
        with pytest.raises(ValueError, match="is not the classifier that was evaluated"):
            nodes.record_version(**arguments(number))
        stale = {**arguments(number), "predictions": contend(fingerprint="x").evidence.predictions}
        with pytest.raises(ValueError, match="predictions are not of the classifier"):
            nodes.record_version(**stale)
        with pytest.raises(ValueError, match="part guard is not of the present run"):
            nodes.record_version(**{**arguments(number), "guard": make_guard(0.01, "x")})
    assert "evaluation_run" not in registry.find_version(NAME, number).tags


def test_what_was_curated_again_since_is_not_recorded(client):
    number = register(fingerprint="mine").number
    known = arguments(number)
    again = known["manifest"].assign(group_id="all")
    curated = known["curation_summary"] | {"manifest_digest": digest_manifest(again)}
    fresh = {"manifest": again, "curation_summary": curated}
    trained = known["training_summary"] | {"manifest_digest": digest_manifest(again)}
    with mlflow.start_run():
        with pytest.raises(ValueError, match="curation summary is of manifest"):
            nodes.record_version(**known | {"curation_summary": curated})
        with pytest.raises(ValueError, match="classifier was trained on manifest"):
            nodes.record_version(**known | fresh)
        with pytest.raises(ValueError, match="predictions are of manifest"):
            nodes.record_version(**known | fresh | {"training_summary": trained})
    assert "evaluation_run" not in registry.find_version(NAME, number).tags
