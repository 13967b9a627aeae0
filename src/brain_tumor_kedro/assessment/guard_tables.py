"""The guard, fitted on tables of predictions, features and styles."""

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.guard import Guard, fit_guard
from brain_tumor_kedro.assessment.guard_settings import GuardSettings


def fit_on_tables(
    predictions: pd.DataFrame,
    features: pd.DataFrame,
    styles: pd.DataFrame,
    settings: GuardSettings,
) -> Guard:
    """Fit a guard.

    Args:
        predictions: `image_id`, `split` and `label`, of training and validation images.
        features: `image_id` and `f0`, `f1`, …, pooled.
        styles: The same, of styles.
        settings: How.

    Returns:
        The guard, which knows of no other split.

    Raises:
        ValueError: Where there are too few training images, or values are not finite.
    """
    train, val = (predictions[predictions["split"] == split] for split in ("train", "val"))
    return fit_guard(
        take_features(styles, train["image_id"]),
        train["label"].tolist(),
        take_features(styles, val["image_id"]),
        settings,
        features=take_features(features, train["image_id"]),
        image_ids=np.asarray(train["image_id"], np.str_).tolist(),
    )
