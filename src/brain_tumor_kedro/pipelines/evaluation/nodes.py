"""Nodes of evaluation: from a trained classifier to what can be said of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import baselines
from brain_tumor_kedro.assessment import metrics as scores
from brain_tumor_kedro.assessment.consistency import (
    require_features_of,
    require_figure_of,
    require_same_classifier,
    require_same_data,
    require_table_of,
    require_whole_history,
    stamp_figures,
)
from brain_tumor_kedro.assessment.curation_report import CAPTIONS as OF_THE_DATA
from brain_tumor_kedro.assessment.forest import plot_scores_forest
from brain_tumor_kedro.assessment.plots import plot_confusion, plot_roc
from brain_tumor_kedro.assessment.report import render_report
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.assessment.scores import score_with_intervals, summarize_scores
from brain_tumor_kedro.assessment.sources import score_sources
from brain_tumor_kedro.imaging.manifest import REASONS, digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.tasks import TASKS, note_data

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any

#: Captions of the report's figures of the training.
OF_THE_TRAINING = {
    "augmentation": (
        "Training images as they are packed, and as training may show them: each view is drawn "
        "anew, through the layers that stood before the classifier while it was trained."
    ),
    "training_curves": (
        "Loss and metrics of every epoch; a dotted line marks a new phase. Precision and recall "
        "are over all classes together, of predictions above one half; F1 is the mean over classes."
    ),
}

#: Captions of the report's figures of the results.
OF_THE_RESULTS = {
    "confusion": "Test split: what each class was taken for, as counts and as fractions.",
    "roc": "Test split: each class against the rest.",
}

#: Captions of all figures that the report shows.
CAPTIONS = OF_THE_DATA | OF_THE_TRAINING | OF_THE_RESULTS


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
    return predictions.table, predictions.features


def predict_baselines(
    frozen_features: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    task: str,
) -> pd.DataFrame:
    """Predict all splits with what a classifier should beat."""
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
    about = (kept(manifest), TASKS[task], settings)
    table = score_with_intervals(predictions, baseline_predictions, *about)
    summary = summarize_scores(table, predictions, *about)
    tracking.log_intervals(table)
    recipe = f"recipe {training_summary['recipe_name']}"
    note = note_data(training_summary["phantom"])
    figure = plot_scores_forest(summary["splits"], list(summary["predictors"]), recipe, note)
    stamp_figures([figure], predictions.attrs["fingerprint"])
    return table, summary, figure


def plot_scores(
    predictions: pd.DataFrame, training_summary: dict[str, Any], task: str
) -> tuple[Figure, Figure]:
    """Draw the test split's confusion matrix, and its ROC curve of every class."""
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


def promote_classifier(
    registration: dict[str, Any],
    training_summary: dict[str, Any],
    predictions: pd.DataFrame,
    metrics: dict[str, Any],
    across_manifests: bool,
    task: str,
) -> dict[str, Any]:
    """Make the classifier champion where it is not worse than the present one."""
    classes, positive = TASKS[task].classes, TASKS[task].positive
    require_same_classifier(predictions, metrics, training_summary, classes, positive)
    if registration["fingerprint"] != training_summary["fingerprint"]:
        raise ValueError(
            "The registered classifier is not the one that was evaluated: a training was "
            "interrupted before it was registered. Register it, then evaluate again: kedro run "
            f"--from-nodes {task}.register_classifier"
        )
    if not isinstance(across_manifests, bool):
        raise ValueError(
            f"Expected promote_across_manifests to be true or false, found {across_manifests!r}."
        )
    return tracking.promote_classifier(registration, metrics, across_manifests=across_manifests)


def write_report(
    curation_summary: dict[str, Any],
    training_summary: dict[str, Any],
    metrics: dict[str, Any],
    history: pd.DataFrame,
    classification_report: pd.DataFrame,
    source_report: pd.DataFrame,
    promotion: dict[str, Any],
    label_conflicts: pd.DataFrame,
    **figures: bytes,
) -> str:
    """Write everything down in one page."""
    require_whole_history(history, training_summary)
    digest = curation_summary["manifest_digest"]
    require_table_of("label_conflicts", label_conflicts, digest)
    for name, png in figures.items():
        shown = digest if name in OF_THE_DATA else training_summary["fingerprint"]
        require_figure_of(name, png, shown)
    run = tracking.describe_run()
    steps = (curation_summary, training_summary, run)
    commands = dict.fromkeys(step["command"] for step in steps)
    return render_report(
        summary=curation_summary,
        training=training_summary,
        metrics=metrics,
        history=history,
        report_table=classification_report,
        source_table=source_report,
        figures=_with_captions(figures, OF_THE_RESULTS),
        training_figures=_with_captions(figures, OF_THE_TRAINING),
        data_figures=_with_captions(figures, OF_THE_DATA),
        conflicts=label_conflicts,
        registration=promotion,
        created=run["created"],
        git_revision=run["git_revision"],
        command="\n".join(commands),
        reasons=REASONS,
    )


def _with_captions(
    figures: Mapping[str, bytes], captions: Mapping[str, str]
) -> dict[str, tuple[bytes, str]]:
    return {name: (figures[name], caption) for name, caption in captions.items()}
