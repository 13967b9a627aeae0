"""How good a guard is: what it lets pass, what it flags, kind by kind."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.drawn_scores import Draws, Spread, score_with_intervals
from brain_tumor_kedro.assessment.guard_findings import find_gaps, name_kind
from brain_tumor_kedro.assessment.guard_settings import GuardSettings

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Slices as they are; what is no brain MRI; the same made to look like a slice; slices that were
#: changed into other pictures, or without harm; phantoms of heads; images of the user's own.
GOOD, FOREIGN, DECEIVING = "good", "foreign", "deceiving"
CHANGED, HARMLESS, NEAR, GIVEN = "changed", "harmless", "near", "given"

#: Columns of the table of scores. Of good slices `kind` is their split; `quality` is what curation
#: would say; `flagged` is not known where validation was too small for a threshold.
COLUMNS = (
    "family", "kind", "image", "group", "source", "label", "predicted", "probability", "quality",
    "score", "flagged",
)  # fmt: skip

#: What all kinds of a family together are called.
ALL = "all"


def judge_scores(
    scores: pd.DataFrame, guard: Mapping[str, Any], settings: GuardSettings
) -> dict[str, Any]:
    """Judge what a guard said.

    Args:
        scores: With the columns `COLUMNS`.
        guard: `threshold` and `level`, which may be None, `val_images`, `phantom`, and
            `left_out`, see `guard_left_out.judge_left_out`.
        settings: Of the intervals.

    Returns:
        `good`, by split, `kinds`, and `families`: each with `n`, `flagged` and, of those that are
        not good, `auroc` against the good slices of `against`, as `value`, `low` and `high`, and
        `seen`, the share that the guard or the check of quality holds back; `foreign_auroc`, of
        all foreign images against the good slices of each split; `sources`, what is flagged of
        good slices by source; `mistakes`, what flags say of wrong answers; `findings`.
    """
    known = scores[scores["score"].notna()].reset_index(drop=True)
    judged = guard["threshold"] is not None
    against = _choose_negatives(known)
    masks = _list_parts(known)
    spreads = _measure(known, masks, against, settings, judged)
    rows = {
        key: _row(key, known[mask], spreads, judged) for key, mask in masks.items() if mask.any()
    }
    numbers: dict[str, Any] = {
        **guard,
        "settings": settings.model_dump(),
        "against": against,
        "n": len(scores),
        "unread": int(len(scores) - len(known)),
        "good": _under(rows, GOOD),
        "sources": _under(rows, "source"),
        "kinds": _under(rows, "kind"),
        "families": _under(rows, "family"),
        "foreign_auroc": _rank_foreign(known, masks),
        "mistakes": _judge_mistakes(known, against, judged),
    }
    return {**numbers, "findings": find_gaps(numbers)}


def _choose_negatives(known: pd.DataFrame) -> str:
    """The split that stands for good slices: val set the threshold, so rather another."""
    splits = set(known.loc[known["family"] == GOOD, "kind"])
    return next((split for split in ("test", "external", "val") if split in splits), "")


def _list_parts(known: pd.DataFrame) -> dict[tuple[str, str], Mask]:
    good = (known["family"] == GOOD).to_numpy()
    masks = {(GOOD, kind): _equal(known, "kind", kind) & good for kind in _names(known[good])}
    fair = good & ~_equal(known, "kind", "val")
    fair = fair if fair.any() else good
    for source in dict.fromkeys(known.loc[fair, "source"].dropna()):
        masks["source", str(source)] = _equal(known, "source", source) & fair
    for kind in _names(known[~good]):
        masks["kind", kind] = _equal(known, "kind", kind) & ~good
    for family in (FOREIGN, DECEIVING, CHANGED, HARMLESS, NEAR, GIVEN):
        masks["family", family] = _equal(known, "family", family)
    return masks


def _names(rows: pd.DataFrame) -> list[str]:
    return [str(kind) for kind in dict.fromkeys(rows["kind"])]


def _rank_foreign(known: pd.DataFrame, masks: Mapping[tuple[str, str], Mask]) -> dict[str, float]:
    """How well all foreign images are told from the good slices of a split, by split."""
    score = known["score"].to_numpy(dtype=float)
    foreign = score[masks["family", FOREIGN]]
    splits = {name: score[mask] for (family, name), mask in masks.items() if family == GOOD}
    ones = np.ones((len(foreign), 1))
    return {
        name: float(weigh_auroc(foreign, ones, good, np.ones((len(good), 1)))[0])
        for name, good in splits.items()
        if len(foreign) and len(good)
    }


def _equal(known: pd.DataFrame, column: str, value: object) -> Mask:
    return np.asarray(known[column] == value, dtype=bool)


def _measure(
    known: pd.DataFrame,
    masks: Mapping[tuple[str, str], Mask],
    against: str,
    settings: GuardSettings,
    judged: bool,
) -> dict[tuple[str, str, str], Spread]:
    score = known["score"].to_numpy(dtype=float)
    flagged = known["flagged"].fillna(False).to_numpy(dtype=float)
    negative = masks.get((GOOD, against), np.zeros(len(known), bool))
    present = {key: mask for key, mask in masks.items() if mask.any()}
    ranked = [key for key in present if key[0] in ("kind", "family") and negative.any()]

    def weigh(weights: Array) -> dict[tuple[str, str, str], Array]:
        found: dict[tuple[str, str, str], Array] = {}
        for key, mask in present.items():
            if judged:
                found[*key, "flagged"] = _share(flagged[mask], weights[mask])
        for key in ranked:
            mask = present[key]
            found[*key, "auroc"] = weigh_auroc(
                score[mask], weights[mask], score[negative], weights[negative]
            )
        return found

    groups = pd.factorize(known["group"].astype(str))[0].astype(np.intp)
    inside = {(*key, name): mask for key, mask in present.items() for name in ("flagged", "auroc")}
    kinds: dict[Any, Any] = {key: "share" for key in inside if key[2] == "flagged"}
    if not (judged or ranked):
        return {}
    draws = Draws(groups, settings.draws, settings.seed)
    return score_with_intervals(weigh, draws, kinds, inside)


def _share(values: Array, weights: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(values @ weights / weights.sum(axis=0))


def weigh_auroc(positive: Array, weights: Array, negative: Array, others: Array) -> Array:
    """Compute the area under the ROC curve for many weightings at once.

    Args:
        positive: Scores of one side, `(n,)`.
        weights: Their weights, `(n, draws)`.
        negative: Scores of the other, `(m,)`.
        others: Their weights, `(m, draws)`.

    Returns:
        How often a score of the first is the higher one, ties counted half, `(draws,)`; NaN
        where a side has no weight.
    """
    order = np.argsort(negative, kind="stable")
    below = np.vstack([np.zeros((1, others.shape[1])), np.cumsum(others[order], axis=0)])
    low, high = (np.searchsorted(negative[order], positive, side) for side in ("left", "right"))
    won = (weights * (below[low] + below[high]) / 2).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(won / (weights.sum(axis=0) * below[-1]))


def _row(
    key: tuple[str, str],
    rows: pd.DataFrame,
    spreads: Mapping[tuple[str, str, str], Spread],
    judged: bool,
) -> dict[str, Any]:
    named = {name: spreads.get((*key, name)) for name in ("flagged", "auroc")}
    held = rows["quality"] != "good"
    if judged:
        held |= rows["flagged"].fillna(False).astype(bool)
    family = str(rows["family"].iloc[0])
    about = {
        "name": name_kind(key[1]),
        "family": family,
        "n": len(rows),
        "groups": int(rows["group"].nunique()),
    }
    score = rows["score"].quantile([0.05, 0.5, 0.95]).tolist()
    return {**about, **named, "seen": float(held.mean()), "scores": score}


def _under(rows: Mapping[tuple[str, str], dict[str, Any]], first: str) -> dict[str, Any]:
    return {name: row for (kind, name), row in rows.items() if kind == first}


def _judge_mistakes(known: pd.DataFrame, against: str, judged: bool) -> dict[str, Any]:
    """What flags and scores say of wrong answers on good slices."""
    rows = known[(known["family"] == GOOD) & (known["kind"] == against)]
    wrong = np.asarray(rows["label"] != rows["predicted"], dtype=bool)
    numbers: dict[str, Any] = {"n": len(rows), "wrong": int(wrong.sum()), "auroc": None}
    if judged:
        flagged = rows["flagged"].fillna(False).to_numpy(dtype=bool)
        numbers |= {"flagged": int(flagged.sum()), "wrong_flagged": int((flagged & wrong).sum())}
    if 0 < wrong.sum() < len(rows):
        score = rows["score"].to_numpy(dtype=float)
        ones = np.ones((len(rows), 1))
        found = weigh_auroc(score[wrong], ones[wrong], score[~wrong], ones[~wrong])
        numbers["auroc"] = float(found[0])
    return numbers
