"""What the scores of all maps say together, with intervals, and whether maps forget."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.explainability import SCORES, compare_ranks

#: The methods that look into the classifier, and what they are called.
METHODS = {"gradcam": "Grad-CAM", "occlusion": "Occlusion"}

#: The guesses that they are compared with.
REFERENCES = {"center": "Middle of the head", "random": "Random map"}

#: What the others are measured against.
CENTER = "center"

#: A map whose rank correlation with that of an entirely random network is above this does not
#: explain the classifier.
LARGEST_CORRELATION = 0.5


def summarize_scores(
    scores: pd.DataFrame, classes: Sequence[str], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Average the scores of maps, for all images, every class, and right and wrong predictions.

    Intervals are of 95%, from a bootstrap over groups: images of one group are drawn together.
    Field and Welsh, Bootstrapping clustered data, JRSS B 2007.

    Args:
        scores: As of `score_maps`, with `image_id`, `label`, `right` and `group_id`.
        classes: Class labels in the order of the classifier's outputs.
        draws: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        A row for each part and method: `kind` (`all`, `class`, `outcome`), `part`, `method`, `n`,
        `groups`, of each score the mean and its interval (`hit`, `hit_low`, `hit_high`, …), and
        of each score what it is above that of the center prior (`hit_gain`, `hit_gain_low`,
        `hit_gain_high`, …). An interval is None where there is one group alone.
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
    groups = scores.drop_duplicates("image_id").set_index("image_id")["group_id"]
    codes, names = pd.factorize(groups.reindex(wide.index).fillna(wide.index.to_series()))
    means = {name: _draw_means(wide[name].to_numpy(), codes, draws, seed) for name in SCORES}
    methods = wide["hit"].columns
    rows = []
    for method in (*METHODS, *REFERENCES):
        place, center = methods.get_loc(method), methods.get_loc(CENTER)
        row: dict[str, Any] = {**about, "method": method, "n": len(wide), "groups": len(names)}
        for name in SCORES:
            values, drawn = wide[name].to_numpy().mean(axis=0), means[name]
            row |= _interval(name, values[place], drawn[:, place])
            gain = drawn[:, place] - drawn[:, center]
            row |= _interval(f"{name}_gain", values[place] - values[center], gain)
        rows.append(row)
    return rows


def _draw_means(values: np.ndarray, codes: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Means of the columns `(n, k)` in each draw of groups, `(draws, k)`; none for one group."""
    count = codes.max() + 1
    if count < 2:
        return np.zeros((0, values.shape[1]))
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, codes, values)
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    means: np.ndarray = (times @ sums) / (times @ np.bincount(codes))[:, None]
    return means


def _interval(name: str, value: float, drawn: np.ndarray) -> dict[str, float | None]:
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist() if len(drawn) else (None, None)
    return {name: float(value), f"{name}_low": low, f"{name}_high": high}


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
