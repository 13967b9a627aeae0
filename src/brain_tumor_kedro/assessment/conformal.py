"""Conformal prediction sets: instead of one class, as many as it takes to be right often enough.

Validation says how improbable true classes are; a set holds every class that is not more
improbable than all but 10% (5%) of those. Over images that are exchangeable with those of
validation, such sets hold the true class in at least 90% (95%) of cases, whatever the classifier is
worth: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005; Angelopoulos and
Bates, Foundations and Trends in Machine Learning 16:4, 2023. Slices of one patient are not
exchangeable, patients are: with few patients in validation, coverage swings more than it would with
as many single images.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

from brain_tumor_kedro.assessment.drawn_scores import Array, Draws, score_with_intervals
from brain_tumor_kedro.assessment.intervals import Kind
from brain_tumor_kedro.assessment.outcome import Outcome
from brain_tumor_kedro.assessment.weighted import ALL

#: One threshold for all classes: the smallest sets on average, which may be empty. Sadinle, Lei and
#: Wasserman, Journal of the American Statistical Association 114, 2019.
LAC = "lac"
#: Classes from the most probable down until enough is covered: never empty. Romano, Sesia and
#: Candes, NeurIPS 2020.
APS = "aps"
#: A threshold for each class, so that each is covered by itself. Vovk, ACML 2012.
CLASSWISE = "class_conditional"

#: How far a probability may be off but for rounding, as in MAPIE.
ROUNDING = 1e-8

#: Of the ties that `aps` breaks at random.
SEED = 0

Sets = npt.NDArray[np.bool_]


class Conformal(NamedTuple):
    """Prediction sets and what they were made with.

    Attributes:
        sets: By method and level: which classes each set holds, shape (n, classes).
        quantiles: By method and level: the threshold on one minus the probability (on the sum of
            probabilities with `aps`), or one by class, None where validation has too few of it and
            every set holds it.
    """

    sets: dict[tuple[str, float], Sets]
    quantiles: dict[str, dict[str, Any]]


class _Told(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What MAPIE takes for a classifier: its images are the probabilities themselves."""

    def __init__(self, classes: int = 2) -> None:
        self.classes = classes

    @property
    def classes_(self) -> npt.NDArray[np.intp]:
        return np.arange(self.classes)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Array, y: npt.NDArray[np.intp]) -> "_Told":  # noqa: N803
        return self

    def predict_proba(self, X: Array) -> Array:  # noqa: N803
        return X

    def predict(self, X: Array) -> npt.NDArray[np.intp]:  # noqa: N803
        return np.asarray(X.argmax(axis=1))


def possible_levels(levels: Sequence[float], images: int) -> list[float]:
    """Keep the levels that so many validation images suffice for, as MAPIE asks."""
    return [level for level in levels if images >= max(1 / (1 - level), 1 / level)]


def form_sets(
    val: Outcome, probabilities: Array, classes: Sequence[str], levels: Sequence[float]
) -> Conformal:
    """Form prediction sets with thresholds from validation.

    Args:
        val: The predictions of the validation split.
        probabilities: Of the images that sets are wanted for, shape (n, classes).
        classes: Class labels in the order of the classifier's outputs.
        levels: Shares of sets that are meant to hold the true class, all possible.

    Returns:
        Sets by method: `lac`, `aps` (with more than two classes, as MAPIE asks) and
        `class_conditional`.
    """
    sets: dict[tuple[str, float], Sets] = {}
    quantiles: dict[str, dict[str, Any]] = {}
    for method in (LAC, APS) if len(classes) > 2 else (LAC,):
        found, thresholds = _ask_mapie(method, val, probabilities, levels)
        quantiles[method] = dict(zip(map(str, levels), thresholds, strict=True))
        sets |= {(method, level): found[:, :, at] for at, level in enumerate(levels)}
    quantiles[CLASSWISE] = {}
    for level in levels:
        limits = _by_class(val, classes, level)
        quantiles[CLASSWISE][str(level)] = limits
        sets[CLASSWISE, level] = sets_from_quantiles(probabilities, list(limits.values()))
    return Conformal(sets, quantiles)


def sets_from_quantiles(probabilities: Array, quantiles: Sequence[float | None] | float) -> Sets:
    """Form sets of new images with thresholds that are known: `lac` and `class_conditional`.

    Args:
        probabilities: Shape (n, classes).
        quantiles: The threshold on one minus the probability, for all classes or by class; None
            holds the class in every set.

    Returns:
        Which classes each set holds, shape (n, classes).
    """
    limits = [quantiles] if isinstance(quantiles, float | int) else quantiles
    limit = np.array([1.0 if quantile is None else quantile for quantile in limits])
    return np.asarray(1 - probabilities <= limit + ROUNDING)


def find_cumulative(val: Outcome, levels: Sequence[float]) -> dict[str, float]:
    """Find the thresholds of `cumulative_sets`: those that MAPIE finds with `aps`.

    An image's score is the sum of the probabilities from the greatest down to that of the true
    class, less a random share of this last one (Romano, Sesia and Candes, 2020). Without that
    share a classifier that is right and sure would set thresholds near one, and sets would hold
    classes that are hardly possible. MAPIE refuses two classes; the formula does not.

    Args:
        val: The predictions of the validation split.
        levels: Shares of sets that are meant to hold the true class, all possible.

    Returns:
        By level, the sum of probabilities that a set reaches.
    """
    rows = np.arange(len(val.truth))
    order, sums = _cumulate(val.probabilities)
    places = (order == val.truth[:, None]).argmax(axis=1)
    shares = np.random.RandomState(SEED).uniform(size=len(rows))
    scores = np.sort(sums[rows, places] - shares * val.probabilities[rows, val.truth])
    return {str(level): float(scores[_rank(len(scores), level) - 1]) for level in levels}


def cumulative_sets(probabilities: Array, threshold: float) -> Sets:
    """Form sets of new images: classes from the most probable down until enough is covered.

    The class that reaches the threshold is held, and what is as probable as it; so no set is
    empty, and somewhat more sets than the level says hold the true class.

    Args:
        probabilities: Shape (n, classes).
        threshold: The sum of probabilities to reach, see `find_cumulative`.

    Returns:
        Which classes each set holds, shape (n, classes).
    """
    order, sums = _cumulate(probabilities)
    last = np.minimum((sums < threshold - ROUNDING).sum(axis=1), sums.shape[1] - 1)
    least = np.take_along_axis(probabilities, order, axis=1)[np.arange(len(last)), last]
    held = (probabilities >= least[:, None] - ROUNDING) & (probabilities > ROUNDING)
    return np.asarray(held)


def score_sets(
    conformal: Conformal, truth: npt.NDArray[np.intp], classes: Sequence[str], draws: Draws
) -> pd.DataFrame:
    """Score prediction sets, over all images and by true class.

    Args:
        conformal: Sets of n images.
        truth: Index of their true class, shape (n,).
        classes: Class labels in the order of the columns.
        draws: How to draw those images.

    Returns:
        `method`, `level`, `label` (`all`, or the true class), `n`, and `coverage` (share of sets
        that hold the true class), mean `size`, share of `single` and of `empty` sets, the first
        two with `_low` and `_high`, the ends of their 95% intervals over groups. Classes without
        images are left out.
    """
    present = np.unique(truth)
    inside = {ALL: np.ones(len(truth), dtype=bool)}
    inside |= {classes[k]: truth == k for k in present}
    rows = []
    for (method, level), sets in conformal.sets.items():
        for label, row in _score(sets, truth, inside, draws).items():
            rows.append({"method": method, "level": level, "label": label, **row})
    ends = [f"{name}_{end}" for name in ("coverage", "size") for end in ("low", "high")]
    return pd.DataFrame(rows).astype(dict.fromkeys(ends, float))


def _score(
    sets: Sets,
    truth: npt.NDArray[np.intp],
    inside: Mapping[str, npt.NDArray[np.bool_]],
    draws: Draws,
) -> dict[str, dict[str, Any]]:
    held, size = sets[np.arange(len(truth)), truth], sets.sum(axis=1)
    parts = {"coverage": held, "size": size, "single": size == 1, "empty": size == 0}
    values = np.stack(list(parts.values()), axis=1).astype(float)

    def score(weights: Array) -> dict[tuple[str, str], Array]:
        scores: dict[tuple[str, str], Array] = {}
        for label, chosen in inside.items():
            with np.errstate(invalid="ignore"):
                means = values[chosen].T @ weights[chosen] / weights[chosen].sum(axis=0)
            scores |= {(label, name): row for name, row in zip(parts, means, strict=True)}
        return scores

    keys = [(label, name) for label in inside for name in parts]
    kinds: dict[tuple[str, str], Kind] = {key: "share" for key in keys if key[1] != "size"}
    spreads = score_with_intervals(score, draws, kinds, {key: inside[key[0]] for key in keys})
    return {
        label: {"n": int(chosen.sum()), **_row(label, spreads)} for label, chosen in inside.items()
    }


def _row(label: str, spreads: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in ("coverage", "size"):
        spread = spreads[label, name]
        row |= {name: spread["value"], f"{name}_low": spread["low"], f"{name}_high": spread["high"]}
    return row | {name: spreads[label, name]["value"] for name in ("single", "empty")}


def _ask_mapie(
    method: str, val: Outcome, probabilities: Array, levels: Sequence[float]
) -> tuple[Sets, list[float]]:
    told = _Told(val.probabilities.shape[1])
    mapie = SplitConformalClassifier(told, list(levels), method, random_state=SEED)
    with warnings.catch_warnings():
        # A class without validation images is told by the table by class.
        warnings.filterwarnings("ignore", message="WARNING: your conformalization dataset has less")
        mapie.conformalize(val.probabilities, val.truth)
    _, sets = mapie.predict_set(probabilities)
    return sets, mapie._conformity_score.quantiles_.ravel().tolist()


def _rank(images: int, level: float) -> int:
    """The place, from 1, of the quantile of split conformal prediction among sorted scores."""
    return int(np.ceil(np.round((images + 1) * level, 9)))


def _cumulate(probabilities: Array) -> tuple[npt.NDArray[np.intp], Array]:
    """The classes of each image from the most probable down, and the sums up to each of them."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    return order, np.cumsum(np.take_along_axis(probabilities, order, axis=1), axis=1)


def _by_class(val: Outcome, classes: Sequence[str], level: float) -> dict[str, float | None]:
    """Take the quantile of split conformal prediction among the images of each class."""
    scores = 1 - val.probabilities[np.arange(len(val.truth)), val.truth]
    found: dict[str, float | None] = {}
    for index, label in enumerate(classes):
        own = np.sort(scores[val.truth == index])
        place = _rank(len(own), level)
        found[label] = float(own[place - 1]) if place <= len(own) else None
    return found
