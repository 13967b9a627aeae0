"""Retraining: a recipe trained anew on some images, to predict others."""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.inference import predict
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe


def predict_with_recipe(
    recipe: Recipe,
    images: np.ndarray,
    classes: Sequence[str],
    seed: int,
    compute: Compute,
    pretrained: Pretrained,
    positive: Sequence[str],
    training: pd.DataFrame,
    test: pd.DataFrame,
) -> np.ndarray:
    """Train a recipe through all its phases and predict other images.

    Args:
        recipe: What to train and how.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        classes: Class labels in order; those without a training image are left out.
        seed: Of weights, order, dropout and augmentation.
        compute: Devices and determinism.
        pretrained: Where weights lie that Keras does not fetch.
        positive: The labels that count as positive, see `phases.train`.
        training: Columns `row`, `label` and `part` (`train` or `val`).
        test: Column `row`.

    Returns:
        The predicted label of each test row.

    Raises:
        ValueError: See `phases.train`.
    """
    known = [label for label in classes if (training["label"] == label).any()]
    manifest = training.rename(columns={"part": "split"})
    result = train(
        recipe, images, manifest, known, seed,
        positive=positive, compute=compute, pretrained=pretrained,
    )  # fmt: skip
    found = predict(result.model, images, test["row"].to_numpy(dtype=np.int64))
    # Many trainings in one process: what the last one left would stay in memory.
    keras.backend.clear_session()
    names: np.ndarray = np.asarray(known)[found.argmax(axis=1)]
    return names
