"""Decision curves: whether acting on a classifier does more good than acting on nobody or on all.

Net benefit counts the positives that are found, less the false alarms, each weighed by the odds of
the threshold: who acts from 20% on holds one missed positive to be as bad as four false alarms.
Vickers and Elkin, Medical Decision Making 26:6, 2006.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.drawn_scores import Array, Draws, score_with_intervals
from brain_tumor_kedro.assessment.intervals import Kind
from brain_tumor_kedro.assessment.outcome import Outcome

#: What the positive labels together are called, where they are more than one.
POSITIVE = "positive"

#: Thresholds at which somebody may act, as probabilities.
THRESHOLDS = np.arange(1, 100) / 100

#: Where thresholds for further examination lie: a miss is 1 to 19 times as bad as a false alarm.
SENSIBLE = (0.05, 0.5)

#: Thresholds that are told in the report.
TOLD = (0.05, 0.1, 0.2, 0.3, 0.5)

#: Differences in net benefit below that are rounding.
ROUNDING = 1e-9


def targets_of(classes: Sequence[str], positive: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Name what may be acted on: the positive labels together, first, and every class.

    Args:
        classes: Class labels.
        positive: The labels that count as positive.

    Returns:
        By target: its labels. One positive label is not told twice.
    """
    first = POSITIVE if len(positive) > 1 else positive[0]
    return {first: tuple(positive), **{label: (label,) for label in classes}}


def net_benefit(
    probabilities: Array,
    truth: npt.NDArray[np.bool_],
    weights: Array,
    prevalence: float | None = None,
    thresholds: Array = THRESHOLDS,
) -> Array:
    """Weigh found positives against false alarms at every threshold.

    Args:
        probabilities: Of being positive, shape (n,).
        truth: Who is positive, shape (n,).
        weights: Of the images, shape (n, draws).
        prevalence: Share of positives to weigh to; None is that of the images.
        thresholds: At which somebody may act, in (0, 1).

    Returns:
        Per person, shape (thresholds, draws); at most the prevalence. NaN where a prevalence is
        asked for and a draw lacks positives or negatives.
    """
    acted = (probabilities[:, None] >= thresholds) * 1.0
    found, alarms = (acted * truth[:, None]).T @ weights, (acted * ~truth[:, None]).T @ weights
    odds = (thresholds / (1 - thresholds))[:, None]
    total = weights.sum(axis=0)
    if prevalence is None:
        return np.asarray((found - alarms * odds) / total)
    positives = weights[truth].sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        hit, alarm = found / positives, alarms / (total - positives)
    return np.asarray(hit * prevalence - alarm * (1 - prevalence) * odds)


def trace_decisions(
    outcome: Outcome,
    classes: Sequence[str],
    positive: Sequence[str],
    draws: Draws,
    prevalence: float | None = None,
) -> pd.DataFrame:
    """Trace the decision curve of every target.

    Args:
        outcome: The predictions of one split.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive.
        draws: How to draw those images.
        prevalence: Share of the positive labels together to weigh their curve to; the curves of
            single classes stay as the images are.

    Returns:
        `target`, `threshold`, net benefit of the `classifier` with the ends `low` and `high` of
        its 95% interval over groups, of `treat_all` (of acting on nobody it is 0), and the
        `advantage` over the better of these two with `advantage_low` and `advantage_high`.
    """
    tables = []
    for target, labels in targets_of(classes, positive).items():
        inside = np.isin(np.arange(len(classes)), [classes.index(label) for label in labels])
        table = trace_target(
            outcome.probabilities[:, inside].sum(axis=1),
            inside[outcome.truth],
            draws,
            prevalence if set(labels) == set(positive) else None,
        )
        table.insert(0, "target", target)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def summarize_decisions(
    curves: pd.DataFrame, classes: Sequence[str], positive: Sequence[str]
) -> list[dict[str, Any]]:
    """Sum curves up where thresholds are sensible.

    Args:
        curves: As `trace_decisions` made them.
        classes: Class labels.
        positive: The labels that count as positive.

    Returns:
        By target, in order: `target`, `labels`, `positives` (their share), `better` and `worse`
        (shares of the thresholds from 5 to 50% at which the advantage is above or below 0),
        `surely_better` (those whose whole interval is above 0), and `told`: some thresholds with
        `classifier`, `treat_all`, `advantage`, `advantage_low` and `advantage_high`. Plain numbers.
    """
    return [
        {"target": target, "labels": list(labels), **_summarize(curves[curves["target"] == target])}
        for target, labels in targets_of(classes, positive).items()
    ]


def trace_target(
    probabilities: Array,
    truth: npt.NDArray[np.bool_],
    draws: Draws,
    prevalence: float | None = None,
    thresholds: Array = THRESHOLDS,
) -> pd.DataFrame:
    """Trace the decision curve of one target.

    Args:
        probabilities: Of the target, shape (n,).
        truth: Whether it is true, shape (n,).
        draws: How to draw.
        prevalence: Share of positives to weigh to; None is that of the images.
        thresholds: At which somebody may act, in (0, 1).

    Returns:
        What `trace_decisions` returns, without `target`.
    """
    everyone = np.ones(len(truth))

    def score(weights: Array) -> Mapping[tuple[str, int], Array]:
        curve = net_benefit(probabilities, truth, weights, prevalence, thresholds)
        treat_all = net_benefit(everyone, truth, weights, prevalence, thresholds)
        advantage = curve - np.maximum(treat_all, 0)
        named = {"classifier": curve, "treat_all": treat_all, "advantage": advantage}
        return {(name, t): row for name, rows in named.items() for t, row in enumerate(rows)}

    kinds: dict[tuple[str, int], Kind] = {
        ("advantage", t): "difference" for t in range(len(thresholds))
    }
    spreads = score_with_intervals(score, draws, kinds)

    def column(name: str, end: str = "value") -> list[float | None]:
        return [spreads[name, t][end] for t in range(len(thresholds))]

    return pd.DataFrame(
        {
            "threshold": thresholds,
            "classifier": column("classifier"),
            "low": column("classifier", "low"),
            "high": column("classifier", "high"),
            "treat_all": column("treat_all"),
            "advantage": column("advantage"),
            "advantage_low": column("advantage", "low"),
            "advantage_high": column("advantage", "high"),
        },
        dtype=float,
    )


def _summarize(curve: pd.DataFrame) -> dict[str, Any]:
    sensible = curve[curve["threshold"].between(*SENSIBLE)]
    columns = ["threshold", "classifier", "treat_all", "advantage", "advantage_low"]
    told = curve[np.isclose(curve["threshold"].to_numpy()[:, None], TOLD).any(axis=1)]
    rows = told[[*columns, "advantage_high"]].astype(object)
    first = curve.iloc[0]
    return {
        # What acting on all is worth, solved for the share of positives.
        "positives": float(first["treat_all"] * (1 - first["threshold"]) + first["threshold"]),
        "better": float((sensible["advantage"] > ROUNDING).mean()),
        "worse": float((sensible["advantage"] < -ROUNDING).mean()),
        "surely_better": float((sensible["advantage_low"] > ROUNDING).mean()),
        "told": rows.where(rows.notna(), None).to_dict("records"),
    }
