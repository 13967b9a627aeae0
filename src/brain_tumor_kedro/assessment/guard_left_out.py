"""How many good slices a guard flags that are of groups, or of a source, it was not fitted on.

Only training and validation images are looked at. The guard is fitted anew each time, as the
registered one was: on some images, with a threshold set on others of no common group.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import GroupKFold

from brain_tumor_kedro.assessment.drawn_scores import Draws, score_with_intervals
from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.guard import Guard, fit_guard
from brain_tumor_kedro.assessment.guard_settings import GuardSettings

Mask = npt.NDArray[np.bool_]

#: Parts of the images, no group cut: one is judged, one sets the threshold, the others are fitted.
FOLDS = 10


def judge_left_out(
    guard: Guard | None, styles: pd.DataFrame, rows: pd.DataFrame, settings: GuardSettings
) -> dict[str, Any]:
    """Fit guards anew with groups, or a source, left out, and judge them on what was left out.

    Args:
        guard: The one that is used, which the styles must be of.
        styles: Of training and validation images, see `feature_table`.
        rows: Of these or more images `image_id`, `label`, `split`, `source` and `group_id`.
        settings: Of the guard and of the intervals.

    Returns:
        `groups`: `n`, `groups`, `flagged` as `value`, `low` and `high`, and `folds`, the share
        flagged in each; None where the images are too few. `sources`: a list of the same, less
        `folds`, with `shown`, the source that is judged, and `alone`, the one that alone was
        fitted, each None where it is all others; none where there is one source.

    Raises:
        ValueError: Styles are missing, not finite, or of another guard.
    """
    _require_fitted_on(guard, styles)
    known = rows[rows["split"].isin(("train", "val"))].reset_index(drop=True)
    values = take_features(styles, known["image_id"]).astype(np.float64)
    return {
        "groups": _leave_out_groups(values, known, settings),
        "sources": list(_leave_out_sources(values, known, settings)),
    }


def _require_fitted_on(guard: Guard | None, styles: pd.DataFrame) -> None:
    if guard is not None and set(guard.image_ids) <= set(styles["image_id"]):
        values = take_features(styles, guard.image_ids)
        places = np.unique(guard.labels, return_inverse=True)[1]
        found = [values[places == at].mean(axis=0) for at in range(len(guard.centers))]
        means = np.stack(found)
        if means.shape == guard.centers.shape and np.allclose(means, guard.centers, atol=1e-4):
            return
    raise ValueError(
        "The stored styles are not those which the bundle's guard was fitted on. Register anew: "
        "kedro run --pipelines registration"
    )


def _leave_out_groups(
    values: np.ndarray, known: pd.DataFrame, settings: GuardSettings
) -> dict[str, Any] | None:
    """Judge every image once; a fold whose threshold would rest on too few images is left out."""
    groups = known["group_id"].to_numpy()
    count = min(FOLDS, known["group_id"].nunique(), len(known) // settings.least_images)
    if count < 3:
        return None
    folds = [judged for _, judged in GroupKFold(count).split(values, groups=groups)]
    flagged = np.full(len(known), np.nan)
    for number, judged in enumerate(folds):
        fitted = np.ones(len(known), bool)
        limit = folds[(number + 1) % count]
        fitted[judged] = fitted[limit] = False
        found = _flag(values, known, fitted, limit, judged, settings)
        if found is not None:
            flagged[judged] = found
    shares = [float(flagged[judged].mean()) for judged in folds if np.isfinite(flagged[judged[0]])]
    judged = np.isfinite(flagged)
    if not judged.any():
        return None
    return {**_tell(flagged[judged], known[judged], settings), "folds": shares}


def _leave_out_sources(
    values: np.ndarray, known: pd.DataFrame, settings: GuardSettings
) -> Iterator[dict[str, Any]]:
    sources = sorted(known["source"].dropna().unique())
    if len(sources) < 2:
        return
    for source in sources:
        inside = np.asarray(known["source"] == source, bool)
        about = {"shown": str(source), "alone": None}
        yield from _judge_part(values, known, ~inside, about, settings)
    for source in sources if len(sources) > 2 else []:  # of two, it has been said
        inside = np.asarray(known["source"] == source, bool)
        about = {"shown": None, "alone": str(source)}
        yield from _judge_part(values, known, inside, about, settings)


def _judge_part(
    values: np.ndarray,
    known: pd.DataFrame,
    part: Mask,
    about: dict[str, Any],
    settings: GuardSettings,
) -> Iterator[dict[str, Any]]:
    """Judge all but a part with a guard of that part, less what is related to the part."""
    related = np.asarray(known["group_id"].isin(known.loc[part, "group_id"]), bool)
    judged = np.flatnonzero(~part & ~related)
    fitted, limit = (part & np.asarray(known["split"] == name, bool) for name in ("train", "val"))
    if len(judged) and fitted.sum() > 1:
        found = _flag(values, known, fitted, np.flatnonzero(limit), judged, settings)
        if found is not None:
            yield {**about, **_tell(found, known.iloc[judged], settings)}


def _flag(
    values: np.ndarray,
    known: pd.DataFrame,
    fitted: Mask,
    limit: npt.NDArray[np.intp],
    judged: npt.NDArray[np.intp],
    settings: GuardSettings,
) -> npt.NDArray[np.float64] | None:
    guard = fit_guard(
        values[fitted],
        known.loc[fitted, "label"].tolist(),
        values[limit],
        settings,
        features=np.zeros((int(fitted.sum()), 1)),
        image_ids=known.loc[fitted, "image_id"].tolist(),
    )
    found = guard.flag(values[judged])
    return None if found is None else found.astype(np.float64)


def _tell(
    flagged: npt.NDArray[np.float64], rows: pd.DataFrame, settings: GuardSettings
) -> dict[str, Any]:
    groups = pd.factorize(rows["group_id"])[0].astype(np.intp)
    spread = score_with_intervals(
        lambda weights: {"flagged": flagged @ weights / weights.sum(axis=0)},
        Draws(groups, settings.draws, settings.seed),
        {"flagged": "share"},
    )
    return {"n": len(rows), "groups": int(groups.max()) + 1, "flagged": spread["flagged"]}
