"""What a classifier says where the tumor is hidden: it need not point at it to need it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import binary_dilation

from brain_tumor_kedro.assessment.intervals import make_interval
from brain_tumor_kedro.assessment.resampling import code_groups, draw_weights, effective_groups

#: By how much a mask is widened, as a share of the side: an edge would give the tumor away.
MARGIN = 0.02

#: How much of a place elsewhere must be brighter than the image's mean, and how often one is tried.
INSIDE = 0.9
TRIES = 200

#: The columns of the table of all images.
COLUMNS = (
    "image_id", "group_id", "label", "predicted", "right",
    "fall", "changed", "fall_elsewhere", "changed_elsewhere",
)  # fmt: skip


def widen(masks: np.ndarray) -> np.ndarray:
    """Widen masks `(n, side, side)` by a margin, so that no edge of the tumor is left."""
    steps = max(1, round(MARGIN * masks.shape[1]))
    return np.stack([binary_dilation(mask, iterations=steps) for mask in masks])


def move_elsewhere(images: np.ndarray, masks: np.ndarray, seed: int) -> np.ndarray:
    """Move each mask to another place in the head, to see what hiding does that is no tumor.

    Args:
        images: Packed, uint8 `(n, side, side)` or `(n, side, side, 3)`.
        masks: Bool `(n, side, side)`.
        seed: Of the places.

    Returns:
        Bool `(n, side, side)`: of the same shape, beside the mask, and on bright pixels as far as
        there is such a place; the best that was tried elsewhere.
    """
    rng = np.random.default_rng(seed)
    return np.stack([_move(image, mask, rng) for image, mask in zip(images, masks, strict=True)])


def _move(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gray = image if image.ndim == 2 else image.mean(axis=2)
    head, best, found = gray > gray.mean() / 2, -1.0, mask
    for shift in rng.integers(-len(mask) // 2, len(mask) // 2 + 1, (TRIES, 2)).tolist():
        moved = np.roll(mask, shift, (0, 1))
        quality = float(head[moved].mean() - mask[moved].mean())
        if quality > best:
            best, found = quality, moved
        if quality >= INSIDE:
            break
    return found


def tabulate_hidden(table: pd.DataFrame, probabilities: Sequence[np.ndarray]) -> pd.DataFrame:
    """Tabulate what changes, image by image.

    Args:
        table: A row for each image with a mask, in order; its columns are kept.
        probabilities: Of the images, with the tumor hidden, and with as much hidden elsewhere,
            each `(n, classes)`.

    Returns:
        The table with `fall` and `fall_elsewhere` (of the probability of the predicted class), and
        `changed` and `changed_elsewhere` (whether another class is predicted, as 0 or 1).
    """
    before, *after = probabilities
    rows, predicted = np.arange(len(before)), before.argmax(axis=1)
    result = table.reset_index(drop=True)
    for suffix, found in zip(("", "_elsewhere"), after, strict=True):
        result[f"fall{suffix}"] = before[rows, predicted] - found[rows, predicted]
        result[f"changed{suffix}"] = (found.argmax(axis=1) != predicted).astype(float)
    return result


def summarize_hidden(
    table: pd.DataFrame, classes: Sequence[str], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Average over all images and over those of every class.

    Args:
        table: As of `tabulate_hidden`, with `image_id`, `label`, `group_id`.
        classes: Class labels in the order of the classifier's outputs.
        draws: Of the bootstrap over groups.
        seed: Of the bootstrap.

    Returns:
        `part`, `n`, and the means of `fall`, `fall_elsewhere`, `changed`, `changed_elsewhere`;
        `gain`, how much more falls than elsewhere, with `gain_low` and `gain_high`.
    """
    parts = [("all", table)] + [(label, table[table["label"] == label]) for label in classes]
    return [
        {"part": part, "n": len(rows), **_average(rows, draws, seed)} for part, rows in parts
        if len(rows)
    ]  # fmt: skip


def _average(rows: pd.DataFrame, draws: int, seed: int) -> dict[str, float | None]:
    names = ["fall", "fall_elsewhere", "changed", "changed_elsewhere"]
    gain = (rows["fall"] - rows["fall_elsewhere"]).to_numpy(float)
    codes = code_groups(rows["image_id"], rows)
    drawn = [gain @ weights / weights.sum(axis=0) for weights in draw_weights(codes, draws, seed)]
    effective = effective_groups(codes, np.ones(len(codes), bool))
    found = make_interval(float(gain.mean()), np.concatenate(drawn), effective, "difference")
    means = {str(name): float(value) for name, value in rows[names].mean().items()}
    return {**means, "gain": found.value, "gain_low": found.low, "gain_high": found.high}
