"""The table of a study: every model and strategy over its cells, beside the trivial baseline."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from scipy.stats import binomtest

#: Scores of single slices, among the strategies.
SLICE = "slice"

#: What is scored, in the order in which it is reported.
METRICS = ("accuracy", "precision", "recall", "specificity", "f1", "auroc")

#: Where several cells of a study show a model, this begins the name of its column.
SPACE = "space."

#: Keys of the space whose values need no name before them.
NAMELESS = ("recipe", "variant")

#: How often a test may find a difference where there is none.
ALPHA = 0.05

#: Scores that differ by less are the same but for rounding.
ROUNDING = 1e-9

#: What tells of a model, besides its scores.
ABOUT = ("recipe", "backbone", "family", "parameters", "data")

COLUMNS = (
    "model", *ABOUT, "seconds", "strategy", "cells", "n_least", "n_most",
    *(name for metric in METRICS for name in (metric, f"{metric}_sd")),
    "train_f1", "train_f1_sd", "baseline_accuracy", "baseline_f1", "above_baseline",
    "shown_above_baseline",
)  # fmt: skip


def name_models(cells: pd.DataFrame) -> pd.Series:
    """Name the point of the search space that each cell is of.

    Args:
        cells: See the cells of a study; columns `recipe` and `space.<key>`.

    Returns:
        Per cell the values that vary within the study, such as `grade_resnet50, as_published` or
        `learning_rate 0.001, batch 32`; the recipe where nothing varies.
    """
    keys = [name for name in cells.columns if name.startswith(SPACE)]
    varying = [key for key in keys if cells[key].astype(str).nunique() > 1]
    if not varying:
        return cells["recipe"].astype(str)
    if varying == [f"{SPACE}variant"]:
        # A variant alone, such as `correct`, names no model.
        varying = [f"{SPACE}recipe"] * (f"{SPACE}recipe" in keys) + varying
    titles = _shorten([key.removeprefix(SPACE) for key in varying])
    parts = [
        cells[key].astype(str).radd("" if title in NAMELESS else f"{title} ")
        for key, title in zip(varying, titles, strict=True)
    ]
    names = parts[0]
    for part in parts[1:]:
        names = names + ", " + part
    return names


def name_data(cells: pd.DataFrame) -> pd.Series:
    """Say on which images each cell was trained and judged.

    Args:
        cells: Of a study, or its table; without a column `data` all are of the manifest's own.

    Returns:
        What differs from the manifest's images and split; empty where nothing does.
    """
    if "data" not in cells:
        return pd.Series("", index=cells.index)
    # Read from a file, what is empty is NaN.
    return cells["data"].astype(object).where(cells["data"].notna(), "").astype(str)


def has_folds(cells: pd.DataFrame) -> bool:
    """Whether a study was scored on folds left out, not on the manifest's test split."""
    return bool(cells["fold"].notna().any())


def join_scores(cells: pd.DataFrame, scores: pd.DataFrame, split: str = "test") -> pd.DataFrame:
    """Put beside the scores of a split what the cells are, and their F1 in training.

    Args:
        cells: Of a study, one row per training.
        scores: One row per cell, strategy and split.
        split: The split.

    Returns:
        One row per finished cell and strategy: the scores of the split, `train_f1`, `model` and
        the columns of the cells. Empty where no cell has scores of the split.
    """
    named = cells.assign(model=name_models(cells), data=name_data(cells))
    finished = named.query("state == 'finished'")
    train = scores.loc[scores["split"] == "train", ["cell", "strategy", "f1"]]
    own = scores[scores["split"] == split].merge(
        train.rename(columns={"f1": "train_f1"}), how="left", on=["cell", "strategy"]
    )
    return own.merge(finished, on="cell", validate="many_to_one")


def tabulate_study(cells: pd.DataFrame, scores: pd.DataFrame, split: str = "test") -> pd.DataFrame:
    """Tabulate what each model reaches with each strategy.

    Args:
        cells: Of a study, one row per training; those that are not finished are left out.
        scores: One row per cell, strategy and split.
        split: The split that is reported.

    Returns:
        One row per model and strategy, in the order of the study, with `COLUMNS`: means over the
        cells and their standard deviation (NaN of a single cell); `n_least` and `n_most`, the
        smallest and the largest number of units that a cell was scored on; `baseline_…`, what
        always answering the positive class (of several classes: the most frequent) would score
        on them; `above_baseline`, how many cells are above that by `judge_by`; and
        `shown_above_baseline`, how many have more answers right by McNemar's test, p below 0.05
        (NaN where there are more than two classes).
    """
    joined = join_scores(cells, scores, split)
    rows = [
        _summarize(str(model), str(strategy), group)
        for (model, strategy), group in joined.groupby(["model", "strategy"], sort=False)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    models = list(dict.fromkeys(name_models(cells)))
    strategies = list(dict.fromkeys(scores["strategy"]))
    places = table["model"].map(models.index) * max(len(strategies), 1)
    order = (places + table["strategy"].map(strategies.index)).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def tabulate_strategies(table: pd.DataFrame) -> pd.DataFrame:
    """Average the models of each strategy.

    Args:
        table: See `tabulate_study`.

    Returns:
        One row per strategy, in order: `strategy`, `models`, `cells`, `f1` (mean over the models),
        `f1_least`, `f1_most`, `baseline_f1`, `above_baseline` (models above the baseline by
        `judge_by`).
    """
    judged = judge_by(table)
    rows = [
        {
            "strategy": strategy,
            "models": len(group),
            "cells": int(group["cells"].sum()),
            "f1": group["f1"].mean(),
            "f1_least": group["f1"].min(),
            "f1_most": group["f1"].max(),
            "baseline_f1": group["baseline_f1"].mean(),
            "above_baseline": count_above(group, judged),
        }
        for strategy, group in table.groupby("strategy", sort=False)
    ]
    columns = ("strategy", "models", "cells", "f1", "f1_least", "f1_most", "baseline_f1")
    return pd.DataFrame(rows, columns=[*columns, "above_baseline"])


def judge_by(table: pd.DataFrame) -> str:
    """Name the score by which rows are held against the baseline.

    Of two classes it is F1, which always answering the positive class makes high. Of more classes
    the mean F1 of one answer for all is low whatever is predicted, so it is accuracy.

    Args:
        table: With `specificity`, which several classes do not have.

    Returns:
        `f1` or `accuracy`.
    """
    return "accuracy" if table["specificity"].isna().all() else "f1"


def is_above(row: Mapping[Any, Any], judged: str) -> bool:
    """Whether a row's score is above the baseline's by more than rounding.

    Args:
        row: Scores and `baseline_…`.
        judged: See `judge_by`.
    """
    return bool(row[judged] - row[f"baseline_{judged}"] > ROUNDING)


def count_above(rows: pd.DataFrame, judged: str) -> int:
    """Count the rows that are above the baseline, see `is_above`."""
    return sum(is_above(row, judged) for row in rows.to_dict("records"))


def list_strategies(table: pd.DataFrame) -> list[str]:
    """The strategies that are compared: those of patients, or slices where there are no others."""
    found = list(dict.fromkeys(table["strategy"]))
    return [name for name in found if name != SLICE] or found


def _summarize(model: str, strategy: str, group: pd.DataFrame) -> dict[str, object]:
    about, judged = group.iloc[0], judge_by(group)
    spread = {f"{name}_sd": group[name].std(ddof=1) for name in (*METRICS, "train_f1")}
    return {
        "model": model,
        **{name: about[name] for name in ABOUT},
        "seconds": group["seconds"].mean(),
        "strategy": strategy,
        "cells": len(group),
        "n_least": int(group["n"].min()),
        "n_most": int(group["n"].max()),
        **{name: group[name].mean() for name in (*METRICS, "train_f1")},
        **spread,
        "baseline_accuracy": group["baseline_accuracy"].mean(),
        "baseline_f1": group["baseline_f1"].mean(),
        "above_baseline": count_above(group, judged),
        "shown_above_baseline": _count_shown(group),
    }


def _count_shown(group: pd.DataFrame) -> float:
    """Count the cells that are right more often than the baseline by more than chance."""
    if group["specificity"].isna().all():
        return float("nan")
    found = (group["specificity"] * (group["n"] - group["positive"])).round()
    lost = ((1 - group["recall"]) * group["positive"]).round()
    pairs = zip(found.fillna(0).astype(int), lost.fillna(0).astype(int), strict=True)
    return float(sum(gain > loss and _mcnemar(gain, loss) < ALPHA for gain, loss in pairs))


def _mcnemar(gain: int, loss: int) -> float:
    return float(binomtest(gain, gain + loss).pvalue)


def _shorten(keys: Sequence[str]) -> list[str]:
    """The last word of each dotted key, or the whole key where that is not unique."""
    last = [key.split(".")[-1] for key in keys]
    return [key if last.count(word) > 1 else word for key, word in zip(keys, last, strict=True)]
