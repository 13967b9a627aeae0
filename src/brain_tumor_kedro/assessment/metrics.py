"""How good the predictions of a classifier are, one split at a time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

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


def score_splits(predictions: pd.DataFrame, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Score the predictions of every split that has any.

    A class without images in a split takes no part in that split's averages. `auroc` is the mean,
    over the classes that have both positives and negatives, of the area under the curve of that
    class against the rest, and None where there is no such class. The recall and F1 of a class
    without images are None.

    Args:
        predictions: Columns `split`, `label`, `predicted` and `p_<class>` for every class,
            probabilities in [0, 1] that sum to one over the classes.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        By split, in the order train, val, test, external: `n`, `accuracy`, `balanced_accuracy`,
        `macro_f1`, `auroc`, `log_loss` (natural logarithm), `per_class` {label: {precision,
        recall, f1, support}} and `confusion_matrix` (rows are the truth, columns the predictions,
        both in the order of `classes`). Plain Python numbers that JSON can hold.

    Raises:
        ValueError: The table is empty, lacks a column, holds a split or label that is not known,
            probabilities that are not probabilities, or a prediction that is not their maximum.
    """
    check_predictions(predictions, classes)
    splits = [split for split in SCORED if (predictions["split"] == split).any()]
    return {split: _score(outcome_of(predictions, split, classes), classes) for split in splits}


def classification_report(
    predictions: pd.DataFrame, split: str, classes: Sequence[str]
) -> pd.DataFrame:
    """Tabulate precision, recall and F1 per class and on average.

    Args:
        predictions: As for `score_splits`.
        split: The split to report.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        Columns `label`, `precision`, `recall`, `f1`, `support`: one row per class, then
        `accuracy` (in the `f1` column, as scikit-learn prints it; NaN in the two before it),
        `macro avg` (over the classes with images) and `weighted avg`.

    Raises:
        ValueError: As for `score_splits`, or the split has no predictions.
    """
    check_predictions(predictions, classes)
    outcome = outcome_of(predictions, split, classes)
    n = len(outcome.truth)
    table = pd.DataFrame.from_dict(_score_classes(outcome, classes), orient="index")
    present = table.loc[table["support"] > 0]
    means = present[["precision", "recall", "f1"]]
    table.loc["accuracy"] = [np.nan, np.nan, _accuracy(outcome), n]
    table.loc["macro avg"] = [*means.mean(), n]
    table.loc["weighted avg"] = [*means.mul(present["support"] / n, axis=0).sum(), n]
    return table.astype({"support": int}).rename_axis("label").reset_index()


def class_aurocs(outcome: Outcome, classes: Sequence[str]) -> dict[str, float | None]:
    """Measure the area under the ROC curve of each class against the rest.

    Args:
        outcome: The predictions of one split.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        By label: the area in [0, 1], or None where the split has only that class or none of it.
    """
    areas: dict[str, float | None] = {}
    for index, label in enumerate(classes):
        positive = outcome.truth == index
        defined = positive.any() and not positive.all()
        score = outcome.probabilities[:, index]
        areas[label] = float(roc_auc_score(positive, score)) if defined else None
    return areas


def macro_auroc(areas: dict[str, float | None]) -> float | None:
    """Average the areas that are defined; None where none is."""
    defined = [area for area in areas.values() if area is not None]
    return float(np.mean(defined)) if defined else None


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


def check_predictions(predictions: pd.DataFrame, classes: Sequence[str]) -> None:
    """Make sure that a table of predictions can be scored.

    Args:
        predictions: The table to check, see `score_splits`.
        classes: Class labels in the order of the classifier's outputs.

    Raises:
        ValueError: See `score_splits`.
    """
    expected = ["split", "label", "predicted", *(f"p_{label}" for label in classes)]
    missing = [column for column in expected if column not in predictions.columns]
    if missing:
        raise ValueError(
            f"Expected the columns {expected} in the predictions, {missing} are missing. "
            "Predict again with a classifier of this task."
        )
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


def _score(outcome: Outcome, classes: Sequence[str]) -> dict[str, Any]:
    indices = list(range(len(classes)))
    matrix = confusion_matrix(outcome.truth, outcome.predicted, labels=indices)
    per_class = _score_classes(outcome, classes)
    present = [scores for scores in per_class.values() if scores["support"]]
    return {
        "n": len(outcome.truth),
        "accuracy": _accuracy(outcome),
        "balanced_accuracy": float(np.mean([scores["recall"] for scores in present])),
        "macro_f1": float(np.mean([scores["f1"] for scores in present])),
        "auroc": macro_auroc(class_aurocs(outcome, classes)),
        "log_loss": float(log_loss(outcome.truth, outcome.probabilities, labels=indices)),
        "per_class": {label: _blank_undefined(scores) for label, scores in per_class.items()},
        "confusion_matrix": matrix.tolist(),
    }


def _blank_undefined(scores: dict[str, Any]) -> dict[str, Any]:
    return scores if scores["support"] else {**scores, "recall": None, "f1": None}


def _accuracy(outcome: Outcome) -> float:
    return float(accuracy_score(outcome.truth, outcome.predicted))


def _score_classes(outcome: Outcome, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    precision, recall, f1, support = precision_recall_fscore_support(
        outcome.truth, outcome.predicted, labels=list(range(len(classes))), zero_division=0
    )
    return {
        label: {
            "precision": float(precision[index]),
            "recall": float(recall[index]),
            "f1": float(f1[index]),
            "support": int(support[index]),
        }
        for index, label in enumerate(classes)
    }
