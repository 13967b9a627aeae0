"""Results: the tables of a study, put together from what its cells have left."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.studies.cell_files import CellFiles
from brain_tumor_kedro.studies.cells import Cell
from brain_tumor_kedro.studies.points import label
from brain_tumor_kedro.studies.scores import SCORES
from brain_tumor_kedro.studies.search_space import StudySettings

#: What every cell says of itself, after the keys of the space.
CELL_COLUMNS = (
    "recipe", "backbone", "family", "parameters", "image_size", "fold", "repeat", "seed", "epochs",
    "seconds", "feature_seconds", "data", "manifest_digest", "fingerprint", "phantom", "mlflow_run",
)  # fmt: skip

#: Means that differ by less are the same but for rounding.
ROUNDING = 1e-9

#: Gives the rows of scores of a finished cell.
Score = Callable[[Cell], list[dict[str, Any]]]


def describe(cell: Cell) -> dict[str, Any]:
    """Say which cell it is.

    Args:
        cell: Of a study.

    Returns:
        As JSON holds it.
    """
    return {
        "cell": cell.id,
        **{f"space.{key}": label(value) for key, value in cell.point.items()},
        "recipe": cell.recipe_name,
        # Empty: the manifest's own images and split.
        "data": label(cell.data) if any(cell.data.values()) else "",
        "fold": cell.fold,
        "repeat": cell.repeat,
        "seed": cell.seed,
    }


def tabulate_cells(cells: Sequence[Cell], files: CellFiles, manifest_digest: str) -> pd.DataFrame:
    """Tabulate the cells of a study.

    Args:
        cells: Of the study, in its order.
        files: Where their results lie.
        manifest_digest: Of the data set, for those that failed.

    Returns:
        One row per cell: `cell`, `state` (`finished`, `failed`, or `open` where it was not run),
        `error`, `space.<key>` for every key, and `CELL_COLUMNS`.
    """
    rows = []
    for cell in cells:
        state = files.state(cell.id)
        found = files.summary(cell.id) if state != "open" else {}
        known = {"manifest_digest": manifest_digest, **found}
        # The same cell may have been found by a point of another name.
        rows.append({**known, **describe(cell), "state": state, "error": found.get("error", "")})
    keys = [f"space.{key}" for key in (cells[0].point if cells else ())]
    columns = ["cell", "state", "error", *keys, *CELL_COLUMNS]
    return pd.DataFrame(rows, columns=columns).astype({"fold": "Int64"})


def tabulate_scores(
    cells: Sequence[Cell], files: CellFiles, strategies: Sequence[str], score: Score
) -> pd.DataFrame:
    """Tabulate the scores of the finished cells of a study.

    Args:
        cells: Of the study, in its order.
        files: Where their results lie.
        strategies: Those that are asked for, besides `slice`.
        score: Gives the scores of a cell.

    Returns:
        One row per cell, strategy and split: `cell`, `strategy`, `split` and `SCORES`; NaN where
        a split leaves a score undefined.
    """
    wanted = ("slice", *strategies)
    rows = []
    for cell in cells:
        if files.state(cell.id) == "finished":
            found = [row for row in score(cell) if row["strategy"] in wanted]
            rows += [{"cell": cell.id, **row} for row in found]
    table = pd.DataFrame(rows, columns=["cell", "strategy", "split", *SCORES])
    counts = {"n": "int64", "positive": "int64"}
    return table.astype({**dict.fromkeys(SCORES, "float64"), **counts})


def find_score(summary: Mapping[str, Any], strategy: str, metric: str) -> float | None:
    """Find a validation score of a finished cell.

    Args:
        summary: What it has left.
        strategy: `slice`, or a way from slices to patients.
        metric: The score.

    Returns:
        The score; None where it is undefined.
    """
    wanted = (strategy, "val")
    rows = [row for row in summary["scores"] if (row["strategy"], row["split"]) == wanted]
    return rows[0][metric] if rows else None


def find_best(settings: StudySettings, cells: pd.DataFrame, scores: pd.DataFrame) -> dict[str, Any]:
    """Find the point that is best on validation; test takes no part in the choice.

    Points whose images are split in another way than those of the first one are left out: their
    validation images are others, and where a split leaks they are easier ones.

    Args:
        settings: Of the study.
        cells: As `tabulate_cells` makes them.
        scores: As `tabulate_scores` makes them.

    Returns:
        `strategy` and `metric` that it was chosen by, `point`, its `cells`, `val` and `test`
        (`mean` and `sd` over its seeds and folds, `n`: how many of them), `compared` and
        `left_out`: how many points it was chosen from, and how many were split in another way,
        `tied`: how many of them have the same best validation mean (it is the first of these), and
        `spread` of their validation means. Without a finished cell `point` is None.
    """
    strategy, metric = settings.chosen_by
    chosen = {"strategy": strategy, "metric": metric}
    keys = [f"space.{key}" for key in settings.space]
    split = cells["data"].fillna("")
    same_data = cells[split == split.iloc[0]] if len(cells) else cells
    rows = scores[scores["strategy"] == strategy].merge(same_data, on="cell")
    others = cells.drop(same_data.index)[keys].drop_duplicates()
    val = rows[rows["split"] == "val"].groupby(keys, dropna=False, sort=False)[metric].mean()
    if val.dropna().empty:
        return {**chosen, "point": None, "cells": [], "compared": 0, "left_out": len(others)}
    # The first of those that differ from the highest by rounding alone.
    best = (val >= val.max() - ROUNDING).idxmax()
    values = best if isinstance(best, tuple) else (best,)
    same = np.logical_and.reduce([rows[key] == v for key, v in zip(keys, values, strict=True)])
    own = rows[same]
    point = dict(zip(settings.space, (_plain(value) for value in values), strict=True))
    return {
        **chosen,
        "point": point,
        "cells": sorted(set(own["cell"])),
        "compared": len(val.dropna()),
        "left_out": len(others),
        "tied": int((val >= val.max() - ROUNDING).sum()),
        "spread": [float(val.min()), float(val.max())],
        **{split: _summarize(own[own["split"] == split][metric]) for split in ("val", "test")},
    }


def _summarize(values: pd.Series) -> dict[str, Any]:
    several = values.count() > 1
    return {
        "mean": float(values.mean()) if values.count() else None,
        "sd": float(values.std(ddof=1)) if several else None,
        "n": int(values.count()),
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
