"""How good the predictions of a classifier are, one split at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from brain_tumor_kedro.assessment.outcome import Outcome, check_predictions, outcome_of
from brain_tumor_kedro.tasks import SCORED

__all__ = [
    "Outcome",
    "check_predictions",
    "class_aurocs",
    "classification_report",
    "macro_auroc",
    "outcome_of",
    "score_outcome",
    "score_splits",
]

#: Bins of equal width on the top probability, for the expected calibration error.
BINS = 15

#: The specificity at which the sensitivity for the positive labels is told.
SPECIFICITY = 0.95

#: How far a specificity may be below `SPECIFICITY` but for rounding.
ROUNDING = 1e-9


def score_splits(
    predictions: pd.DataFrame, classes: Sequence[str], positive: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """Score the predictions of every split that has any.

    A class without images in a split takes no part in that split's averages, and what such a
    class leaves undefined is None. `auroc` and `average_precision` are means, over the classes
    that have both positives and negatives, of each class against the rest.

    Args:
        predictions: Columns `split`, `label`, `predicted` and `p_<class>` for every class,
            probabilities in [0, 1] that sum to one over the classes.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive where two sides are compared.

    Returns:
        By split, in the order train, val, test, external: what `score_outcome` returns.

    Raises:
        ValueError: The table is empty, lacks a column, holds a split or label that is not known,
            probabilities that are not probabilities, or a prediction that is not their maximum.
    """
    check_predictions(predictions, classes)
    splits = [split for split in SCORED if (predictions["split"] == split).any()]
    return {
        split: score_outcome(outcome_of(predictions, split, classes), classes, positive)
        for split in splits
    }


def score_outcome(
    outcome: Outcome, classes: Sequence[str], positive: Sequence[str] = ()
) -> dict[str, Any]:
    """Score one split.

    - `kappa` (Cohen's) and `mcc` (Matthews') are in [-1, 1], 0 is chance; None where all images
      are of one class.
    - `log_loss` is in natural logarithms.
    - `brier` is the mean, over the images, of the squared error summed over all classes, in
      [0, 2]: also with two classes, where others halve it.
    - `ece`, the expected calibration error, is the mean gap between confidence (the top
      probability) and accuracy in `BINS` bins of equal width, weighted by the images in them:
      Guo et al., "On calibration of modern neural networks", ICML 2017.
    - `sensitivity_at_specificity` is the largest sensitivity for the positive labels together at
      a specificity of at least `SPECIFICITY`. The score is the sum of their probabilities; the
      threshold is chosen on the very images that are scored, so it flatters a small split. None
      where the split lacks a side.

    Args:
        outcome: The predictions of the split.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive where two sides are compared.

    Returns:
        `n`, `accuracy`, `balanced_accuracy`, `macro_f1`, `weighted_f1`, `kappa`, `mcc`, `auroc`,
        `average_precision`, `log_loss`, `brier`, `ece`, `sensitivity_at_specificity`,
        `per_class` {label: {precision, recall, f1, support, specificity, npv, auroc,
        average_precision}} and `confusion_matrix` (rows are the truth, columns the predictions,
        both in the order of `classes`). Plain Python numbers that JSON can hold.
    """
    indices = list(range(len(classes)))
    truth, predicted, probabilities = outcome
    per_class = _score_classes(outcome, classes)
    present = [scores for scores in per_class.values() if scores["support"]]
    varied = len(present) > 1
    return {
        "n": len(truth),
        "accuracy": float(accuracy_score(truth, predicted)),
        "balanced_accuracy": float(np.mean([scores["recall"] for scores in present])),
        "macro_f1": float(np.mean([scores["f1"] for scores in present])),
        "weighted_f1": float(f1_score(truth, predicted, average="weighted", zero_division=0)),
        "kappa": float(cohen_kappa_score(truth, predicted)) if varied else None,
        "mcc": float(matthews_corrcoef(truth, predicted)) if varied else None,
        "auroc": macro_auroc({label: scores["auroc"] for label, scores in per_class.items()}),
        "average_precision": _mean_defined(present, "average_precision"),
        "log_loss": float(log_loss(truth, probabilities, labels=indices)),
        "brier": float(squared_errors(outcome).mean()),
        "ece": expected_calibration_error(outcome),
        "sensitivity_at_specificity": detection_sensitivity(outcome, classes, positive),
        "per_class": per_class,
        "confusion_matrix": confusion_matrix(truth, predicted, labels=indices).tolist(),
    }


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
    accuracy = float(accuracy_score(outcome.truth, outcome.predicted))
    table = pd.DataFrame.from_dict(_count_classes(outcome, classes), orient="index")
    present = table.loc[table["support"] > 0]
    means = present[["precision", "recall", "f1"]]
    table.loc["accuracy"] = [np.nan, np.nan, accuracy, n]
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


def detection_sensitivity(
    outcome: Outcome, classes: Sequence[str], positive: Sequence[str]
) -> float | None:
    """Measure the sensitivity for the positive labels at a high specificity; see `score_outcome`.

    Args:
        outcome: The predictions of one split.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive.

    Returns:
        In [0, 1], or None where the split lacks positives or negatives.
    """
    inside = np.isin(list(classes), list(positive))
    truth = inside[outcome.truth]
    if truth.all() or not truth.any():
        return None
    score = outcome.probabilities[:, inside].sum(axis=1)
    misses, hits, _ = roc_curve(truth, score, drop_intermediate=False)
    return float(hits[misses <= 1 - SPECIFICITY + ROUNDING].max())


def squared_errors(outcome: Outcome) -> npt.NDArray[np.float64]:
    """Sum the squared error over the classes: float, shape (n,), in [0, 2]."""
    right = np.eye(outcome.probabilities.shape[1])[outcome.truth]
    errors: npt.NDArray[np.float64] = ((outcome.probabilities - right) ** 2).sum(axis=1)
    return errors


def losses(outcome: Outcome) -> npt.NDArray[np.float64]:
    """Take the negative logarithm of the true class's probability: float, shape (n,)."""
    chosen = outcome.probabilities[np.arange(len(outcome.truth)), outcome.truth]
    smallest = np.finfo(np.float64).eps
    loss: npt.NDArray[np.float64] = -np.log(np.clip(chosen, smallest, 1 - smallest))
    return loss


def calibration_bins(outcome: Outcome) -> npt.NDArray[np.float64]:
    """Sort images into bins by their top probability: one-hot, float, shape (n, `BINS`).

    A bin holds its upper edge, the first one its lower edge, too.
    """
    confidence = outcome.probabilities.max(axis=1)
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    one_hot: npt.NDArray[np.float64] = np.eye(BINS)[bins]
    return one_hot


def expected_calibration_error(outcome: Outcome) -> float:
    """Average the gap between confidence and accuracy over bins; see `score_outcome`."""
    gaps = (outcome.truth == outcome.predicted) - outcome.probabilities.max(axis=1)
    return float(np.abs(gaps @ calibration_bins(outcome)).sum() / len(gaps))


def _mean_defined(scores: Sequence[dict[str, Any]], name: str) -> float | None:
    defined = [score[name] for score in scores if score[name] is not None]
    return float(np.mean(defined)) if defined else None


def _score_classes(outcome: Outcome, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    counted, areas = _count_classes(outcome, classes), class_aurocs(outcome, classes)
    return {
        label: {
            **_blank_undefined(counted[label], bool((outcome.predicted == index).any())),
            **_score_rest(outcome, index),
            "auroc": areas[label],
            "average_precision": _average_precision(outcome, index, areas[label]),
        }
        for index, label in enumerate(classes)
    }


def _blank_undefined(scores: dict[str, Any], predicted: bool) -> dict[str, Any]:
    undefined = [] if scores["support"] else ["recall", "f1"]
    undefined += [] if predicted else ["precision"]
    return {**scores, **dict.fromkeys(undefined)}


def _count_classes(outcome: Outcome, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
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


def _score_rest(outcome: Outcome, index: int) -> dict[str, float | None]:
    """Specificity and negative predictive value: how the images of other classes fared."""
    others, elsewhere = outcome.truth != index, outcome.predicted != index
    both = int((others & elsewhere).sum())
    return {
        "specificity": both / int(others.sum()) if others.any() else None,
        "npv": both / int(elsewhere.sum()) if elsewhere.any() else None,
    }


def _average_precision(outcome: Outcome, index: int, area: float | None) -> float | None:
    if area is None:
        return None
    score = outcome.probabilities[:, index]
    return float(average_precision_score(outcome.truth == index, score))
