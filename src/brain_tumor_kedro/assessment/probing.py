"""Probing: what a simple classifier can tell from a few numbers, on groups that it has not seen."""

import warnings
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from brain_tumor_kedro.assessment.probe import MAX_ITERATIONS, REGULARIZATION
from brain_tumor_kedro.assessment.recall_bootstrap import bootstrap_recalls

#: Trees of a forest, and the images in each of its leaves at least.
TREES = 50
LEAF = 3

#: From how many numbers on an image is described by features of a network: those a linear probe
#: reads, while a forest finds limits and combinations in fewer.
MANY = 256

Objects = npt.NDArray[np.object_]


def probe(
    numbers: npt.NDArray[np.float32],
    target: Objects,
    groups: Objects,
    *,
    least: int,
    folds: int,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Measure how well something can be told from numbers.

    Args:
        numbers: Float32, shape (n, d).
        target: What is to be told of each image, shape (n,).
        groups: Each image's group, shape (n,); none is split between folds.
        least: Images that a value of the target must have; the others are left out.
        folds: Of the cross-validation, at most.
        draws: Resamples of groups for the interval.
        seed: Of folds, trees and intervals.

    Returns:
        `n`, `groups`, `counts` {value: images}, `chance` (1 / values), and of the predictions on
        unseen groups `accuracy`, the mean of the values' recalls, with `low` and `high`. Where
        nothing can be measured these three are None and `reason` says why.
    """
    counts = {str(value): n for value, n in sorted(Counter(target.tolist()).items()) if n >= least}
    enough = np.isin(target.astype(str), list(counts))
    numbers, target, groups = numbers[enough], target[enough].astype(str), groups[enough]
    about = {
        "n": len(target),
        "groups": len(set(groups.tolist())),
        "counts": counts,
        "chance": 1 / len(counts) if counts else None,
    }
    blank = {"accuracy": None, "low": None, "high": None}
    if len(counts) < 2:
        return {**about, **blank, "reason": f"fewer than two with {least} images"}
    parts = min(folds, *(len(set(groups[target == value].tolist())) for value in counts))
    if parts < 2:
        return {**about, **blank, "reason": "one of them is a single group"}
    predicted = predict_unseen(numbers, target, groups, folds=parts, seed=seed)
    return {**about, **_score(predicted, target, groups, draws, seed), "reason": None}


def predict_unseen(
    numbers: npt.NDArray[np.float32], target: Objects, groups: Objects, *, folds: int, seed: int
) -> Objects:
    """Predict each image by a classifier that has not seen its group.

    Every value of the target counts the same, however many images it has.

    Args:
        numbers: Float32, shape (n, d).
        target: What is to be told of each image, shape (n,); every value in `folds` groups.
        groups: Each image's group, shape (n,).
        folds: Of the cross-validation, at least 2.
        seed: Of folds and trees.

    Returns:
        The predictions, shape (n,).
    """
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    # On one thread: steps of the solver are so short that threads would wait for each other.
    with threadpool_limits(1), warnings.catch_warnings():
        # A fold may lack a value whose groups are few and large: it is then just not predicted.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        predicted: Objects = cross_val_predict(
            _choose_model(numbers.shape[1], seed), numbers, target, groups=groups, cv=splitter
        )
    return predicted


def _choose_model(width: int, seed: int) -> ClassifierMixin:
    if width >= MANY:
        regression = LogisticRegression(
            C=REGULARIZATION, max_iter=MAX_ITERATIONS, class_weight="balanced"
        )
        return make_pipeline(StandardScaler(), regression)
    return ExtraTreesClassifier(
        TREES, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed
    )


def _score(
    predicted: Objects, target: Objects, groups: Objects, draws: int, seed: int
) -> dict[str, float | None]:
    _, truth = np.unique(target, return_inverse=True)
    right = (predicted == target)[:, None]
    recalls = bootstrap_recalls(right, truth, groups, draws, seed)
    found, drawn = recalls.balanced()
    bounds = recalls.bound(float(found[0]), drawn[:, 0], "share")
    return {"accuracy": bounds.value, "low": bounds.low, "high": bounds.high}
