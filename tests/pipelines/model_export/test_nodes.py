import json
import logging

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.datasets import WholeFolderDataset
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.modelling.classifier import build_classifier, fingerprint
from brain_tumor_kedro.modelling.export_settings import ExportSettings
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.pipelines.model_export import nodes
from brain_tumor_kedro.tasks import TUMOR_TYPE

FAST = ExportSettings(formats=("onnx", "float16"), seconds=0.01, calibration_images=4)


@pytest.fixture(scope="module")
def trained():
    """A classifier, its summary, and the images and the manifest that it belongs to."""
    keras.utils.set_random_seed(0)
    phase = {"name": "all", "trainable": "all", "learning_rate": 0.001, "epochs": 1}
    recipe = {"backbone": "sample_cnn", "weights": "none", "image_size": 32, "phases": [phase]}
    classifier = build_classifier(Recipe.model_validate(recipe), TUMOR_TYPE.classes)
    images = np.random.default_rng(0).integers(0, 256, (8, 40, 40), dtype=np.uint8)
    manifest = pd.DataFrame(
        {
            "image_id": [f"phantom/{number}.mat" for number in range(8)],
            "pixel_hash": "p",
            "packed_hash": [hash_packed(image) for image in images],
            "status": "kept",
            "label": [*TUMOR_TYPE.classes] * 2,
            "group_id": [f"g{number}" for number in range(8)],
            "split": ["train"] * 4 + ["test"] * 4,
            "row": pd.array(range(8), dtype="Int64"),
        }
    )
    summary = {
        "recipe_name": "small", "phantom": True, "git_revision": "abc",
        "created": "2026-01-01 00:00 UTC", "temperature": {"value": 1.0},
        "fingerprint": fingerprint(classifier), "manifest_digest": digest_manifest(manifest),
    }  # fmt: skip
    return classifier, summary, images, manifest


@pytest.fixture(scope="module")
def converted(trained):
    pytest.importorskip("tf2onnx")
    return nodes.convert_classifier(*trained, FAST, "tumor_type")


def judge(trained, converted, settings=FAST):
    classifier, _, images, manifest = trained
    return nodes.judge_exports(classifier, converted, images, manifest, settings, "tumor_type")


def test_a_folder_holds_every_format_and_what_was_measured(trained, converted, tmp_path):
    table = judge(trained, converted)
    files = nodes.assemble_exports(converted, table, trained[1], trained[2], "tumor_type")
    dataset = WholeFolderDataset(filepath=str(tmp_path / "exported"))
    dataset.save(files)

    folder = dataset.load()
    assert {path.name for path in folder.iterdir()} == {
        "classifier.onnx", "classifier_float16.tflite", "model.json", "README.md", "SHA256SUMS",
    }  # fmt: skip
    facts = json.loads((folder / "model.json").read_text())
    assert facts["fingerprint"] == trained[1]["fingerprint"]
    rows = {row["format"]: row for row in facts["formats"]}
    assert set(rows) == {"keras", "onnx", "float16"}
    assert rows["onnx"]["bytes"] == (folder / "classifier.onnx").stat().st_size
    assert all(row["images"] == 4 and row["split"] == "test" for row in rows.values())
    assert all(row["images_per_second_single"] > 0 for row in rows.values())


def test_a_wrong_file_is_never_delivered(trained, converted, monkeypatch):
    other = keras.models.clone_model(trained[0])
    wrong = nodes.convert_classifier(
        other, {**trained[1], "fingerprint": fingerprint(other)}, *trained[2:],
        FAST.model_copy(update={"formats": ("onnx",)}), "tumor_type",
    )  # fmt: skip

    with pytest.raises(ValueError, match="The export to onnx is wrong: probabilities of the image"):
        judge(trained, {**converted, **wrong})


def test_what_rounding_spoils_is_left_out_and_logged(trained, converted, caplog):
    strict = FAST.model_copy(update={"float16_tolerance": 0.0, "seconds": 0.0})

    with caplog.at_level(logging.WARNING):
        table = judge(trained, converted, strict)

    left = table.set_index("format").loc["float16"]
    assert not left["delivered"]
    assert f"float16 is left out: {left['reason']}" in caplog.text
    assert table["images_per_second_single"].isna().all()
    names = [
        name for name, _ in nodes.assemble_exports(
            converted, table, trained[1], trained[2], "tumor_type"
        )
    ]  # fmt: skip
    assert "classifier_float16.tflite" not in names
    assert "classifier.onnx" in names


def test_a_classifier_of_another_manifest_is_not_exported(trained):
    classifier, summary, images, manifest = trained

    with pytest.raises(ValueError, match="The classifier was trained on manifest other"):
        nodes.convert_classifier(
            classifier,
            {**summary, "manifest_digest": "other"},
            images,
            manifest,
            FAST,
            "tumor_type",
        )
