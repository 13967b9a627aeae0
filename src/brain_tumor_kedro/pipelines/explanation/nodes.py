"""Nodes of explanation: from predictions to maps of what speaks for them, scored by masks."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import explanation_sample, hidden_tumor
from brain_tumor_kedro.assessment.consistency import stamp_figures
from brain_tumor_kedro.assessment.explainability import score_maps
from brain_tumor_kedro.assessment.explanation import describe_explanation
from brain_tumor_kedro.assessment.explanation_figure import plot_where_it_looks
from brain_tumor_kedro.assessment.explanation_settings import ExplanationSettings
from brain_tumor_kedro.assessment.explanation_sheet import plot_sheets
from brain_tumor_kedro.assessment.reference_maps import draw_references, enlarge_maps
from brain_tumor_kedro.datasets.figshare_dataset import SOURCE, FigshareFile
from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.masks import Masks, read_masks
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.imaging.volume_case import VolumeSource
from brain_tumor_kedro.imaging.volume_masks import read_volume_masks
from brain_tumor_kedro.tasks import TASKS, name_colors, note_data

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any

#: Maps by method, in the order of the sample.
Maps = dict[str, np.ndarray]

#: Maps of a classifier with random weights, by method and share of the layers.
Forgotten = dict[str, dict[float, np.ndarray]]


def choose_explained(
    predictions: pd.DataFrame, manifest: pd.DataFrame, settings: ExplanationSettings
) -> pd.DataFrame:
    """Choose the test images to explain, wrong predictions first."""
    chosen = explanation_sample.choose_explained(
        predictions, kept(manifest), settings.images, settings.most_wrong, settings.seed
    )
    chosen.attrs["fingerprint"] = predictions.attrs["fingerprint"]
    return chosen


def map_explained(
    classifier: Classifier,
    images: np.ndarray,
    manifest: pd.DataFrame,
    explained: pd.DataFrame,
    settings: ExplanationSettings,
    task: str,
) -> tuple[Maps, Forgotten]:
    """Map what speaks for each prediction, with the trained weights and with random ones."""
    from brain_tumor_kedro.modelling.explaining import map_and_forget
    from brain_tumor_kedro.modelling.lineage import require_predicted_by

    require_same_images(images, manifest)
    require_predicted_by(classifier, explained.attrs["fingerprint"])
    rows = explained["row"].to_numpy(np.int64)
    targets = explained["predicted"].map(TASKS[task].classes.index).to_numpy(np.int64)
    return map_and_forget(
        classifier,
        images,
        rows,
        targets,
        patch=settings.patch,
        stride=settings.stride,
        checked=(settings.checked, settings.checked_by_occlusion),
        seed=settings.seed,
    )


def read_tumor_masks(explained: pd.DataFrame, images: np.ndarray, figshare: Source) -> Masks:
    """Read the masks of the chosen images of the one source that publishes some."""
    outlined = explained[explained["source"] == SOURCE]
    wanted = zip(outlined["image_id"], outlined["pixel_hash"], strict=True)
    files = [file for file in figshare.files if isinstance(file, FigshareFile)]
    return read_masks(wanted, files, images.shape[1])


def cut_tumor_masks(explained: pd.DataFrame, images: np.ndarray, volumes: VolumeSource) -> Masks:
    """Cut the masks of the chosen slices out of those of their volumes."""
    return read_volume_masks(explained["image_id"], volumes.cases, images.shape[1])


def hide_tumors(
    classifier: Classifier,
    images: np.ndarray,
    explained: pd.DataFrame,
    masks: Masks,
    settings: ExplanationSettings,
) -> pd.DataFrame:
    """Predict again with the tumor hidden, and with as much of the head hidden elsewhere."""
    from brain_tumor_kedro.modelling.hiding import predict_hidden
    from brain_tumor_kedro.modelling.lineage import require_predicted_by

    require_predicted_by(classifier, explained.attrs["fingerprint"])
    table = explained.set_index("image_id").loc[list(masks.image_ids)].reset_index()
    if table.empty:
        return pd.DataFrame(columns=list(hidden_tumor.COLUMNS))
    rows = table["row"].to_numpy(np.int64)
    wide = hidden_tumor.widen(masks.masks)
    elsewhere = hidden_tumor.move_elsewhere(np.asarray(images[rows]), wide, settings.seed)
    hidden = [None, wide, elsewhere]
    found = predict_hidden(classifier, images, rows, hidden, patch=settings.patch)
    return hidden_tumor.tabulate_hidden(table, found)[list(hidden_tumor.COLUMNS)]


def score_explanations(
    explained: pd.DataFrame,
    maps: Maps,
    forgotten: Forgotten,
    masks: Masks,
    hidden: pd.DataFrame,
    images: np.ndarray,
    settings: ExplanationSettings,
    task: str,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score the maps against the masks, beside the middle of the head and chance."""
    table = explained.reset_index().set_index("image_id").loc[list(masks.image_ids)].reset_index()
    chosen, size = table["index"].to_numpy(np.int64), images.shape[1]
    pixels = np.asarray(images[table["row"].to_numpy(np.int64)])
    drawn = draw_references(pixels, maps["gradcam"].shape[1:3], settings.seed)
    every = {name: enlarge_maps(values[chosen], size) for name, values in maps.items()} | drawn
    table = table[["image_id", "group_id", "label", "predicted", "right", "probability"]]
    scores = score_maps(table, every, masks.masks, settings.tolerance)
    theme = describe_explanation(
        explained, scores, hidden, maps, forgotten, masks.left_out, TASKS[task].classes,
        settings.model_dump(), TASKS[task].prefix,
    )  # fmt: skip
    return scores, tracking.with_command(theme)


def plot_explanations(
    explanation: dict[str, Any],
    explained: pd.DataFrame,
    maps: Maps,
    masks: Masks,
    images: np.ndarray,
    training_summary: dict[str, Any],
    task: str,
) -> tuple[Figure, Figure, Figure]:
    """Draw the scores, and contact sheets of right and of wrong predictions."""
    about = {
        "subtitle": f"recipe {training_summary['recipe_name']}",
        "data_note": note_data(training_summary["phantom"]),
    }
    known = dict(zip(masks.image_ids, masks.masks, strict=True))
    shown = explanation["settings"]["shown"]
    figures = (
        plot_where_it_looks(explanation["scores"], **about),
        *plot_sheets(explained, images, maps, known, shown, name_colors(TASKS[task]), **about),
    )
    stamp_figures(figures, explanation["fingerprint"])
    return figures
