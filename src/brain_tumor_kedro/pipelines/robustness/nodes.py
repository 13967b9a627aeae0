"""Nodes of robustness: what breaks a classifier, and what it may know its answers by."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.consistency import require_table_by, stamp_figures
from brain_tumor_kedro.assessment.masking import NO_BACKGROUND, NO_HEAD, WHOLE
from brain_tumor_kedro.assessment.robustness import RobustnessSettings, score_corruptions
from brain_tumor_kedro.assessment.robustness_figures import (
    plot_corruption_examples,
    plot_corruptions,
)
from brain_tumor_kedro.assessment.shortcut_figures import plot_masking, plot_shortcuts
from brain_tumor_kedro.assessment.shortcut_report import find_all_shortcuts, tabulate_probes
from brain_tumor_kedro.assessment.shortcuts import ShortcutSettings, choose_probed
from brain_tumor_kedro.assessment.trials import (
    UNCORRUPTED,
    UNMASKED,
    add_predictions,
    choose_examples,
    choose_images,
    plan_corruptions,
    plan_masking,
)
from brain_tumor_kedro.imaging.corruptions import CORRUPTIONS, SEVERITIES, corrupt
from brain_tumor_kedro.imaging.head_mask import find_head, remove_background, remove_head
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.imaging.surroundings import describe_surroundings
from brain_tumor_kedro.tasks import TASKS, note_data

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any

#: What is judged.
SPLIT = "test"

#: How parts of an image are removed, by what tables call that.
MASKINGS = {NO_HEAD: remove_head, NO_BACKGROUND: remove_background}


def predict_changed(
    classifier: Classifier,
    training_summary: dict[str, Any],
    images: np.ndarray,
    manifest: pd.DataFrame,
    predictions: pd.DataFrame,
    robustness: RobustnessSettings,
    shortcuts: ShortcutSettings,
    task: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict test images once more: corrupted, and without the head or all else."""
    from brain_tumor_kedro.modelling.lineage import require_trained_on

    require_same_images(images, manifest)
    require_trained_on(classifier, training_summary, digest_manifest(manifest))
    require_table_by("predictions", predictions, training_summary["fingerprint"])
    tables = (
        _predict_corrupted(classifier, images, manifest, predictions, robustness, task),
        _predict_masked(classifier, images, manifest, predictions, shortcuts, task),
    )
    for table in tables:
        table.attrs["fingerprint"] = training_summary["fingerprint"]
    return tables


def score_robustness(
    corrupted_predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: RobustnessSettings,
    task: str,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score the predictions of corrupted images."""
    fingerprint = training_summary["fingerprint"]
    require_table_by("corrupted_predictions", corrupted_predictions, fingerprint)
    groups = manifest.set_index("image_id")["group_id"]
    classes = TASKS[task].classes
    table, numbers = score_corruptions(corrupted_predictions, groups, classes, settings)
    for name, scores in numbers["corruptions"].items():
        kind = CORRUPTIONS[name]
        scores |= {"unit": kind.unit, "amounts": list(kind.amounts)}
    found = {**numbers, "split": SPLIT, "fingerprint": fingerprint}
    return table, tracking.with_command(found)


def plot_robustness(
    robustness_report: pd.DataFrame,
    images: np.ndarray,
    manifest: pd.DataFrame,
    predictions: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: RobustnessSettings,
    task: str,
) -> tuple[Figure, Figure]:
    """Draw accuracy against severity, and one image in every severity."""
    note = note_data(training_summary["phantom"])
    recipe = f"recipe {training_summary['recipe_name']}"
    chosen = choose_images(predictions, kept(manifest), SPLIT, settings.images, settings.seed)
    row = choose_examples(chosen, ["label"], 1).iloc[0]["row"]
    pictures = {
        name: [corrupt(images[row], name, severity, _seed(settings.seed, row))
               for severity in (0, *SEVERITIES)]
        for name in CORRUPTIONS
    }  # fmt: skip
    figures = (
        plot_corruptions(robustness_report, TASKS[task].classes, recipe, note),
        plot_corruption_examples(pictures, note, "".join(TASKS[task].channels[:1])),
    )
    stamp_figures(figures, training_summary["fingerprint"])
    return figures


def probe_shortcuts(
    images: np.ndarray,
    manifest: pd.DataFrame,
    features: pd.DataFrame,
    predictions: pd.DataFrame,
    masked_predictions: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: ShortcutSettings,
    task: str,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Measure what can be known of source and class without the head."""
    fingerprint = training_summary["fingerprint"]
    tables = {"features": features, "masked_predictions": masked_predictions}
    for name, table in tables.items():
        require_table_by(name, table, fingerprint)
    require_same_images(images, manifest)
    rows = choose_probed(kept(manifest), settings)
    surroundings = describe_surroundings(images, rows["row"].tolist())
    numbers = find_all_shortcuts(
        surroundings,
        rows,
        features,
        predictions,
        masked_predictions,
        kept(manifest),
        SPLIT,
        TASKS[task].classes,
        settings,
    )
    found = tracking.with_command({**numbers, "fingerprint": fingerprint})
    return tabulate_probes(numbers["probes"]), found


def plot_shortcut_figures(
    shortcuts: dict[str, Any],
    images: np.ndarray,
    manifest: pd.DataFrame,
    predictions: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: ShortcutSettings,
) -> tuple[Figure, Figure]:
    """Draw what is told from which part of the image, and what is taken for the head."""
    note = note_data(training_summary["phantom"])
    chosen = choose_images(predictions, kept(manifest), SPLIT, settings.masked, settings.seed)
    examples = choose_examples(chosen, ["source"], 2)
    pictures = {
        str(source): [_mask_all(images[row]) for row in rows["row"]]
        for source, rows in examples.groupby("source")
    }
    recipe = f"recipe {training_summary['recipe_name']}"
    figures = (plot_shortcuts(shortcuts, recipe, note), plot_masking(pictures, note))
    stamp_figures(figures, training_summary["fingerprint"])
    return figures


def _predict_corrupted(
    classifier: Classifier,
    images: np.ndarray,
    manifest: pd.DataFrame,
    predictions: pd.DataFrame,
    settings: RobustnessSettings,
    task: str,
) -> pd.DataFrame:
    from brain_tumor_kedro.modelling.streaming import predict_stream

    chosen = choose_images(predictions, kept(manifest), SPLIT, settings.images, settings.seed)
    plan = plan_corruptions(chosen, list(CORRUPTIONS), SEVERITIES)
    trials = list(zip(plan["row"], plan["corruption"], plan["severity"], strict=True))

    def make(number: int) -> np.ndarray:
        row, name, severity = trials[number]
        return corrupt(images[row], name, severity, _seed(settings.seed, row))

    title = "Predicting corrupted images"
    probabilities = predict_stream(classifier, make, len(trials), title=title)
    return add_predictions(plan, probabilities, chosen, TASKS[task].classes, UNCORRUPTED)


def _predict_masked(
    classifier: Classifier,
    images: np.ndarray,
    manifest: pd.DataFrame,
    predictions: pd.DataFrame,
    settings: ShortcutSettings,
    task: str,
) -> pd.DataFrame:
    from brain_tumor_kedro.modelling.streaming import predict_stream

    chosen = choose_images(predictions, kept(manifest), SPLIT, settings.masked, settings.seed)
    plan = plan_masking(chosen)
    trials = list(zip(plan["row"], plan["masking"], strict=True))

    def make(number: int) -> np.ndarray:
        row, masking = trials[number]
        image = np.asarray(images[row])
        return MASKINGS[masking](image, find_head(image))

    title = "Predicting masked images"
    probabilities = predict_stream(classifier, make, len(trials), title=title)
    return add_predictions(plan, probabilities, chosen, TASKS[task].classes, UNMASKED)


def _mask_all(image: np.ndarray) -> dict[str, np.ndarray]:
    head = find_head(np.asarray(image))
    masked = {name: remove(np.asarray(image), head) for name, remove in MASKINGS.items()}
    return {WHOLE: np.asarray(image), **masked}


def _seed(seed: int, row: int) -> tuple[int, int]:
    """An image meets the same noise in all severities, and each image another one."""
    return seed, int(row)
