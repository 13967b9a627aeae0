import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.calibration_theme import judge_calibration
from brain_tumor_kedro.serving.assembling import state_facts
from brain_tumor_kedro.tasks import TUMOR_TYPE

CLASSES = TUMOR_TYPE.classes
SUMMARY = {
    "task": "tumor_type", "recipe_name": "tiny", "recipe": {}, "fingerprint": "f",
    "manifest_digest": "d", "phantom": True, "git_revision": "r",
}  # fmt: skip
ABOUT = {"image_size": 40, "split_strategy": "group", "created": "now"}


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 4, 200)
    values = generator.dirichlet(np.ones(4), 200) + 1.5 * np.eye(4)[truth]
    values = values.astype(np.float32) / values.sum(axis=1, keepdims=True).astype(np.float32)
    table = pd.DataFrame({"image_id": [f"i{number}" for number in range(200)]})
    table["split"] = ["train"] * 60 + ["val"] * 80 + ["test"] * 60
    table["label"] = [CLASSES[k] for k in truth]
    table["predicted"] = [CLASSES[k] for k in values.argmax(axis=1)]
    for k, label in enumerate(CLASSES):
        table[f"p_{label}"] = table[f"raw_{label}"] = values[:, k]
    return table


def test_thresholds_are_those_of_the_calibration(predictions):
    settings = CalibrationSettings(draws=100, target_accuracy=0.9)
    manifest = predictions[["image_id"]].assign(group_id=predictions["image_id"])
    reference = predictions[predictions["split"] != "test"]

    facts = state_facts(SUMMARY, reference, settings, **ABOUT)

    told = judge_calibration(predictions, manifest, CLASSES, TUMOR_TYPE.positive, settings).summary
    assert facts.quantiles == pytest.approx(told["quantiles"]["aps"])
    assert facts.set_method == "aps"
    assert set(facts.quantiles) == {"0.9", "0.95"}
    assert facts.answer_from == told["answer_from"] is not None
    assert facts.val_images == told["val_images"] == 80


def test_without_validation_images_there_are_no_thresholds(predictions):
    reference = predictions[predictions["split"] == "train"]

    facts = state_facts(SUMMARY, reference, CalibrationSettings(), **ABOUT)

    assert (facts.quantiles, facts.answer_from, facts.val_images) == ({}, None, 0)
    assert facts.levels == (0.9, 0.95)


def test_a_level_that_few_images_do_not_suffice_for_is_left_out(predictions):
    reference = predictions[predictions["split"] == "val"].head(15)

    assert set(state_facts(SUMMARY, reference, CalibrationSettings(), **ABOUT).quantiles) == {"0.9"}


def test_the_temperature_is_that_of_the_training(predictions):
    summary = {**SUMMARY, "temperature": {"value": 0.7}}

    facts = [state_facts(one, predictions, CalibrationSettings(), **ABOUT)
             for one in (SUMMARY, summary)]  # fmt: skip

    assert [one.temperature for one in facts] == [1.0, 0.7]
