"""Whether probabilities mean what they say, before and after temperature scaling."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.drawn_scores import Array, Draws, score_with_intervals
from brain_tumor_kedro.assessment.intervals import Kind
from brain_tumor_kedro.assessment.metrics import BINS, losses, squared_errors
from brain_tumor_kedro.assessment.outcome import Outcome, check_predictions, outcome_of

#: What the scores are of: the classifier without its temperature, and with it.
STAGES = ("before", "after")

#: Means over images, and distances over bins.
MEANS, DISTANCES = ("log_loss", "brier", "overconfidence"), ("ece", "adaptive_ece", "classwise_ece")
SCORES = (*MEANS, *DISTANCES)

#: Draws of labels from the probabilities themselves, for the error that chance alone makes.
CHANCE_DRAWS = 2000
#: So many at once.
CHUNK = 100


def stages_of(predictions: pd.DataFrame, split: str, classes: Sequence[str]) -> dict[str, Outcome]:
    """Take a split's predictions before and after temperature scaling.

    Args:
        predictions: See `metrics.score_splits`, with `raw_<class>` for every class.
        split: The split to take.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        By stage.

    Raises:
        ValueError: See `metrics.score_splits`; a column is missing, or the split has no
            predictions.
    """
    missing = [f"raw_{label}" for label in classes if f"raw_{label}" not in predictions]
    if missing:
        raise ValueError(
            f"Expected uncalibrated probabilities in the predictions, {missing} are missing: they "
            "are of an earlier version. Predict again: kedro run --pipelines evaluation"
        )
    check_predictions(predictions, classes)
    raw = predictions.assign(**{f"p_{label}": predictions[f"raw_{label}"] for label in classes})
    check_predictions(raw, classes)
    return {
        stage: outcome_of(table, split, classes)
        for stage, table in zip(STAGES, (raw, predictions), strict=True)
    }


def measure_calibration(stages: dict[str, Outcome], draws: Draws) -> dict[str, Any]:
    """Measure calibration before and after, with intervals over groups.

    - `log_loss` and `brier`: see `metrics.score_outcome`.
    - `ece`: mean gap between the top probability and the share of right predictions, over 15 bins
      of equal width, weighted by their images. Guo et al., ICML 2017.
    - `adaptive_ece`: the same over 15 bins of equally many images. Nixon et al., CVPR workshops
      2019.
    - `classwise_ece`: the mean over classes of the gap between a class's probability and its share
      of images, over 15 bins of equal width. Kull et al., NeurIPS 2019.
    - `overconfidence`: mean top probability minus accuracy; below 0 the classifier is right more
      often than it says.

    Args:
        stages: By stage, of the same images in the same order.
        draws: How to draw those images.

    Returns:
        `n`, `groups`, by stage and as `change` (after minus before) each score's `value`, `low`
        and `high`; and `chance`: `mean` and `high` (95 of 100 are below) of the `ece` that a
        perfectly calibrated classifier with the same probabilities would show on as many
        independent images. Plain numbers.
    """
    prepared = {stage: _prepare(outcome) for stage, outcome in stages.items()}

    def score(weights: Array) -> dict[tuple[str, str], Array]:
        scores = {
            (stage, name): values
            for stage, parts in prepared.items()
            for name, values in _weigh(parts, weights).items()
        }
        before, after = STAGES
        change = {("change", name): scores[after, name] - scores[before, name] for name in SCORES}
        return {**scores, **change}

    kinds: dict[tuple[str, str], Kind] = {("change", name): "difference" for name in SCORES}
    distances = [(stage, name) for stage in (*STAGES, "change") for name in DISTANCES]
    spreads = score_with_intervals(score, draws, kinds, distances=distances)
    found: dict[str, Any] = {stage: {} for stage in (*STAGES, "change")}
    for (stage, name), spread in spreads.items():
        found[stage][name] = spread
    images, groups = len(draws.groups), len(np.unique(draws.groups))
    chance = _draw_chance(stages[STAGES[1]], draws.seed)
    return {"n": images, "groups": groups, **found, "chance": chance}


def equal_width_bins(probabilities: Array) -> npt.NDArray[np.intp]:
    """Number the bin of every probability, shape (n,), from 0; a bin holds its upper edge."""
    return np.clip(np.ceil(probabilities * BINS).astype(np.intp) - 1, 0, BINS - 1)


def equal_mass_bins(probabilities: Array) -> npt.NDArray[np.intp]:
    """Number bins of as many images each, shape (n,), from 0; the same value is never parted."""
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, probabilities, side="left").astype(np.intp)


def _prepare(outcome: Outcome) -> dict[str, Any]:
    """What every draw needs: penalties of images, and gaps in the columns of their bins."""
    truth, predicted, probabilities = outcome
    confidence = probabilities.max(axis=1)
    gaps = (truth == predicted) - confidence
    classes = range(probabilities.shape[1])
    return {
        "penalties": np.stack([losses(outcome), squared_errors(outcome), -gaps], axis=1),
        "ece": _in_bins(gaps, equal_width_bins(confidence)),
        "adaptive_ece": _in_bins(gaps, equal_mass_bins(confidence)),
        "classwise_ece": np.concatenate(
            [
                _in_bins((truth == k) - probabilities[:, k], equal_width_bins(probabilities[:, k]))
                for k in classes
            ],
            axis=1,
        )
        / len(classes),
    }


def _in_bins(gaps: Array, bins: npt.NDArray[np.intp]) -> Array:
    placed: Array = np.eye(BINS)[bins] * gaps[:, None]
    return placed


def _weigh(parts: dict[str, Any], weights: Array) -> dict[str, Array]:
    total = weights.sum(axis=0)
    scores = dict(zip(MEANS, parts["penalties"].T @ weights / total, strict=True))
    for name in DISTANCES:
        scores[name] = np.abs(parts[name].T @ weights).sum(axis=0) / total
    return scores


def _draw_chance(outcome: Outcome, seed: int) -> dict[str, float]:
    """Calibration error of labels that are drawn from the probabilities: chance alone.

    Broecker and Smith, Weather and Forecasting 22:3, 2007 (consistency resampling).
    """
    confidence = outcome.probabilities.max(axis=1)
    bins = np.eye(BINS)[equal_width_bins(confidence)]
    random = np.random.default_rng(seed)
    gaps = [
        ((random.random((CHUNK, len(confidence))) < confidence) - confidence) @ bins
        for _ in range(CHANCE_DRAWS // CHUNK)
    ]
    errors = np.abs(np.concatenate(gaps)).sum(axis=1) / len(confidence)
    return {"mean": float(errors.mean()), "high": float(np.quantile(errors, 0.95))}
