"""Scores of a cell: one row for every strategy and split, beside what no model is needed for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from brain_tumor_kedro.tasks import SCORED

METRICS = ("accuracy", "precision", "recall", "specificity", "f1", "auroc")
#: What a row of scores has, after `strategy` and `split`.
SCORES = ("n", "positive", *METRICS, "baseline_accuracy", "baseline_f1")

Labels = npt.NDArray[np.object_]


def score_splits(
    predictions: pd.DataFrame, classes: Sequence[str], positive: Sequence[str], strategy: str
) -> list[dict[str, Any]]:
    """Score the predictions of every split that has any.

    Of two classes the scores are those of the positive one; of more they are means over the
    classes that the split has, and there is no specificity. The baseline always answers the
    positive class, or of more than two the most frequent class of the training split.

    Args:
        predictions: `split`, `label`, `predicted` and `p_<class>`: a row for each slice, or for
            each patient.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive.
        strategy: What the rows are called.

    Returns:
        Rows with `strategy`, `split` and `SCORES`, plain numbers that JSON holds: what a split
        leaves undefined is None.
    """
    answer = _baseline(predictions, classes, positive)
    rows = []
    for split in SCORED:
        part = predictions[predictions["split"] == split]
        if len(part):
            truth = part["label"].to_numpy(dtype=object)
            scores = _score(part, truth, classes, positive)
            rows.append(
                {
                    "strategy": strategy,
                    "split": split,
                    "n": len(part),
                    "positive": int(np.isin(truth, list(positive)).sum()),
                    **scores,
                    **_score_baseline(truth, classes, positive, answer),
                }
            )
    return rows


def _baseline(predictions: pd.DataFrame, classes: Sequence[str], positive: Sequence[str]) -> str:
    if len(classes) == 2:
        return positive[0]
    train = predictions.loc[predictions["split"] == "train", "label"]
    counts = (train if len(train) else predictions["label"]).value_counts()
    return max(classes, key=lambda label: counts.get(label, 0))


def _score(
    part: pd.DataFrame, truth: Labels, classes: Sequence[str], positive: Sequence[str]
) -> dict[str, float | None]:
    predicted = part["predicted"].to_numpy(dtype=object)
    areas = [_area(truth == label, part[f"p_{label}"].to_numpy()) for label in classes]
    chosen = [areas[list(classes).index(positive[0])]] if len(classes) == 2 else areas
    defined = [area for area in chosen if area is not None]
    return {
        "accuracy": float((truth == predicted).mean()),
        **_score_labels(truth, predicted, classes, positive),
        "auroc": float(np.mean(defined)) if defined else None,
    }


def _score_labels(
    truth: Labels, predicted: Labels, classes: Sequence[str], positive: Sequence[str]
) -> dict[str, float | None]:
    two = len(classes) == 2
    labels = [positive[0]] if two else [label for label in classes if (truth == label).any()]
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth.astype(str), predicted.astype(str), labels=labels, average="macro", zero_division=0
    )
    others = truth != positive[0]
    rejected = (predicted[others] != positive[0]).mean() if two and others.any() else None
    present = bool((truth == positive[0]).any()) if two else True
    named = bool((predicted == positive[0]).any()) if two else True
    return {
        "precision": float(precision) if named else None,
        "recall": float(recall) if present else None,
        "specificity": None if rejected is None else float(rejected),
        "f1": float(f1) if present else None,
    }


def _area(positive: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]) -> float | None:
    if positive.all() or not positive.any():
        return None
    return float(roc_auc_score(positive, score))


def _score_baseline(
    truth: Labels, classes: Sequence[str], positive: Sequence[str], answer: str
) -> Mapping[str, float | None]:
    always = np.full(len(truth), answer, dtype=object)
    f1 = _score_labels(truth, always, classes, positive)["f1"]
    return {"baseline_accuracy": float((truth == answer).mean()), "baseline_f1": f1}
