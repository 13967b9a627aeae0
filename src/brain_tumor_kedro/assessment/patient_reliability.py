"""What probabilities of patients are worth: reliability, and the decisions that stand on them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from brain_tumor_kedro.assessment.decision_curve import trace_decisions
from brain_tumor_kedro.assessment.drawn_scores import Array, Draws, score_with_intervals
from brain_tumor_kedro.assessment.patient_scores import outcome_at_threshold

#: A bin holds at least so many patients, where there are as many.
LEAST_PATIENTS = 8

#: More bins than this say no more.
MOST_BINS = 6


class DecisionRange(BaseModel):
    """Thresholds at which somebody may act on a patient's probability.

    Attributes:
        first: The lowest.
        last: The highest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: float = Field(default=0.10, ge=0.01, le=0.99)
    last: float = Field(default=0.85, ge=0.01, le=0.99)

    @model_validator(mode="after")
    def _check_order(self) -> "DecisionRange":
        if self.first >= self.last:
            raise ValueError(
                f"Expected a first threshold below the last one, received {self.first} and "
                f"{self.last}."
            )
        return self


def tabulate_patient_reliability(
    patients: pd.DataFrame, positive: str, draws: Draws
) -> pd.DataFrame:
    """Tabulate probabilities of patients against what came true, in bins of as many patients each.

    Few patients bear few bins, and bins of equal width would be empty where no probability lies.

    Args:
        patients: Of one split: `strategy`, `label`, `p_<positive>`.
        positive: The positive label.
        draws: How to draw the patients of one strategy, in the table's order.

    Returns:
        `strategy`, `n` patients of the bin, their mean `probability` with the ends `lowest` and
        `highest`, and the `share` that is positive with `low` and `high` of its 95% interval.
    """
    rows = []
    for strategy, table in patients.groupby("strategy", sort=False):
        probabilities = table[f"p_{positive}"].to_numpy(dtype=np.float64)
        events = (table["label"] == positive).to_numpy()
        rows += [{"strategy": strategy, **row} for row in _tabulate(probabilities, events, draws)]
    return pd.DataFrame(rows).astype({"low": float, "high": float})


def trace_patient_decisions(
    patients: pd.DataFrame,
    classes: Sequence[str],
    positive: str,
    draws: Draws,
    thresholds: DecisionRange,
) -> pd.DataFrame:
    """Trace the net benefit of acting on each strategy.

    Args:
        patients: As for `tabulate_patient_reliability`, with `p_<class>` of both classes.
        classes: The two class labels.
        positive: The positive one.
        draws: As for `tabulate_patient_reliability`.
        thresholds: Where somebody may act.

    Returns:
        `strategy` and the columns of `decision_curve.trace_decisions`, of acting on the positive
        class; acting on all is to take every patient for positive.
    """
    tables = []
    for strategy, table in patients.groupby("strategy", sort=False):
        outcome = outcome_at_threshold(table, classes, positive)
        curve = trace_decisions(outcome, classes, [positive], draws)
        inside = curve["threshold"].between(thresholds.first - 1e-9, thresholds.last + 1e-9)
        tables.append(curve[inside & (curve["target"] == positive)].assign(strategy=strategy))
    joined = pd.concat(tables, ignore_index=True).drop_duplicates(["strategy", "threshold"])
    return joined[["strategy", *joined.columns.drop("strategy")]]


def _tabulate(
    probabilities: Array, events: npt.NDArray[np.bool_], draws: Draws
) -> Iterator[dict[str, Any]]:
    bins = _place(probabilities)
    columns = np.eye(int(bins.max()) + 1)[bins]

    def score(weights: Array) -> dict[int, Array]:
        with np.errstate(invalid="ignore"):
            shares = ((columns * events[:, None]).T @ weights) / (columns.T @ weights)
        return dict(enumerate(shares))

    inside = {number: bins == number for number in range(columns.shape[1])}
    spreads = score_with_intervals(score, draws, dict.fromkeys(inside, "share"), inside)
    for number, spread in spreads.items():
        here = probabilities[inside[number]]
        yield {
            "n": len(here),
            "probability": float(here.mean()),
            "lowest": float(here.min()),
            "highest": float(here.max()),
            "share": spread["value"],
            "low": spread["low"],
            "high": spread["high"],
        }


def _place(probabilities: Array) -> npt.NDArray[np.intp]:
    """Number bins of as many patients each, without gaps; the same value is never parted."""
    number = int(np.clip(len(probabilities) // LEAST_PATIENTS, 1, MOST_BINS))
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, number + 1)[1:-1]))
    bins = np.searchsorted(edges, probabilities, side="left")
    return np.asarray(np.unique(bins, return_inverse=True)[1], dtype=np.intp)
