"""Nodes of evaluation: from a trained classifier to what can be said of it."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import baselines
from brain_tumor_kedro.assessment import metrics as scores
from brain_tumor_kedro.assessment.consistency import (
    require_features_of,
    require_predictions_of,
    require_same_data,
    require_table_by,
    stamp_figures,
)
from brain_tumor_kedro.assessment.forest import plot_scores_forest
from brain_tumor_kedro.assessment.plots import plot_confusion, plot_roc
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.assessment.scores import score_with_intervals, summarize_scores
from brain_tumor_kedro.assessment.sources import score_sources
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.tasks import TASKS, note_data

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any


def predict_images(
    classifier: Classifier,
    training_summary: dict[str, Any],
    images: np.ndarray,
    manifest: pd.DataFrame,
    curation_summary: dict[str, Any],
    task: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict all splits, with the classifier that was trained on this very manifest.

    Returns the predictions, and the features that they come from.
    """
    from brain_tumor_kedro.modelling.inference import predict_table
    from brain_tumor_kedro.modelling.lineage import require_trained_on

    require_same_images(images, manifest)
    require_same_data(curation_summary, digest_manifest(manifest))
    require_trained_on(classifier, training_summary, digest_manifest(manifest))
    keys = ("recipe_name", "manifest_digest", "fingerprint", "phantom", "git_revision")
    trained = {key: training_summary[key] for key in keys}
    tracking.log_tags({**trained, "training_run": training_summary["mlflow_run"]})
    predictions = predict_table(classifier, images, kept(manifest), TASKS[task].classes)
    for table in predictions:
        table.attrs["fingerprint"] = training_summary["fingerprint"]
        table.attrs["manifest_digest"] = training_summary["manifest_digest"]
    return predictions.table, predictions.features


def predict_baselines(
    frozen_features: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    task: str,
) -> pd.DataFrame:
    """Predict all splits with what a classifier should beat."""
    from brain_tumor_kedro.modelling.lineage import require_same_manifest

    require_same_manifest(training_summary, digest_manifest(manifest))
    require_features_of(frozen_features, training_summary, digest_manifest(manifest))
    table = baselines.predict_baselines(frozen_features, kept(manifest), TASKS[task].classes)
    table.attrs = dict(frozen_features.attrs)
    return table


def score_predictions(
    predictions: pd.DataFrame, manifest: pd.DataFrame, task: str
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Score every split, and tabulate the test split by class, and by class and source."""
    classes = TASKS[task].classes
    metrics = scores.score_splits(predictions, classes, TASKS[task].positive)
    tracking.log_scores(metrics)
    by_class = scores.classification_report(predictions, "test", classes)
    return metrics, by_class, score_sources(predictions, manifest, "test", classes)


def resample_scores(
    predictions: pd.DataFrame,
    baseline_predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    settings: ResamplingSettings,
    training_summary: dict[str, Any],
    task: str,
) -> tuple[pd.DataFrame, dict[str, Any], Figure]:
    """Give every score an interval, beside those of the baselines."""
    require_predictions_of(
        {"predictions": predictions}, training_summary, digest_manifest(manifest)
    )
    about = (kept(manifest), TASKS[task], settings)
    table = score_with_intervals(predictions, baseline_predictions, *about)
    summary = summarize_scores(table, predictions, *about, baseline_predictions)
    tracking.log_intervals(table)
    recipe = f"recipe {training_summary['recipe_name']}"
    note = note_data(training_summary["phantom"])
    figure = plot_scores_forest(summary["splits"], list(summary["predictors"]), recipe, note)
    stamp_figures([figure], predictions.attrs["fingerprint"])
    return table, tracking.with_command(summary), figure


def plot_scores(
    predictions: pd.DataFrame, training_summary: dict[str, Any], task: str
) -> tuple[Figure, Figure]:
    """Draw the test split's confusion matrix, and its ROC curve of every class."""
    require_table_by("predictions", predictions, training_summary["fingerprint"])
    about = {
        "subtitle": f"recipe {training_summary['recipe_name']}",
        "data_note": note_data(training_summary["phantom"]),
    }
    classes = TASKS[task].classes
    figures = (
        plot_confusion(predictions, "test", classes, **about),
        plot_roc(predictions, "test", classes, **about),
    )
    stamp_figures(figures, predictions.attrs["fingerprint"])
    return figures
