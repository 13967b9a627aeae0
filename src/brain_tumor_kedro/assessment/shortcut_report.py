"""All that is found of shortcuts, put together for the report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.masking import score_masked
from brain_tumor_kedro.assessment.shortcut_findings import find_shortcuts
from brain_tumor_kedro.assessment.shortcuts import (
    ShortcutSettings,
    choose_probed,
    find_entangled,
    probe_labels,
    probe_sources,
)

#: What the classifier was trained on: its features know those images by heart.
LEARNT = "train"

#: Which images were probed: of all splits, or those alone that the classifier was not trained on.
EVERY = "every split"
UNSEEN = "not trained on"


def find_all_shortcuts(
    surroundings: Mapping[str, np.ndarray],
    rows: pd.DataFrame,
    features: pd.DataFrame,
    predictions: pd.DataFrame,
    masked: pd.DataFrame,
    manifest: pd.DataFrame,
    split: str,
    classes: Sequence[str],
    settings: ShortcutSettings,
) -> dict[str, Any]:
    """Probe, score, and say what was found.

    Args:
        surroundings: `background` and `border`: float32, shape (n, numbers).
        rows: The images that they describe, as `choose_probed` chose them.
        features: Of the trained classifier, by `image_id`.
        predictions: Columns `image_id`, `split`, `label`, `predicted`.
        masked: Columns `image_id`, `masking`, `label`, `predicted`.
        manifest: Of kept images.
        split: What the classifier is judged on.
        classes: Class labels.
        settings: Of samples, folds and intervals.

    Returns:
        `probes`, `masking`, `entangled`, `split`, the settings, and `findings`.
    """
    unseen = choose_probed(manifest[manifest["split"] != LEARNT], settings)
    of_classifier = {"features": take_features(features, unseen["image_id"])}
    groups = manifest.set_index("image_id")["group_id"]
    truth = predictions.loc[predictions["split"] == split, "label"]
    numbers = {
        "split": split,
        **settings.model_dump(),
        "probes": [
            *_note(EVERY, probe_labels(surroundings, rows, settings)),
            *_note(EVERY, probe_sources(surroundings, rows, settings)),
            *_note(UNSEEN, probe_sources(of_classifier, unseen, settings)),
        ],
        "masking": score_masked(
            masked,
            groups,
            {label: float((truth == label).mean()) for label in classes},
            classes,
            settings.draws,
            settings.seed,
        ),
        "entangled": find_entangled(manifest, classes),
    }
    return {**numbers, "findings": find_shortcuts(numbers)}


def tabulate_probes(probes: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Put probes into a table.

    Args:
        probes: As `probe_sources` and `probe_labels` make them.

    Returns:
        A row each: `target`, `basis`, `within`, `images`, `n`, `groups`, `chance`, `accuracy`,
        `low`, `high`, `reason`.
    """
    columns = [
        "target",
        "basis",
        "within",
        "images",
        "n",
        "groups",
        "chance",
        "accuracy",
        "low",
        "high",
    ]
    return pd.DataFrame(list(probes), columns=[*columns, "reason"])


def _note(images: str, probes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**found, "images": images} for found in probes]
