"""What the scores of all maps say together, with intervals, and whether maps forget."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.explainability import SCORES, compare_ranks
from brain_tumor_kedro.assessment.intervals import Array, Interval, Kind, make_interval
from brain_tumor_kedro.assessment.resampling import (
    Codes,
    code_groups,
    draw_weights,
    effective_groups,
)

#: The methods that look into the classifier, and what they are called.
METHODS = {"gradcam": "Grad-CAM", "occlusion": "Occlusion"}

#: The guesses that they are compared with.
REFERENCES = {"center": "Middle of the head", "random": "Random map"}

#: What the others are measured against.
CENTER = "center"

#: All of them, in the order of the table.
ORDER = (*METHODS, *REFERENCES)
AT = ORDER.index(CENTER)

#: A map whose rank correlation with that of an entirely random network is above this does not
#: explain the classifier.
LARGEST_CORRELATION = 0.5


def summarize_scores(
    scores: pd.DataFrame, classes: Sequence[str], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Average the scores of maps, for all images, every class, and right and wrong predictions.

    Intervals are of 95%, from a bootstrap over groups: images of one group are drawn together, see
    `intervals`.

    Args:
        scores: As of `score_maps`, with `image_id`, `label`, `right` and `group_id`.
        classes: Class labels in the order of the classifier's outputs.
        draws: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        A row for each part and method: `kind` (`all`, `class`, `outcome`), `part`, `method`, `n`,
        `groups`, of each score the mean and its interval (`hit`, `hit_low`, `hit_high`, …), and
        of each score what it is above that of the center prior (`hit_gain`, `hit_gain_low`,
        `hit_gain_high`, …). An interval is None where all images are of one group.
    """
    if scores.empty:
        return []
    rows = []
    for kind, part, chosen in _parts(scores, classes):
        rows += _summarize_part(scores[chosen], {"kind": kind, "part": part}, draws, seed)
    return rows


def _parts(
    scores: pd.DataFrame, classes: Sequence[str]
) -> Iterator[tuple[str, str, "pd.Series[bool]"]]:
    yield "all", "all", scores["label"].notna()
    for label in classes:
        if (chosen := scores["label"] == label).any():
            yield "class", label, chosen
    for part, chosen in (("right", scores["right"]), ("wrong", ~scores["right"])):
        if chosen.any():
            yield "outcome", part, chosen


def _summarize_part(
    scores: pd.DataFrame, about: Mapping[str, str], draws: int, seed: int
) -> list[dict[str, Any]]:
    wide = scores.pivot_table(index="image_id", columns="method", values=list(SCORES))
    codes = code_groups(wide.index.to_series(), scores.drop_duplicates("image_id"))
    effective = effective_groups(codes, np.ones(len(codes), bool))
    counts = {"n": len(wide), "groups": int(codes.max()) + 1}
    rows: dict[str, dict[str, Any]] = {name: {**about, **counts, "method": name} for name in ORDER}
    for score in SCORES:
        values = wide[score][list(ORDER)].to_numpy()
        drawn, means = _draw_means(values, codes, draws, seed), values.mean(axis=0)
        for place, row in enumerate(rows.values()):
            kind: Kind = "share" if score == "hit" else "score"
            row |= _name(score, make_interval(means[place], drawn[:, place], effective, kind))
            gain, gains = means[place] - means[AT], drawn[:, place] - drawn[:, AT]
            row |= _name(f"{score}_gain", make_interval(gain, gains, effective, "difference"))
    return list(rows.values())


def _draw_means(values: Array, codes: Codes, draws: int, seed: int) -> Array:
    """Means of the columns `(n, k)` in each draw of groups, `(draws, k)`."""
    parts = [
        weights.T @ values / weights.sum(axis=0)[:, None]
        for weights in draw_weights(codes, draws, seed)
    ]
    return np.concatenate(parts)


def _name(score: str, found: Interval) -> dict[str, float | None]:
    return {score: found.value, f"{score}_low": found.low, f"{score}_high": found.high}


def summarize_forgetting(
    maps: Mapping[str, np.ndarray], forgotten: Mapping[str, Mapping[float, np.ndarray]]
) -> list[dict[str, Any]]:
    """Say how much of the maps is left while the classifier's weights are made random.

    Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018.

    Args:
        maps: Of the trained classifier, by method, `(n, rows, columns)`.
        forgotten: By method and share of the backbone's layers that are random, maps of the first
            images, `(m, rows, columns)`.

    Returns:
        `method`, `share`, `n`, `correlation` (mean rank correlation) and `passed`: at the last
        share whether it is at most `LARGEST_CORRELATION`, None before.
    """
    rows = []
    for method, steps in forgotten.items():
        for share, after in steps.items():
            found = float(compare_ranks(maps[method][: len(after)], after).mean())
            passed = found <= LARGEST_CORRELATION if share == max(steps) else None
            about = {"method": method, "share": share, "n": len(after)}
            rows.append({**about, "correlation": found, "passed": passed})
    return rows
