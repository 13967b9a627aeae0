"""What probabilities of patients are worth: reliability, and the decisions that stand on them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from brain_tumor_kedro.assessment.decision_curve import trace_target
from brain_tumor_kedro.assessment.drawn_scores import Array, Draws, score_with_intervals

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

    def places(self) -> Array:
        """Thresholds from the first to the last, 0.01 apart."""
        return np.arange(round(100 * self.first), round(100 * self.last) + 1) / 100


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
    patients: pd.DataFrame, positive: str, draws: Draws, thresholds: DecisionRange
) -> pd.DataFrame:
    """Trace the net benefit of acting on each strategy.

    Args:
        patients: As for `tabulate_patient_reliability`.
        positive: The positive label.
        draws: As for `tabulate_patient_reliability`.
        thresholds: Where somebody may act.

    Returns:
        `strategy` and the columns of `decision_curve.trace_target`, of acting on the positive
        class; acting on all is to take every patient for positive.
    """
    tables = []
    for strategy, table in patients.groupby("strategy", sort=False):
        probabilities = table[f"p_{positive}"].to_numpy(dtype=np.float64)
        truth = (table["label"] == positive).to_numpy()
        curve = trace_target(probabilities, truth, draws, thresholds=thresholds.places())
        curve.insert(0, "strategy", strategy)
        tables.append(curve)
    return pd.concat(tables, ignore_index=True)


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
