"""What a training leaves: a classifier that any machine can load, its history, and a summary."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.classifier import (
    build_classifier,
    count_parameters,
    fingerprint,
)
from brain_tumor_kedro.modelling.devices import describe_backend
from brain_tumor_kedro.modelling.frozen_inference import predict_from_features, stands_still
from brain_tumor_kedro.modelling.inference import predict
from brain_tumor_kedro.modelling.inner_normalization import refresh
from brain_tumor_kedro.modelling.lora import copy_merged, count_adapters
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.parts import RAW
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import fit_temperature, with_temperature
from brain_tumor_kedro.modelling.training_run import TrainingRun


@dataclass(frozen=True)
class TrainingResult:
    """What a training leaves.

    Attributes:
        model: The classifier, in `float32`, not compiled, without augmentation; its probabilities
            are calibrated where validation allows that.
        history: One row per epoch, columns `history.COLUMNS`.
        summary: What was trained on what, as JSON can hold it.
    """

    model: keras.Model
    history: pd.DataFrame
    summary: dict[str, Any]


def conclude(run: TrainingRun) -> TrainingResult:
    """Make the result of a training whose phases have all run, calibrated on validation.

    Args:
        run: The training.

    Returns:
        The classifier, its history and a summary.
    """
    exported = _export(run.classifier, run.recipe, run.classes)
    fit = fit_temperature(_predict_val(run, exported), run.val.labels)
    model = exported if fit["note"] else with_temperature(exported, fit["value"])
    summary = {
        **_summarize(run, model),
        "temperature": fit,
        "seconds": run.seconds(),
        "resumed_at": run.resumed.at,
        "device": run.device.description,
        "precision": run.precision,
    }
    return TrainingResult(model, run.history.table(), summary)


def _predict_val(run: TrainingRun, exported: keras.Model) -> np.ndarray:
    if run.store is None or not stands_still(run.recipe):
        return predict(exported, run.images, run.val.rows)
    features = run.store.get(exported, run.recipe, "float32", run.val.rows)
    return predict_from_features(exported, features)[RAW]


def _export(classifier: keras.Model, recipe: Recipe, classes: Sequence[str]) -> keras.Model:
    """Rebuild the classifier in `float32` and without adapters: it predicts alike anywhere."""
    channels = 1 if len(classifier.input_shape) == 3 else 3
    untrained = recipe.model_copy(update={"weights": "none", "lora": None})
    model = build_classifier(untrained, classes, channels=channels)
    copy_merged(classifier, model)
    refresh(model)
    return average_mirrored(model) if recipe.test_time_flip else model


def _summarize(run: TrainingRun, model: keras.Model) -> dict[str, Any]:
    phases = [row["phase"] for row in run.history.rows]
    return {
        "backbone": run.recipe.backbone,
        "weights": run.recipe.weights,
        "image_size": run.recipe.size,
        "parameters": {
            "total": count_parameters(model)["total"],
            "adapters": count_adapters(run.classifier),
            "trainable_by_phase": run.trainable_parameters,
        },
        "epochs": len(phases),
        "epochs_by_phase": {name: phases.count(name) for name in run.trainable_parameters},
        "best_epoch_by_phase": run.best_epochs,
        "kept_epoch": run.best.epoch,
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": describe_backend(),
            "numpy": np.__version__,
        },
        "fingerprint": fingerprint(model),
    }
