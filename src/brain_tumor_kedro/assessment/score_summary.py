"""From the table of scores to what JSON holds and a template shows."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.score_names import SCORES
from brain_tumor_kedro.assessment.weighted import ALL


def summarize_split(
    table: pd.DataFrame, split: str, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Gather the scores of all classes together, score by score.

    Args:
        table: What `tabulate_scores` returned, and `split`.
        split: The split to gather.
        names: What to call a predictor of the table; its own name without.

    Returns:
        `split`, `n`, `groups`, `effective_groups` and `scores` [{metric, title, lower,
        <predictor>: interval}].
    """
    found = plain_rows(table[(table["split"] == split) & (table["label"] == ALL)])
    first = next(row for row in found if row["metric"] == "accuracy")
    scores = []
    for metric, score in SCORES.items():
        rows = [row for row in found if row["metric"] == metric]
        intervals = {row["predictor"]: interval_of(row) for row in rows}
        named = {(names or {}).get(name, name): value for name, value in intervals.items()}
        scores.append({"metric": metric, "title": score.title, "lower": score.lower, **named})
    size = {"n": first["n"], "groups": first["groups"]}
    effective = round(first["effective_groups"], 1)
    return {"split": split, **size, "effective_groups": effective, "scores": scores}


def interval_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Take `value`, `low`, `high` and `draws`."""
    return {name: row[name] for name in ("value", "low", "high", "draws")}


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn rows into what JSON holds: what is not there is None."""
    blank = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in blank.to_dict("records")]
