"""Nodes of training: from packed images to a trained classifier."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.augmentation_figure import plot_augmentation
from brain_tumor_kedro.assessment.consistency import describe_features, stamp_figures
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.plots import plot_training_curves
from brain_tumor_kedro.imaging.manifest import digest_manifest, is_phantom, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes
from brain_tumor_kedro.tasks import TASKS, name_colors, note_data

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any

#: Of the MLflow run, from the summary.
TAGS = (
    "device", "precision", "phantom", "manifest_digest", "fingerprint", "git_revision",
    "resumed_at",
)  # fmt: skip


def choose_recipe(name: str, recipes: Recipes) -> Recipe:
    """Pick the run's recipe and log every field of it."""
    recipe = recipes.choose(name)
    tracking.log_recipe(name, recipe.model_dump(mode="json"))
    return recipe


def train_classifier(
    images: np.ndarray,
    manifest: pd.DataFrame,
    recipe: Recipe,
    name: str,
    seed: int,
    compute: Compute,
    pretrained: Pretrained,
    task: str,
    checkpoint: Path,
    resume: bool,
) -> tuple[Classifier, pd.DataFrame, dict[str, Any]]:
    """Train through all phases; every epoch is logged and kept as it ends."""
    from brain_tumor_kedro.modelling.phases import train

    if not isinstance(resume, bool):  # any word would count as true
        raise ValueError(f"Expected resume to be true or false, found {resume!r}.")
    require_same_images(images, manifest)
    result = train(
        recipe,
        images,
        kept(manifest),
        TASKS[task].classes,
        seed,
        tracking.log_epoch,
        positive=TASKS[task].positive,
        compute=compute,
        pretrained=pretrained,
        checkpoints=checkpoint,
        resume=resume,
    )
    summary = {
        **result.summary,
        "task": task,
        "recipe_name": name,
        "recipe": recipe.model_dump(mode="json"),
        "seed": seed,
        "phantom": is_phantom(manifest),
        "manifest_digest": digest_manifest(manifest),
        **tracking.describe_run(),
    }
    tracking.log_tags({key: summary[key] for key in TAGS})
    return result.model, result.history, summary


def plot_history(history: pd.DataFrame, training_summary: dict[str, Any]) -> Figure:
    """Draw loss, accuracy, precision, recall and F1 of every epoch."""
    figure = plot_training_curves(
        history,
        subtitle=f"recipe {training_summary['recipe_name']}",
        data_note=note_data(training_summary["phantom"]),
    )
    stamp_figures([figure], training_summary["fingerprint"])
    return figure


def show_augmentation(
    images: np.ndarray, manifest: pd.DataFrame, training_summary: dict[str, Any], task: str
) -> Figure:
    """Draw an image of each class as training may have shown it."""
    from brain_tumor_kedro.modelling.augmentation_examples import draw_examples
    from brain_tumor_kedro.modelling.lineage import require_same_manifest

    require_same_manifest(training_summary, digest_manifest(manifest))
    recipe = Recipe.model_validate(training_summary["recipe"])
    classes, colors = TASKS[task].classes, name_colors(TASKS[task])
    examples = draw_examples(images, kept(manifest), classes, recipe, training_summary["seed"])
    figure = plot_augmentation(
        examples.originals,
        examples.views,
        examples.labels,
        subtitle=f"recipe {training_summary['recipe_name']}: {examples.changes}"
        + (f"; {colors}" if colors else ""),
        data_note=note_data(training_summary["phantom"]),
    )
    stamp_figures([figure], training_summary["fingerprint"])
    return figure


def compute_frozen_features(
    images: np.ndarray,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    pretrained: Pretrained,
) -> pd.DataFrame:
    """Compute the features of the recipe's backbone before any training, for baselines."""
    from brain_tumor_kedro.modelling.features import compute_frozen_features as compute
    from brain_tumor_kedro.modelling.lineage import require_same_manifest

    digest = digest_manifest(manifest)
    require_same_images(images, manifest)
    require_same_manifest(training_summary, digest)
    recipe = Recipe.model_validate(training_summary["recipe"])
    rows = kept(manifest)
    places = rows["row"].to_numpy(dtype=np.int64)
    features = compute(recipe, images, places, pretrained, training_summary["seed"])
    table = tabulate_features(rows["image_id"], features)
    table.attrs["manifest_digest"] = digest
    table.attrs.update(describe_features(training_summary["recipe"]))
    return table
