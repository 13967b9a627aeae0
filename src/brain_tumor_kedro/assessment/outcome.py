"""What a classifier said of the images of one split, as arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.tasks import SCORED

#: How far a row of probabilities may be from summing to one: half precision is that coarse.
SUM_TOLERANCE = 5e-3

#: How far the predicted class may be below the largest probability: ties, and rounding on disk.
TIE_TOLERANCE = 1e-6


class Outcome(NamedTuple):
    """What was true and what was predicted, for the `n` predictions of one split.

    Attributes:
        truth: Index of the true class, int, shape (n,).
        predicted: Index of the predicted class, int, shape (n,).
        probabilities: Float64, shape (n, classes), in [0, 1], rows sum to one.
    """

    truth: npt.NDArray[np.intp]
    predicted: npt.NDArray[np.intp]
    probabilities: npt.NDArray[np.float64]


def outcome_of(predictions: pd.DataFrame, split: str, classes: Sequence[str]) -> Outcome:
    """Turn the checked predictions of one split into arrays.

    Args:
        predictions: As for `score_splits`.
        split: The split to take.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        The split's predictions, in the table's order; probabilities divided by their sum, which
        is one but for rounding.

    Raises:
        ValueError: The split has no predictions.
    """
    rows = predictions[predictions["split"] == split]
    if rows.empty:
        there = sorted(predictions["split"].unique())
        raise ValueError(f"Expected predictions of the split {split!r}, found only {there}.")
    probabilities = _probabilities(rows, classes)
    return Outcome(
        truth=_indices(rows["label"], classes),
        predicted=_indices(rows["predicted"], classes),
        probabilities=probabilities / probabilities.sum(axis=1, keepdims=True),
    )


def require_columns(predictions: pd.DataFrame, expected: Sequence[str]) -> None:
    """Raise `ValueError` where a table of predictions lacks columns."""
    if missing := [column for column in expected if column not in predictions.columns]:
        raise ValueError(
            f"Expected the columns {list(expected)} in the predictions, {missing} are missing. "
            "Predict again with a classifier of this task."
        )


def check_predictions(predictions: pd.DataFrame, classes: Sequence[str]) -> None:
    """Make sure that a table of predictions can be scored.

    Args:
        predictions: The table to check, see `score_splits`.
        classes: Class labels in the order of the classifier's outputs.

    Raises:
        ValueError: See `score_splits`.
    """
    expected = ["split", "label", "predicted", *(f"p_{label}" for label in classes)]
    require_columns(predictions, expected)
    if predictions.empty:
        raise ValueError(
            "Expected at least one prediction to score, received none. "
            "Check that the manifest has kept images with a split."
        )
    _check_values(predictions, "split", SCORED)
    _check_values(predictions, "label", classes)
    _check_values(predictions, "predicted", classes)
    _check_probabilities(predictions, classes)


def _check_values(predictions: pd.DataFrame, column: str, known: Sequence[str]) -> None:
    unknown = predictions.loc[~predictions[column].isin(list(known)), column].unique().tolist()
    if unknown:
        raise ValueError(
            f"Expected only {list(known)} in the column {column!r} of the predictions, received "
            f"also {unknown[:5]}. Drop those rows or score with the classes of their task."
        )


def _check_probabilities(predictions: pd.DataFrame, classes: Sequence[str]) -> None:
    probabilities = _probabilities(predictions, classes)
    in_range = ((probabilities >= 0) & (probabilities <= 1 + SUM_TOLERANCE)).all(axis=1)
    sums_to_one = np.abs(probabilities.sum(axis=1) - 1) <= SUM_TOLERANCE
    if (bad := ~(in_range & sums_to_one)).any():
        raise ValueError(
            f"Expected probabilities in [0, 1] that sum to one over {list(classes)}, received "
            f"{probabilities[bad][0].tolist()} and {bad.sum() - 1} more such rows. Check that the "
            "classifier ends in a softmax and that its output is finite."
        )
    predicted = _indices(predictions["predicted"], classes)
    chosen = probabilities[np.arange(len(probabilities)), predicted]
    if (bad := chosen < probabilities.max(axis=1) - TIE_TOLERANCE).any():
        raise ValueError(
            f"Expected `predicted` to be the most probable of {list(classes)}, received "
            f"{classes[predicted[bad][0]]!r} for {probabilities[bad][0].tolist()} and "
            f"{bad.sum() - 1} more such rows. Check the order of the classes."
        )


def _indices(labels: pd.Series, classes: Sequence[str]) -> npt.NDArray[np.intp]:
    position = {label: index for index, label in enumerate(classes)}
    return np.array([position[label] for label in labels], dtype=np.intp)


def _probabilities(predictions: pd.DataFrame, classes: Sequence[str]) -> npt.NDArray[np.float64]:
    columns = [f"p_{label}" for label in classes]
    return predictions[columns].to_numpy(dtype=np.float64, na_value=np.nan)
