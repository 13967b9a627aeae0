"""Predictions of a classifier that is as sure as it is told to be."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import softmax

CLASSES = ("glioma", "meningioma", "pituitary", "no_tumor")
POSITIVE = CLASSES[:3]


def draw_predictions(
    counts: Mapping[str, int],
    classes: Sequence[str] = CLASSES,
    sharpness: float = 1.0,
    seed: int = 0,
    per_group: int = 2,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw labels from calibrated probabilities; the raw ones are sharper or duller.

    Args:
        counts: Images by split.
        classes: Class labels.
        sharpness: What the raw logits are multiplied by.
        seed: Of everything.
        per_group: Images of each group.

    Returns:
        Predictions, and a manifest of `image_id` and `group_id`.
    """
    random = np.random.default_rng(seed)
    split = np.repeat(list(counts), list(counts.values()))
    logits = random.normal(0, 3, (len(split), len(classes)))
    true = softmax(logits, axis=1)
    below = np.cumsum(true, axis=1) < random.random((len(true), 1))
    labels = np.minimum(below.sum(axis=1), len(classes) - 1)
    table = pd.DataFrame({"image_id": [f"image-{n}" for n in range(len(split))], "split": split})
    table["label"] = np.asarray(classes, dtype=object)[labels]
    table["predicted"] = np.asarray(classes, dtype=object)[true.argmax(axis=1)]
    raw = softmax(logits * sharpness, axis=1)
    for k, label in enumerate(classes):
        table[f"p_{label}"], table[f"raw_{label}"] = true[:, k], raw[:, k]
    groups = [f"group-{n // per_group}" for n in range(len(split))]
    return table, pd.DataFrame({"image_id": table["image_id"], "group_id": groups})
