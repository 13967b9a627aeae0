"""Predictions of a trained classifier."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.parts import CALIBRATED, FEATURES, RAW, STYLE, with_parts
from brain_tumor_kedro.modelling.progress import ProgressBar
from brain_tumor_kedro.tasks import SCORED


class Predictions(NamedTuple):
    """What a classifier says of images.

    Attributes:
        table: `image_id`, `split`, `label`, `predicted`, and for every class `p_<class>`
            (calibrated) and `raw_<class>` (uncalibrated).
        features: `image_id` and `f0`, `f1`, …, the pooled features below the head, `float32`, in
            the same order.
    """

    table: pd.DataFrame
    features: pd.DataFrame


def predict(
    model: keras.Model, images: np.ndarray, rows: np.ndarray, batch_size: int = 64
) -> np.ndarray:
    """Predict some rows of the packed images.

    Args:
        model: A classifier, fresh or loaded.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        rows: Row numbers `(m,)`.
        batch_size: Images per step, at most.

    Returns:
        Probabilities `float32` `(m, classes)` in the order of `rows`.
    """
    if not len(rows):
        return np.zeros((0, model.output_shape[-1]), np.float32)
    return np.asarray(_run(model, images, rows, batch_size)[: len(rows)], dtype=np.float32)


def predict_table(
    model: keras.Model,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    batch_size: int = 64,
) -> Predictions:
    """Predict every image that lies in a split or in a held-out source, in one pass.

    Args:
        model: A classifier with one output per class.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        manifest: Columns `image_id`, `split`, `label`, `row`.
        classes: Class labels in the order of the outputs.
        batch_size: Images per step, at most.

    Returns:
        Predictions and features, in the manifest's order.

    Raises:
        ValueError: Where the model's outputs are not as many as the classes, or it is no
            classifier of this project.
    """
    chosen, parts = _predict_scored(model, images, manifest, classes, batch_size, style=False)
    return tabulate_parts(chosen, parts, classes)


def predict_styled(
    model: keras.Model,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    batch_size: int = 64,
) -> tuple[Predictions, pd.DataFrame]:
    """Predict as `predict_table` does, and tell the style of every image in the same pass.

    Args:
        model: As for `predict_table`.
        images: As for `predict_table`.
        manifest: As for `predict_table`.
        classes: As for `predict_table`.
        batch_size: As for `predict_table`.

    Returns:
        Predictions and features; and `image_id` and `f0`, `f1`, …, the styles, `float32`, in the
        same order: see `style`.

    Raises:
        ValueError: As `predict_table` does.
    """
    chosen, parts = _predict_scored(model, images, manifest, classes, batch_size, style=True)
    styles = _tabulate_features(chosen["image_id"], parts[STYLE])
    return tabulate_parts(chosen, parts, classes), styles


def _predict_scored(
    model: keras.Model,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    batch_size: int,
    *,
    style: bool,
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    if model.output_shape[-1] != len(classes):
        raise ValueError(
            f"Expected a classifier for {len(classes)} classes ({', '.join(classes)}), received "
            f"one with {model.output_shape[-1]} outputs."
        )
    chosen = manifest[manifest["split"].isin(SCORED)].reset_index(drop=True)
    rows = chosen["row"].to_numpy(dtype=np.int64)
    return chosen, _predict_parts(model, images, rows, batch_size, style=style)


def tabulate_parts(
    chosen: pd.DataFrame, parts: Mapping[str, np.ndarray], classes: Sequence[str]
) -> Predictions:
    """Tabulate what a classifier says of images.

    Args:
        chosen: Columns `image_id`, `split`, `label`, numbered from 0.
        parts: Outputs of `parts.with_parts`, a row for each image.
        classes: Class labels in the order of the outputs.

    Returns:
        Predictions and features, in the same order.
    """
    table = chosen[["image_id", "split", "label"]].copy()
    table["predicted"] = np.asarray(classes, dtype=object)[parts[CALIBRATED].argmax(axis=1)]
    for prefix, name in (("p", CALIBRATED), ("raw", RAW)):
        for number, label in enumerate(classes):
            table[f"{prefix}_{label}"] = parts[name][:, number]
    return Predictions(table, _tabulate_features(chosen["image_id"], parts[FEATURES]))


def _predict_parts(
    model: keras.Model, images: np.ndarray, rows: np.ndarray, batch_size: int, *, style: bool
) -> dict[str, np.ndarray]:
    parts = with_parts(model, style=style)
    if not len(rows):
        widths = {name: output.shape[-1] for name, output in parts.output.items()}
        return {name: np.zeros((0, width), np.float32) for name, width in widths.items()}
    values = _run(parts, images, rows, batch_size)
    return {name: np.asarray(part[: len(rows)], np.float32) for name, part in values.items()}


def _run(model: keras.Model, images: np.ndarray, rows: np.ndarray, batch_size: int) -> Any:
    """Run a model on rows, and on a few of them once more at the end, where they fill a batch.

    All batches are of one size: for a last one of another size a backend may compile again.
    """
    steps = -(-len(rows) // batch_size)
    size = -(-len(rows) // steps)
    filled = np.resize(rows, steps * size)
    batches = Batches(images, filled, batch_size=size)
    callbacks = EpochCallbacks([ProgressBar("Predicting", steps)], model=model)
    return model.predict(batches, verbose=0, callbacks=callbacks)


def _tabulate_features(image_ids: pd.Series, features: np.ndarray) -> pd.DataFrame:
    names = [f"f{number}" for number in range(features.shape[1])]
    return pd.concat([image_ids, pd.DataFrame(features, columns=names)], axis=1)
