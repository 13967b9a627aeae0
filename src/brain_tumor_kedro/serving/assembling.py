"""What a bundle states of its classifier, and the thresholds that validation gives it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.outcome import Outcome, check_predictions, outcome_of
from brain_tumor_kedro.assessment.thresholds import find_set_thresholds, find_thresholds
from brain_tumor_kedro.serving.bundle import BundleFacts
from brain_tumor_kedro.tasks import TASKS

VAL = "val"
#: Taken from the training summary as they are.
TRAINED = (
    "task", "recipe_name", "recipe", "fingerprint", "manifest_digest", "phantom", "git_revision",
)  # fmt: skip


def state_facts(
    training_summary: Mapping[str, Any],
    predictions: pd.DataFrame,
    calibration: CalibrationSettings,
    *,
    image_size: int,
    split_strategy: str,
    created: str,
) -> BundleFacts:
    """State what is known of a classifier.

    Args:
        training_summary: What its training left.
        predictions: See `modelling.inference.Predictions`; of its validation images where there
            are any.
        calibration: Which thresholds are wanted.
        image_size: Side of the packed images.
        split_strategy: How the data were split.
        created: When this is stated, UTC.

    Returns:
        The facts, with thresholds from the same validation images as the calibration's.
    """
    task = TASKS[training_summary["task"]]
    val = _find_val(predictions, task.classes)
    found = find_thresholds(val, task.classes, calibration)
    return BundleFacts(
        **{key: training_summary[key] for key in TRAINED},
        classes=task.classes,
        channels=task.channels,
        image_size=image_size,
        split_strategy=split_strategy,
        created=created,
        temperature=(training_summary.get("temperature") or {}).get("value", 1.0),
        levels=calibration.levels,
        quantiles=find_set_thresholds(val, calibration),
        answer_from=found["answer_from"],
        val_images=found["val_images"],
    )


def _find_val(predictions: pd.DataFrame, classes: tuple[str, ...]) -> Outcome | None:
    if VAL not in set(predictions["split"]):
        return None
    check_predictions(predictions, classes)
    return outcome_of(predictions, VAL, classes)
