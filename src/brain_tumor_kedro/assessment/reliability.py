"""Reliability: of all images that are said to be so and so probable, how many are."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.calibration import equal_width_bins
from brain_tumor_kedro.assessment.drawn_scores import Array, Draws, score_with_intervals
from brain_tumor_kedro.assessment.metrics import BINS
from brain_tumor_kedro.assessment.outcome import Outcome

#: A bin has as many images, unless there are fewer in all.
LEAST_IMAGES = 10

#: What the bins of the most probable class are called, beside the classes' own.
TOP = "top"


def tabulate_reliability(
    stages: Mapping[str, Outcome], classes: Sequence[str], draws: Draws
) -> pd.DataFrame:
    """Tabulate probabilities against what came true, in bins of equal width.

    Neighboring bins are one until they hold 10 images: a share of fewer says nothing.

    Niculescu-Mizil and Caruana, Predicting good probabilities with supervised learning, ICML 2005.

    Args:
        stages: By stage, of the same images in the same order.
        classes: Class labels in the order of the classifier's outputs.
        draws: How to draw those images.

    Returns:
        `stage`, `about` (`top`: the most probable class; or a class against the rest), `low_edge`
        and `high_edge` of the bin, `n` images, mean `probability`, and the `share` that came true
        with the ends `low` and `high` of its 95% interval over groups.
    """
    rows = []
    for stage, outcome in stages.items():
        for about, probabilities, events in _questions(outcome, classes):
            for row in _tabulate(probabilities, events, draws):
                rows.append({"stage": stage, "about": about, **row})
    return pd.DataFrame(rows).astype({"low": float, "high": float})


def _questions(
    outcome: Outcome, classes: Sequence[str]
) -> list[tuple[str, Array, npt.NDArray[np.bool_]]]:
    truth, predicted, probabilities = outcome
    top = (TOP, probabilities.max(axis=1), truth == predicted)
    return [
        top,
        *((label, probabilities[:, k], truth == k) for k, label in enumerate(classes)),
    ]


def _tabulate(
    probabilities: Array, events: npt.NDArray[np.bool_], draws: Draws
) -> list[dict[str, float | int | None]]:
    edges = _merge(np.bincount(equal_width_bins(probabilities), minlength=BINS))
    bins = np.searchsorted(edges[1:], equal_width_bins(probabilities), side="right")
    number_of_bins = len(edges) - 1
    columns = np.eye(number_of_bins)[bins]
    hits = columns * events[:, None]
    filled = range(number_of_bins)

    def score(weights: Array) -> dict[int, Array]:
        with np.errstate(invalid="ignore"):
            shares = (hits.T @ weights) / (columns.T @ weights)
        return dict(zip(filled, shares, strict=True))

    inside = {number: bins == number for number in filled}
    spreads = score_with_intervals(score, draws, dict.fromkeys(filled, "share"), inside)
    return [
        {
            "low_edge": edges[number] / BINS,
            "high_edge": edges[number + 1] / BINS,
            "n": int(inside[number].sum()),
            "probability": float(probabilities[inside[number]].mean()),
            "share": spread["value"],
            "low": spread["low"],
            "high": spread["high"],
        }
        for number, spread in spreads.items()
    ]


def _merge(counts: npt.NDArray[np.intp]) -> list[int]:
    """Edges of bins, counted in bins of equal width: what is left at the end joins the last."""
    edges, images = [0], 0
    for number, count in enumerate(counts):
        images += int(count)
        if images >= LEAST_IMAGES:
            edges.append(number + 1)
            images = 0
    return [*(edges[:-1] if len(edges) > 1 else edges), len(counts)]
