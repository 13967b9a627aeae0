"""Abstention: how often a classifier is right where it answers only when it is sure enough.

Geifman and El-Yaniv, Selective classification for deep neural networks, NeurIPS 2017.
"""

from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.drawn_scores import (
    Array,
    Draws,
    Spread,
    score_with_intervals,
)
from brain_tumor_kedro.assessment.outcome import Outcome

#: Shares of images that are answered, told in the report.
TOLD = (0.8, 0.9, 0.95, 1.0)

#: Shares of images that are answered, drawn in the figure.
SHARES = np.arange(5, 101) / 100

#: Sums of weights that differ by less are the same but for rounding.
ROUNDING = 1e-9


def trace_abstention(outcome: Outcome, draws: Draws) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Trace accuracy against the share of images that are answered, the surest first.

    Args:
        outcome: The predictions of one split.
        draws: How to draw those images.

    Returns:
        A table of `answered` (share), `accuracy` of these with the ends `low` and `high` of its
        95% interval over groups, and `oracle` (of a confidence that knows what is wrong); and a
        summary: `told` (the same at some shares), `aurc` (area under the risk-coverage curve, mean
        share of wrong answers over all shares answered; lower is better) with its interval,
        `aurc_oracle` and `aurc_random`, and `accuracy` of all. Plain numbers.
    """
    right = outcome.truth == outcome.predicted
    confidence = outcome.probabilities.max(axis=1)

    def score(weights: Array) -> dict[str, Array]:
        accuracy, area = _follow(confidence, right, weights)
        return {f"{share:.2f}": row for share, row in zip(SHARES, accuracy, strict=True)} | {
            "aurc": area
        }

    ones = np.ones((len(right), 1))
    # All right ones first, and no two as sure as each other.
    knowing = right * len(right) - np.arange(len(right), dtype=float)
    oracle, best = _follow(knowing, right, ones)
    names = [f"{share:.2f}" for share in SHARES]
    places = np.argsort(np.argsort(-confidence, kind="stable"))
    inside = {
        name: places < np.ceil(share * len(right) - ROUNDING)
        for name, share in zip(names, SHARES, strict=True)
    }
    spreads = score_with_intervals(score, draws, dict.fromkeys(names, "share"), inside)
    table = pd.DataFrame(
        {
            "answered": SHARES,
            "accuracy": [spreads[name]["value"] for name in names],
            "low": [spreads[name]["low"] for name in names],
            "high": [spreads[name]["high"] for name in names],
            "oracle": oracle[:, 0],
        },
        dtype=float,
    )
    told = [{"answered": share, **spreads[f"{share:.2f}"]} for share in TOLD]
    areas = {"aurc_oracle": float(best[0]), "aurc_random": float(1 - right.mean())}
    accuracy = float(right.mean())
    return table, {"told": told, "aurc": spreads["aurc"], **areas, "accuracy": accuracy}


def find_threshold(val: Outcome, accuracy: float) -> float | None:
    """Find how sure a classifier must be to reach an accuracy on the validation images it answers.

    Args:
        val: The predictions of the validation split.
        accuracy: To be reached.

    Returns:
        The lowest confidence that does, so that most is answered; None where none does.
    """
    right = val.truth == val.predicted
    confidence = val.probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.diff(confidence[order]) != 0, True)
    enough = np.flatnonzero(last & (shares >= accuracy - ROUNDING))
    return float(confidence[order][enough[-1]]) if len(enough) else None


def answer_above(outcome: Outcome, threshold: float, draws: Draws) -> dict[str, Spread]:
    """Score a classifier that answers from a confidence on.

    Args:
        outcome: The predictions of one split.
        threshold: The least confidence with which it answers.
        draws: How to draw those images.

    Returns:
        `answered` (share of images) and `accuracy` of these, each with its 95% interval.
    """
    right = outcome.truth == outcome.predicted
    answered = outcome.probabilities.max(axis=1) >= threshold - ROUNDING
    inside = {"accuracy": answered} if answered.any() else {}

    def score(weights: Array) -> dict[str, Array]:
        number = weights[answered].sum(axis=0)
        with np.errstate(invalid="ignore"):
            accuracy = weights[answered & right].sum(axis=0) / number
        return {"answered": number / weights.sum(axis=0), "accuracy": accuracy}

    return score_with_intervals(score, draws, {"answered": "share", "accuracy": "share"}, inside)


def _follow(confidence: Array, right: np.ndarray, weights: Array) -> tuple[Array, Array]:
    """Accuracy at every share of `SHARES`, shape (shares, draws), and the area, (draws,).

    Images of the same confidence are answered together.
    """
    order = np.argsort(-confidence, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True))
    answered = np.cumsum(weights[order], axis=0)[ends]
    wrong = np.cumsum(weights[order] * ~right[order][:, None], axis=0)[ends]
    risk = wrong / np.maximum(answered, ROUNDING)
    total = answered[-1]
    steps = np.diff(answered, axis=0, prepend=0)
    area = (steps * risk).sum(axis=0) / total
    accuracy = np.stack([1 - _at(answered, risk, share * total - ROUNDING) for share in SHARES])
    return accuracy, area


def _at(answered: Array, risk: Array, wanted: Array) -> Array:
    """The risk where at least so much is answered, shape (draws,)."""
    place = (answered < wanted).sum(axis=0)
    return np.asarray(np.take_along_axis(risk, place[None, :], axis=0)[0])
