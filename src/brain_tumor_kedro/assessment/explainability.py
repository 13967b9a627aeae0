"""How well maps of where a classifier looks agree with where the tumor is. Arrays alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import distance_transform_edt
from scipy.stats import spearmanr

#: What maps are scored by, each 0 to 1, the higher the better.
SCORES = ("hit", "energy", "iou")

#: Most rows and columns of maps whose ranks are compared: more hold the same again.
LARGEST_GRID = 48


def score_maps(
    table: pd.DataFrame,
    maps: Mapping[str, np.ndarray],
    masks: np.ndarray,
    tolerance: float,
) -> pd.DataFrame:
    """Score maps against masks, image by image.

    What speaks against a class (values below 0) counts as nothing. A map that is flat says
    nothing, and scores as a guess by chance would on average.

    Args:
        table: A row for each image, in order; its columns are kept.
        maps: By the method's name, `(n, side, side)`, or `(n, k, side, side)` for k draws that are
            averaged.
        masks: Bool `(n, side, side)`, none empty.
        tolerance: For hits, as a share of the side.

    Returns:
        The table once for each method, with `method` and the `SCORES`: `hit`, whether the map's
        maximum lies in the mask or within the tolerance (the pointing game; Zhang et al.,
        Top-down neural attention by excitation backprop, ECCV 2016; where several places share the
        maximum, the share of them); `energy`, the share of the map's sum in the mask (Wang et al.,
        Score-CAM, CVPR workshops 2020); `iou`, intersection over union of the mask and as many of
        the map's highest pixels; and `flat`, whether the map says nothing.

    Raises:
        ValueError: Where table, maps and masks are not of the same images, or a mask is empty.
    """
    _check(table, maps, masks)
    reach = tolerance * masks.shape[1]
    near = [distance_transform_edt(~mask) <= reach for mask in masks]
    parts = []
    for method, values in maps.items():
        rows = [
            _score_draws(drawn.reshape(-1, *masks.shape[1:]), mask, around)
            for drawn, mask, around in zip(values, masks, near, strict=True)
        ]
        scores = pd.DataFrame(rows, columns=[*SCORES, "flat"])
        parts.append(table.reset_index(drop=True).assign(method=method).join(scores))
    return pd.concat(parts, ignore_index=True)


def compare_ranks(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Correlate the ranks of maps, pair by pair.

    Args:
        before: `(n, rows, columns)`.
        after: Of the same shape.

    Returns:
        Spearman's rank correlation `(n,)`, -1 to 1; 0 where just one of the two is flat, and 1
        where both are.
    """
    step = -(-before.shape[1] // LARGEST_GRID)
    pairs = zip(before[:, ::step, ::step], after[:, ::step, ::step], strict=True)
    return np.array([_correlate(first.ravel(), second.ravel()) for first, second in pairs])


def _correlate(first: np.ndarray, second: np.ndarray) -> float:
    flat = np.ptp(first) == 0, np.ptp(second) == 0
    return float(all(flat)) if any(flat) else float(spearmanr(first, second).statistic)


def _check(table: pd.DataFrame, maps: Mapping[str, np.ndarray], masks: np.ndarray) -> None:
    shapes = {name: (len(values), *values.shape[-2:]) for name, values in maps.items()}
    if len(table) != len(masks) or any(shape != masks.shape for shape in shapes.values()):
        raise ValueError(
            f"Expected rows, maps and masks of the same images, received {len(table)} rows, masks "
            f"of shape {masks.shape} and maps of {shapes}."
        )
    if not masks.any(axis=(1, 2)).all():
        raise ValueError("Expected a tumor in every mask, received an empty one.")


def _score_draws(draws: np.ndarray, mask: np.ndarray, near: np.ndarray) -> dict[str, Any]:
    rows = pd.DataFrame(_score(np.maximum(drawn, 0), mask, near) for drawn in draws)
    return {**rows[list(SCORES)].mean(), "flat": bool(rows["flat"].all())}


def _score(values: np.ndarray, mask: np.ndarray, near: np.ndarray) -> dict[str, Any]:
    flat = np.ptp(values) == 0
    weights = np.ones_like(values) if flat else values
    highest = weights == weights.max()
    area = int(mask.sum())
    most = weights >= np.partition(weights, -area, axis=None)[-area]
    return {
        "hit": float(near[highest].mean()),
        "energy": float(weights[mask].sum(dtype=np.float64) / weights.sum(dtype=np.float64)),
        "iou": float((most & mask).sum() / (most | mask).sum()),
        "flat": flat,
    }
