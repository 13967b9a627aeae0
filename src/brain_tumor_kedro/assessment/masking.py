"""Masking: what a classifier still knows without the head, and without the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.intervals import Interval
from brain_tumor_kedro.assessment.recall_bootstrap import bootstrap_recalls

#: How an image is shown: as it is, the head replaced by the background's gray, the rest by black.
WHOLE = "whole"
NO_HEAD = "head_removed"
NO_BACKGROUND = "background_removed"
MASKINGS = (WHOLE, NO_HEAD, NO_BACKGROUND)


def score_masked(
    masked: pd.DataFrame,
    groups: pd.Series,
    shares: Mapping[str, float],
    classes: Sequence[str],
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Score predictions of masked images.

    Args:
        masked: Columns `image_id`, `masking`, `label`, `predicted`: every image in each masking.
        groups: The group of every image, by `image_id`.
        shares: The share of each class in the test split.
        classes: Class labels.
        draws: Resamples of groups for each interval.
        seed: Of the draws.

    Returns:
        `n`, `groups`, `chance` (1 / classes with images) and `majority` (the largest share); by
        masking `balanced`, the mean of the classes' recalls, and `accuracy`, their mean weighted by
        `shares`, each with `value`, `low`, `high`, and `commonest`, what it says most often.
    """
    marked = masked.assign(right=masked["label"] == masked["predicted"])
    wide = marked.pivot(index=["image_id", "label"], columns="masking", values="right")  # noqa: PD010
    wide = wide[[name for name in MASKINGS if name in wide]]
    rows = wide.index.to_frame(index=False)
    position = {label: place for place, label in enumerate(classes)}
    truth = np.array([position[label] for label in rows["label"]], np.intp)
    of_group = rows["image_id"].map(groups).to_numpy(dtype=object)
    recalls = bootstrap_recalls(wide.to_numpy(dtype=bool), truth, of_group, draws, seed)
    found, drawn = recalls.balanced()
    weights = np.array([shares[classes[number]] for number in recalls.classes])
    weighted = np.tensordot(weights / weights.sum(), recalls.found, axes=1)
    weighted_draws = np.einsum("c,dck->dk", weights / weights.sum(), recalls.drawn)
    scores = {}
    for place, name in enumerate(wide.columns):
        said = masked.loc[masked["masking"] == name, "predicted"].value_counts()
        scores[name] = {
            "balanced": _name(recalls.bound(found[place], drawn[:, place], "share")),
            "accuracy": _name(recalls.bound(weighted[place], weighted_draws[:, place], "share")),
            "commonest": {"label": str(said.index[0]), "share": float(said.iloc[0] / said.sum())},
        }
    return {
        "n": len(rows),
        "groups": len(set(of_group.tolist())),
        "chance": 1 / len(recalls.classes),
        "majority": max(shares.values()),
        "scores": scores,
    }


def _name(bounds: Interval) -> dict[str, float | None]:
    return {"value": bounds.value, "low": bounds.low, "high": bounds.high}
