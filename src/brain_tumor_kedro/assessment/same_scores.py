"""Whether the files that scores are in tell of the same predictions, and all of it.

A run can be killed between two of them, or in the middle of one: a table in text that is cut short
reads like a whole one.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.weighted import ALL

#: How far a score may be off but for rounding: it was computed, written and read in two ways.
ROUNDING = 1e-9

Key = tuple[str, str, str, str]


def require_same_scores(
    metrics: Mapping[str, Mapping[str, Any]], table: pd.DataFrame, scores: Mapping[str, Any]
) -> None:
    """Stop where scores, their table and their summary differ.

    Args:
        metrics: By split, as `metrics.score_splits` makes them.
        table: What `scores.score_with_intervals` returned.
        scores: What `scores.summarize_scores` returned.

    Raises:
        ValueError: Says what differs, and what to do.
    """
    known = dict(_of_summary(scores))
    plain = {key: values[0] for key, values in known.items()}
    _require_equal("metrics", plain, dict(_of_metrics(metrics, plain)))
    tabled = dict(_of_table(table))
    for end, name in enumerate(("value", "low", "high")):
        expected = {key: values[end] for key, values in known.items()}
        _require_equal(f"scores_table ({name})", expected, {k: v[end] for k, v in tabled.items()})
    rows = table.groupby(["predictor", "split"]).size().groupby("predictor").nunique()
    if (rows > 1).any():
        raise ValueError(_differ("scores_table", "as many rows for every split", "fewer for one"))


def _of_summary(scores: Mapping[str, Any]) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    for split in scores["splits"]:
        for score in split["scores"]:
            for predictor, interval in score.items():
                if isinstance(interval, Mapping):
                    yield (split["split"], predictor, ALL, score["metric"]), _ends(interval)


def _of_table(table: pd.DataFrame) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    for row in table[table["label"] == ALL].to_dict("records"):
        yield (row["split"], row["predictor"], ALL, row["metric"]), _ends(row)


def _of_metrics(
    metrics: Mapping[str, Mapping[str, Any]], wanted: Mapping[Key, Any]
) -> Iterator[tuple[Key, Any]]:
    """The classifier's scores; those of other predictors are not in the metrics."""
    for key, value in wanted.items():
        split, predictor, _, metric = key
        own = predictor == "classifier"
        yield key, metrics.get(split, {}).get(metric, "nothing") if own else value


def _ends(interval: Mapping[Any, Any]) -> tuple[Any, ...]:
    return interval["value"], interval["low"], interval["high"]


def _require_equal(name: str, expected: Mapping[Key, Any], found: Mapping[Key, Any]) -> None:
    for key in (*expected, *found):
        one, other = expected.get(key, "nothing"), found.get(key, "nothing")
        if not _equal(one, other):
            raise ValueError(_differ(name, f"{one} as {' '.join(key)}", str(other)))


def _equal(one: Any, other: Any) -> bool:
    numbers = [math.nan if value is None else value for value in (one, other)]
    if not all(isinstance(value, int | float) for value in numbers):
        return bool(one == other)
    if any(map(math.isnan, numbers)):
        return all(map(math.isnan, numbers))
    return math.isclose(*numbers, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _differ(name: str, expected: str, found: str) -> str:
    return (
        f"The file {name} is not of the scores that were summed up last: expected {expected}, "
        f"found {found}. An evaluation was interrupted. Evaluate again: kedro run --pipelines "
        "evaluation"
    )
