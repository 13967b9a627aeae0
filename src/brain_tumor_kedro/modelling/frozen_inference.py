"""Predictions of classifiers whose backbone was never trained, from features that are known."""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.feature_store import FeatureStore
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.inference import Predictions, tabulate_parts
from brain_tumor_kedro.modelling.parts import CALIBRATED, FEATURES, RAW, plain_classifier
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import is_calibrated, temper, temperature_of
from brain_tumor_kedro.tasks import SCORED


def stands_still(recipe: Recipe) -> bool:
    """Say whether predictions can be made from features alone.

    Args:
        recipe: Of the classifier.

    Returns:
        Whether all of its phases train the head alone, and it looks at no mirror images.
    """
    frozen = all(phase.trainable == "head" for phase in recipe.phases)
    return frozen and not recipe.test_time_flip


def predict_from_features(classifier: keras.Model, features: np.ndarray) -> dict[str, np.ndarray]:
    """Predict images by their features.

    Args:
        classifier: Looks at no mirror images.
        features: Pooled, `float32` `(n, features)`.

    Returns:
        `features`, `raw` and `calibrated` `(n, classes)`, `float32`: see `parts.with_parts`.
    """
    head = plain_classifier(classifier).get_layer(HEAD_LAYER)
    pooled = keras.Input(features.shape[1:])
    raw = head(pooled)
    calibrated = temper(raw, temperature_of(classifier)) if is_calibrated(classifier) else raw
    model = keras.Model(pooled, {RAW: raw, CALIBRATED: calibrated})
    parts = model.predict(features, batch_size=min(1024, len(features)), verbose=0)
    return {FEATURES: features, **{name: np.asarray(part) for name, part in parts.items()}}


def predict_table_with_store(
    model: keras.Model,
    recipe: Recipe,
    store: FeatureStore,
    manifest: pd.DataFrame,
    classes: Sequence[str],
) -> Predictions:
    """Predict every image that lies in a split, as `inference.predict_table` does.

    Args:
        model: What a training made of the recipe.
        recipe: For which `stands_still`.
        store: Of the same images.
        manifest: Columns `image_id`, `split`, `label`, `row`.
        classes: Class labels in the order of the outputs.

    Returns:
        Predictions and features, in the manifest's order; to rounding the same as from images.
    """
    chosen = manifest[manifest["split"].isin(SCORED)].reset_index(drop=True)
    rows = chosen["row"].to_numpy(dtype=np.int64)
    features = store.get(plain_classifier(model), recipe, "float32", rows)
    return tabulate_parts(chosen, predict_from_features(model, features), classes)
