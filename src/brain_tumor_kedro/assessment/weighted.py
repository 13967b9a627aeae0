"""Every score from weights: thousands of resamples of the same predictions at once.

A bootstrap draw is nothing but a weight for every image: how often it was drawn. With the images
sorted once, all draws are scored by a few operations on arrays, and no image is ever copied.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from brain_tumor_kedro.assessment.metrics import (
    SPECIFICITY,
    calibration_bins,
    losses,
    squared_errors,
)
from brain_tumor_kedro.assessment.outcome import Outcome

Array = npt.NDArray[np.float64]

#: The label under which scores of all classes together stand.
ALL = "all"

#: Label and metric.
Name = tuple[str, str]

#: Sums of weights that differ by less are the same but for rounding.
ROUNDING = 1e-9


class Ranking(NamedTuple):
    """Images by falling score.

    Attributes:
        order: Index of the images, int, shape (n,).
        ends: Place in `order` of the last image of each distinct score, int, shape (scores,).
        positive: Whether the image is positive, bool, shape (n,), in the order of `order`.
    """

    order: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]
    positive: npt.NDArray[np.bool_]


class Prepared(NamedTuple):
    """All of an outcome that does not depend on the weights.

    Attributes:
        classes: Class labels.
        present: Index of the classes that have images.
        cells: Confusion cell of every image, one-hot, shape (n, classes * classes).
        penalties: Log loss and squared error of every image, shape (n, 2).
        gaps: Right (0 or 1) minus confidence, in the column of its bin, shape (n, bins).
        rankings: By class.
        detection: Of the positive labels together.
    """

    classes: Sequence[str]
    present: npt.NDArray[np.intp]
    cells: Array
    penalties: Array
    gaps: Array
    rankings: list[Ranking]
    detection: Ranking


def prepare(outcome: Outcome, classes: Sequence[str], positive: Sequence[str]) -> Prepared:
    """Sort and sum up once what every draw needs.

    Args:
        outcome: The predictions of one split.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive where two sides are compared.

    Returns:
        What `weigh` takes.
    """
    truth, predicted, probabilities = outcome
    size = len(classes)
    inside = np.isin(np.arange(size), [classes.index(label) for label in positive])
    gaps = (truth == predicted) - probabilities.max(axis=1)
    return Prepared(
        classes=classes,
        present=np.unique(truth),
        cells=np.eye(size * size)[truth * size + predicted],
        penalties=np.stack([losses(outcome), squared_errors(outcome)], axis=1),
        gaps=calibration_bins(outcome) * gaps[:, None],
        rankings=[rank(probabilities[:, index], truth == index) for index in range(size)],
        detection=rank(probabilities[:, inside].sum(axis=1), inside[truth]),
    )


def rank(scores: Array, positive: npt.NDArray[np.bool_]) -> Ranking:
    """Sort images by falling score.

    Args:
        scores: Float, shape (n,).
        positive: Bool, shape (n,).
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    return Ranking(order, ends, positive[order])


def weigh(prepared: Prepared, weights: Array) -> dict[Name, Array]:
    """Score every draw.

    Args:
        prepared: What `prepare` returned.
        weights: How often each image was drawn, float, at least zero, shape (n, draws).

    Returns:
        By label (`all`, or a class) and metric, float, shape (draws,); NaN where the draw does
        not define it: no image, no positive, no negative, or nothing predicted. An average over
        classes asks for an image of every class that the split has.
    """
    size = len(prepared.classes)
    counts = (prepared.cells.T @ weights).reshape(size, size, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_class = _weigh_classes(prepared, counts, weights)
        scores = _weigh_counts(counts, by_class, prepared)
        scores |= _weigh_probabilities(prepared, weights)
    return {(ALL, name): values for name, values in scores.items()} | {
        (label, name): values[index]
        for name, values in by_class.items()
        for index, label in enumerate(prepared.classes)
    }


def _weigh_classes(prepared: Prepared, counts: Array, weights: Array) -> dict[str, Array]:
    """Score each class against the rest: by metric, shape (classes, draws)."""
    hits = np.einsum("iid->id", counts)
    support, chosen = counts.sum(axis=1), counts.sum(axis=0)
    total = support.sum(axis=0)
    neither = total - support - chosen + hits
    curves = [_weigh_curve(ranking, weights) for ranking in prepared.rankings]
    return {
        "precision": hits / chosen,
        "recall": hits / support,
        "f1": np.where(support > 0, 2 * hits / (support + chosen), np.nan),
        "specificity": neither / (total - support),
        "npv": neither / (total - chosen),
        "auroc": np.stack([area for area, _ in curves]),
        "average_precision": np.stack([precision for _, precision in curves]),
    }


def _weigh_counts(
    counts: Array, by_class: dict[str, Array], prepared: Prepared
) -> dict[str, Array]:
    support, chosen = counts.sum(axis=1), counts.sum(axis=0)
    total, right = support.sum(axis=0), np.einsum("iid->d", counts)
    expected = (support * chosen).sum(axis=0)
    spread = (total**2 - (support**2).sum(axis=0)) * (total**2 - (chosen**2).sum(axis=0))
    agreement = right * total - expected
    varied = support.max(axis=0) < total - ROUNDING
    correlation = np.where(spread > ROUNDING, agreement / np.sqrt(spread), 0.0)
    shares = np.where(support > 0, support * by_class["f1"], 0.0)
    return {
        "accuracy": right / total,
        "balanced_accuracy": _mean(by_class["recall"], prepared),
        "macro_f1": _mean(by_class["f1"], prepared),
        "weighted_f1": shares.sum(axis=0) / total,
        "kappa": np.where(varied, agreement / (total**2 - expected), np.nan),
        "mcc": np.where(varied, correlation, np.nan),
        "auroc": _mean(by_class["auroc"], prepared),
        "average_precision": _mean(by_class["average_precision"], prepared),
    }


def _mean(values: Array, prepared: Prepared) -> Array:
    averages: Array = values[prepared.present].mean(axis=0)
    return averages


def _weigh_probabilities(prepared: Prepared, weights: Array) -> dict[str, Array]:
    total = weights.sum(axis=0)
    loss, error = prepared.penalties.T @ weights / total
    scores = {"log_loss": loss, "brier": error}
    scores["ece"] = np.abs(prepared.gaps.T @ weights).sum(axis=0) / total
    scores["sensitivity_at_specificity"] = _weigh_detection(prepared.detection, weights)
    return scores


def _weigh_curve(ranking: Ranking, weights: Array) -> tuple[Array, Array]:
    """Area under the ROC curve, and average precision: both shape (draws,)."""
    hits, misses = _accumulate(ranking, weights)
    positives, negatives = hits[-1], misses[-1]
    steps = np.diff(hits, axis=0, prepend=0)
    ahead = negatives - misses + np.diff(misses, axis=0, prepend=0) / 2
    area = np.einsum("sd,sd->d", steps, ahead) / (positives * negatives)
    precision = hits / np.maximum(hits + misses, np.finfo(float).tiny)
    average = np.einsum("sd,sd->d", steps, precision) / positives
    # Where all images are positive, any ranking has an average precision of 1.
    return area, np.where(negatives > 0, average, np.nan)


def _weigh_detection(ranking: Ranking, weights: Array) -> Array:
    hits, misses = _accumulate(ranking, weights)
    allowed = misses <= (1 - SPECIFICITY) * misses[-1] + ROUNDING
    defined = (hits[-1] > 0) & (misses[-1] > 0)
    return np.where(defined, np.where(allowed, hits, 0).max(axis=0) / hits[-1], np.nan)


def _accumulate(ranking: Ranking, weights: Array) -> tuple[Array, Array]:
    """Weights of positives and of negatives at or above each distinct score."""
    ranked = weights[ranking.order]
    hits = np.cumsum(ranked * ranking.positive[:, None], axis=0)[ranking.ends]
    everything = np.cumsum(ranked, axis=0)[ranking.ends]
    return hits, everything - hits
