"""Nodes of evaluation: from a trained classifier to what can be said of it."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import metrics as scores
from brain_tumor_kedro.assessment.plots import plot_confusion as draw_confusion
from brain_tumor_kedro.assessment.plots import plot_roc as draw_roc
from brain_tumor_kedro.assessment.report import render_report
from brain_tumor_kedro.assessment.sources import score_sources
from brain_tumor_kedro.imaging.manifest import REASONS, digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.tasks import TASKS, note_data

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any


OF_THE_DATA = {
    "splits": "How many images of each class every split has.",
    "sources": "What was kept of each source, by class, and why the rest was rejected.",
    "sizes": "The sizes in which the images were published.",
    "samples": "A few images of every class, as they are packed.",
    "copies": (
        "Copies that were rejected, the least alike first, beside the image that was kept for "
        "each. Similarity is the correlation after local normalization."
    ),
}
CAPTIONS = {
    **OF_THE_DATA,
    "training_curves": (
        "Loss and metrics of every epoch; a dotted line marks a new phase. Precision and recall "
        "are over all classes together, of predictions above one half."
    ),
    "confusion": "Test split: what each class was taken for, as counts and as fractions.",
    "roc": "Test split: each class against the rest.",
}


def predict_images(
    classifier: Classifier,
    training_summary: dict[str, Any],
    images: np.ndarray,
    manifest: pd.DataFrame,
    task: str,
) -> pd.DataFrame:
    """Predict all splits, with the classifier that was trained on this very manifest."""
    from brain_tumor_kedro.modelling.inference import predict_table
    from brain_tumor_kedro.modelling.lineage import require_trained_on

    require_same_images(images, manifest)
    keys = ("recipe_name", "manifest_digest", "fingerprint", "phantom", "git_revision")
    trained = {key: training_summary[key] for key in keys}
    tracking.log_tags({**trained, "training_run": training_summary["mlflow_run"]})
    require_trained_on(classifier, training_summary, digest_manifest(manifest))
    return predict_table(classifier, images, kept(manifest), TASKS[task].classes)


def score_predictions(
    predictions: pd.DataFrame, manifest: pd.DataFrame, task: str
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Score every split, and tabulate the test split by class, and by class and source."""
    classes = TASKS[task].classes
    metrics = scores.score_splits(predictions, classes)
    tracking.log_scores(metrics)
    by_class = scores.classification_report(predictions, "test", classes)
    return metrics, by_class, score_sources(predictions, manifest, "test", classes)


def plot_confusion(
    predictions: pd.DataFrame, training_summary: dict[str, Any], task: str
) -> Figure:
    """Draw the test split's confusion matrix, counts and fractions."""
    return draw_confusion(
        predictions,
        "test",
        TASKS[task].classes,
        subtitle=f"recipe {training_summary['recipe_name']}",
        data_note=note_data(training_summary["phantom"]),
    )


def plot_roc(predictions: pd.DataFrame, training_summary: dict[str, Any], task: str) -> Figure:
    """Draw the test split's ROC curve of every class against the rest."""
    return draw_roc(
        predictions,
        "test",
        TASKS[task].classes,
        subtitle=f"recipe {training_summary['recipe_name']}",
        data_note=note_data(training_summary["phantom"]),
    )


def promote_classifier(
    registration: dict[str, Any],
    training_summary: dict[str, Any],
    metrics: dict[str, Any],
    across_manifests: bool,
) -> dict[str, Any]:
    """Make the classifier champion where it is not worse than the present one."""
    if registration["fingerprint"] != training_summary["fingerprint"]:
        raise ValueError(
            "The registered classifier is not the one that was evaluated: an interrupted training "
            "may have left it unregistered. Train again: kedro run --pipelines training"
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
    **figures: bytes,
) -> str:
    """Write everything down in one page."""
    run = tracking.describe_run()
    steps = (curation_summary, training_summary, run)
    commands = dict.fromkeys(step["command"] for step in steps)
    captioned = {name: (png, CAPTIONS[name]) for name, png in figures.items()}
    return render_report(
        summary=curation_summary,
        training=training_summary,
        metrics=metrics,
        history=history,
        report_table=classification_report,
        source_table=source_report,
        figures={name: figure for name, figure in captioned.items() if name not in OF_THE_DATA},
        data_figures={name: figure for name, figure in captioned.items() if name in OF_THE_DATA},
        registration=promotion,
        created=run["created"],
        git_revision=run["git_revision"],
        command="\n".join(commands),
        reasons=REASONS,
    )
