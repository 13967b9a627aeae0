"""Nodes of errors: from predictions to what went wrong, and whether the label was."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import (
    error_sheets,
    label_issues,
    mistakes,
    near_neighbors,
    out_of_fold,
)
from brain_tumor_kedro.assessment.consistency import (
    require_features_of,
    require_predictions_of,
    stamp_figures,
)
from brain_tumor_kedro.assessment.error_settings import ErrorSettings
from brain_tumor_kedro.assessment.error_summary import SPLIT
from brain_tumor_kedro.assessment.error_summary import summarize_errors as sum_up
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.tasks import TASKS, name_colors, note_data


def predict_out_of_fold(
    frozen_features: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: ErrorSettings,
    task: str,
) -> pd.DataFrame:
    """Predict every kept image with a linear probe that saw nothing of its group."""
    require_features_of(frozen_features, training_summary, digest_manifest(manifest))
    table = out_of_fold.predict_out_of_fold(
        frozen_features, kept(manifest), TASKS[task].classes, settings.folds, settings.seed
    )
    table.attrs = dict(frozen_features.attrs)
    return table


def find_label_issues(
    out_of_fold: pd.DataFrame,
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    task: str,
) -> pd.DataFrame:
    """List the labels that the probe and the classifier doubt."""
    digest = digest_manifest(manifest)
    require_predictions_of({"predictions": predictions}, training_summary, digest)
    return label_issues.find_label_issues(out_of_fold, predictions, manifest, TASKS[task].classes)


def find_neighbors(
    predictions: pd.DataFrame,
    features: pd.DataFrame,
    images: np.ndarray,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: ErrorSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find what in training is nearest to the most confident mistakes, and to every image."""
    tables = {"predictions": predictions, "features": features}
    require_predictions_of(tables, training_summary, digest_manifest(manifest))
    rows = kept(manifest)
    chosen = mistakes.choose_mistakes(predictions, SPLIT, settings.mistakes)
    neighbors = mistakes.find_neighbors(chosen, features, images, rows, settings.neighbors)
    return neighbors, near_neighbors.find_near_neighbors(images, rows)


def summarize_errors(
    predictions: pd.DataFrame,
    out_of_fold: pd.DataFrame,
    label_issues: pd.DataFrame,
    mistake_neighbors: pd.DataFrame,
    near_neighbors: pd.DataFrame,
    manifest: pd.DataFrame,
    task: str,
) -> dict[str, Any]:
    """Put errors, labels and neighbors into numbers and sentences."""
    patients = kept(manifest).set_index("image_id")["patient_id"]
    known = bool(patients.notna().all())
    tables = (predictions, out_of_fold, label_issues, mistake_neighbors, near_neighbors)
    summary = sum_up(*tables, known, patients if TASKS[task].unit == "patient" else None)
    found = {"fingerprint": predictions.attrs["fingerprint"], **summary}
    return tracking.with_command(found)


def plot_errors(
    mistake_neighbors: pd.DataFrame,
    label_issues: pd.DataFrame,
    near_neighbors: pd.DataFrame,
    images: np.ndarray,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: ErrorSettings,
    task: str,
) -> tuple[Figure, Figure, Figure]:
    """Draw the sheets of mistakes, of doubtful labels and of near neighbors."""
    album = error_sheets.Album(images, kept(manifest), TASKS[task].classes)
    colors = name_colors(TASKS[task])
    about = {
        "subtitle": f"recipe {training_summary['recipe_name']}; the color of a frame is its label"
        + (f"; in it {colors}" if colors else ""),
        "data_note": note_data(training_summary["phantom"]),
    }
    figures = (
        error_sheets.plot_gallery(mistake_neighbors, album, settings.neighbors, **about),
        error_sheets.plot_label_issues(label_issues, album, settings.suspects, **about),
        error_sheets.plot_near_neighbors(near_neighbors, album, settings.pairs, **about),
    )
    stamp_figures(figures, training_summary["fingerprint"])
    return figures
