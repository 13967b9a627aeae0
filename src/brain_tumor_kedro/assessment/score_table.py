"""Scores with their intervals, of one or of several predictors of the same images."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.assessment.intervals import Kind, center_draws, make_interval
from brain_tumor_kedro.assessment.outcome import Outcome
from brain_tumor_kedro.assessment.resampling import (
    Array,
    Codes,
    combine_effective,
    draw_weights,
    effective_groups,
    resample,
)
from brain_tumor_kedro.assessment.score_names import CLASS_SHARES, SCORES
from brain_tumor_kedro.assessment.weighted import ALL, Name, prepare, weigh

#: Scores that add up how far something is off.
DISTANCES = ("ece",)

#: Scores of a class that the images of the other classes decide on as much as its own.
TWO_SIDED = ("auroc", "average_precision", "f1")


class ResamplingSettings(BaseModel):
    """How intervals are drawn.

    Attributes:
        draws: How many times.
        seed: Of the draws.
        unit: What is drawn. Single images are for comparison only: see `intervals`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draws: int = Field(2000, ge=100)
    seed: int = Field(0, ge=0, lt=2**32)
    unit: Literal["group", "image"] = "group"

    def units(self, groups: Codes) -> Codes:
        """Number what is drawn: the groups, or every image by itself."""
        return groups if self.unit == "group" else np.arange(len(groups))


class Behind(NamedTuple):
    """The images that a score is about.

    Attributes:
        images: Bool, shape (n,).
        effective: The effective number of their groups.
    """

    images: npt.NDArray[np.bool_]
    effective: float


def tabulate_scores(
    outcomes: Mapping[str, Outcome],
    groups: Codes,
    classes: Sequence[str],
    positive: Sequence[str],
    settings: ResamplingSettings,
    differences: Sequence[tuple[str, str]] = (),
) -> pd.DataFrame:
    """Score predictors of the same images, with intervals from the same draws.

    Args:
        outcomes: By predictor: what it said of the same n images in the same order.
        groups: Group of every image, counted from zero, shape (n,).
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive where two sides are compared.
        settings: How intervals are drawn.
        differences: Pairs of predictors; the table has the first minus the second, too.

    Returns:
        `predictor` (`<first> - <second>` for a difference), `label` (`all`, or a class),
        `metric`, `n` and `groups` (images and groups that the score is about),
        `effective_groups`, `value`, `low`, `high` (NaN where there is none) and `draws` (those
        that define the score).
    """
    units = settings.units(groups)
    prepared = {name: prepare(one, classes, positive) for name, one in outcomes.items()}
    ones = np.ones((len(groups), 1))
    values = {name: weigh(one, ones) for name, one in prepared.items()}
    drawn = resample(prepared, units, settings.draws, settings.seed)
    rows = []
    for key in values[next(iter(outcomes))]:
        behind = {
            name: _find_behind(outcome, key, classes, positive, units)
            for name, outcome in outcomes.items()
        }
        for name in outcomes:
            about = (values[name][key][0], drawn[name][key])
            rows.append(_row(name, key, *about, [behind[name]], units))
        for first, second in differences:
            value, change = (of[first][key] - of[second][key] for of in (values, drawn))
            about = (value[0], change)
            both = [behind[first], behind[second]]
            rows.append(_row(f"{first} - {second}", key, *about, both, units, "difference"))
    return pd.DataFrame(rows).astype(dict.fromkeys(("value", "low", "high"), float))


def tabulate_sources(
    outcome: Outcome,
    sources: pd.Series,
    groups: Codes,
    classes: Sequence[str],
    settings: ResamplingSettings,
) -> pd.DataFrame:
    """Give the recall of each class in each source an interval.

    Args:
        outcome: What was said of n images.
        sources: Source of every image, n rows in the same order.
        groups: Group of every image, counted from zero, shape (n,).
        classes: Class labels in the order of the classifier's outputs.
        settings: How intervals are drawn.

    Returns:
        `label`, `source`, `n`, `groups`, `right`, `value`, `low`, `high`, `draws`: one row for
        each class and source that there is, in the order of the classes.
    """
    units, names = settings.units(groups), sources.to_numpy(dtype=object)
    cells = [
        (label, source, (outcome.truth == index) & (names == source))
        for index, label in enumerate(classes)
        for source in sorted(set(names))
    ]
    cells = [cell for cell in cells if cell[2].any()]
    inside = np.stack([cell[2] for cell in cells]).astype(np.float64)
    shares = _resample_shares(inside, outcome.truth == outcome.predicted, units, settings)
    rows = []
    for (label, source, mask), drawn in zip(cells, shares, strict=True):
        right = int((outcome.truth == outcome.predicted)[mask].sum())
        behind = Behind(mask, effective_groups(units, mask))
        row = _row("", (label, "recall"), right / mask.sum(), drawn, [behind], units)
        rows.append({**row, "source": source, "right": right})
    columns = ["label", "source", "n", "groups", "right", "value", "low", "high", "draws"]
    return pd.DataFrame(rows)[columns].astype(dict.fromkeys(("value", "low", "high"), float))


def _resample_shares(
    inside: Array, right: npt.NDArray[np.bool_], units: Codes, settings: ResamplingSettings
) -> Array:
    parts = []
    for weights in draw_weights(units, settings.draws, settings.seed):
        with np.errstate(invalid="ignore"):
            parts.append((inside * right) @ weights / (inside @ weights))
    return np.concatenate(parts, axis=1)


def _row(
    predictor: str,
    key: Name,
    value: float,
    drawn: Array,
    behind: Sequence[Behind],
    units: Codes,
    kind: Kind | None = None,
) -> dict[str, Any]:
    label, metric = key
    effective = min(one.effective for one in behind)
    images = np.any([one.images for one in behind], axis=0)
    kind = kind or _kind(key)
    if metric in DISTANCES:
        drawn = center_draws(value, drawn, kind)
    interval = make_interval(value, drawn, effective, kind)
    return {
        "predictor": predictor,
        "label": label,
        "metric": metric,
        "n": int(images.sum()),
        "groups": len(np.unique(units[images])),
        "effective_groups": effective,
        **interval._asdict(),
    }


def _kind(key: Name) -> Kind:
    label, metric = key
    share = SCORES[metric].share if label == ALL else metric in CLASS_SHARES
    return "share" if share else "score"


def _find_behind(
    outcome: Outcome, key: Name, classes: Sequence[str], positive: Sequence[str], units: Codes
) -> Behind:
    """Say what is behind a score: the interval is as uncertain as the groups are few."""
    label, metric = key
    everything = np.ones(len(outcome.truth), dtype=bool)
    if metric == "sensitivity_at_specificity":
        inside = np.isin(list(classes), list(positive))[outcome.truth]
        sides = [effective_groups(units, side) for side in (inside, ~inside)]
        return Behind(everything, min(sides))
    if key == (ALL, "auroc"):
        # With the number of all groups it covers too little: see the module on intervals.
        present = [outcome.truth == index for index in np.unique(outcome.truth)]
        numbers = [effective_groups(units, images) for images in present]
        return Behind(everything, combine_effective(numbers))
    if label == ALL:
        return Behind(everything, effective_groups(units, everything))
    images = _images_of_class(outcome, classes.index(label), metric)
    effective = effective_groups(units, images)
    if metric in TWO_SIDED and not images.all():
        effective = min(effective, effective_groups(units, ~images))
    return Behind(images, effective)


def _images_of_class(outcome: Outcome, index: int, metric: str) -> npt.NDArray[np.bool_]:
    masks: dict[str, npt.NDArray[np.bool_]] = {
        "specificity": outcome.truth != index,
        "precision": outcome.predicted == index,
        "npv": outcome.predicted != index,
    }
    images: npt.NDArray[np.bool_] = masks.get(metric, outcome.truth == index)
    return images
