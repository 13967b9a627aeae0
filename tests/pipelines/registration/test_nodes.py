import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.modelling.classifier import fingerprint
from brain_tumor_kedro.pipelines.registration import nodes
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.tasks import TUMOR_TYPE
from bundles import RECIPE, draw_slice, tiny_classifier, write_bundle

SPLITS = ["train"] * 8 + ["val"] * 12 + ["test"] * 4


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.stack([draw_slice(seed, 40) for seed in range(len(SPLITS))])


@pytest.fixture(scope="module")
def manifest(images) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"figshare/{row}.mat" for row in range(len(SPLITS))],
            "pixel_hash": "p",
            "packed_hash": [hash_packed(image) for image in images],
            "status": "kept",
            "label": [TUMOR_TYPE.classes[row % 4] for row in range(len(SPLITS))],
            "group_id": [f"g{row}" for row in range(len(SPLITS))],
            "split": SPLITS,
            "row": pd.array(range(len(SPLITS)), dtype="Int64"),
        }
    )


@pytest.fixture(scope="module")
def summary(manifest) -> dict:
    return {
        "task": "tumor_type", "recipe_name": "tiny", "recipe": RECIPE.model_dump(mode="json"),
        "fingerprint": fingerprint(tiny_classifier()), "phantom": True, "git_revision": "r",
        "manifest_digest": digest_manifest(manifest), "temperature": {"value": 0.7}, "seed": 0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def reference(images, manifest, summary):
    return nodes.predict_reference(tiny_classifier(), summary, images, manifest, "tumor_type")


def test_no_test_image_is_looked_at(reference):
    predictions, features, styles = reference

    assert styles["image_id"].tolist() == features["image_id"].tolist()
    assert set(predictions["split"]) == {"train", "val"}
    assert predictions["image_id"].tolist() == features["image_id"].tolist()
    assert len(predictions) == 20


def test_a_classifier_of_another_manifest_is_refused(images, manifest, summary):
    with pytest.raises(ValueError, match="was trained on manifest other"):
        nodes.predict_reference(
            tiny_classifier(),
            {**summary, "manifest_digest": "other"},
            images,
            manifest,
            "tumor_type",
        )


def test_the_bundle_says_what_was_trained_on_what(reference, images, summary, tmp_path):
    curated = {"manifest_digest": summary["manifest_digest"], "split_strategy": "group"}
    guard = nodes.fit_guard(*reference, GuardSettings(least_images=12))

    files = nodes.assemble_bundle(
        tiny_classifier(), summary, curated, images, reference[0], guard, CalibrationSettings()
    )

    for name, content in files:
        (tmp_path / name).write_bytes(content)
    bundle = Bundle.load(tmp_path)
    facts = bundle.facts
    assert bundle.guard.threshold == guard.threshold > 0
    assert bundle.guard.image_ids.tolist() == reference[0]["image_id"].tolist()[:8]
    assert facts.manifest_digest == summary["manifest_digest"]
    assert (facts.image_size, facts.val_images) == (40, 12)
    assert list(facts.quantiles) == ["0.9"]
    assert facts.phantom


def test_a_summary_of_another_curation_is_refused(reference, images, summary):
    curated = {"manifest_digest": "other", "split_strategy": "group"}

    with pytest.raises(ValueError, match="curation summary is of manifest other"):
        nodes.assemble_bundle(
            tiny_classifier(), summary, curated, images, reference[0], None, CalibrationSettings()
        )


def test_a_bundle_of_another_classifier_is_not_registered(summary, tmp_path):
    folder = write_bundle(tmp_path)

    with pytest.raises(ValueError, match="--pipelines registration"):
        nodes.register_classifier(folder, {**summary, "fingerprint": "other"}, "tumor_type")


def test_a_version_says_what_it_was_trained_on(summary, tmp_path, monkeypatch):
    said: dict = {}
    folder = write_bundle(tmp_path)

    def register(folder, script, name, tags, outputs, parameters):
        said.update(tags)
        return {"name": name}

    monkeypatch.setattr(nodes.tracking, "register_bundle", register)
    found = nodes.register_classifier(folder, summary, "tumor_type")

    assert said["manifest_digest"] == found["manifest_digest"] == summary["manifest_digest"]
    assert said["phantom"] is True
    assert said["classes"] == "glioma,meningioma,pituitary,no_tumor"


def test_without_a_run_nothing_is_registered(summary, tmp_path):
    found = nodes.register_classifier(write_bundle(tmp_path), summary, "tumor_type")

    assert found == {
        "name": "brain_tumor_tumor_type", "version": None, "model_uri": None, "run_id": None,
        "recipe_name": "tiny", "manifest_digest": summary["manifest_digest"], "phantom": True,
        "fingerprint": summary["fingerprint"], "git_revision": "r", "seed": 0,
    }  # fmt: skip
