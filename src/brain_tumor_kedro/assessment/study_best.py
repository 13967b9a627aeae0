"""The highest score of a study, of rows that are judged on the same images."""

import pandas as pd

from brain_tumor_kedro.assessment.study_table import has_folds, name_data

#: How scores are called in a sentence, where not by their own name.
NAMES = {"f1": "F1", "auroc": "AUROC"}


def name_metric(metric: str) -> str:
    """How a score is called in a sentence."""
    return NAMES.get(metric, metric)


def find_highest(cells: pd.DataFrame, rows: pd.DataFrame, metric: str) -> dict[str, str]:
    """Name the highest score, of the rows that are judged on the same images as the first cell.

    Args:
        cells: One row per training.
        rows: See `study_table.tabulate_study`; one or more.
        metric: What the study is judged by; F1 where it is not known.

    Returns:
        A finding, `level` and `text`.
    """
    same = rows[_are_comparable(cells, rows)]
    metric = metric if same[metric].notna().any() else "f1"
    best = same.iloc[int(same[metric].argmax())]
    several = f"± {best[f'{metric}_sd']:.3f} over {best['cells']} cells"
    spread = "one cell" if best["cells"] == 1 else several
    against = (
        f", against {best[f'baseline_{metric}']:.3f} of the same answer for all"
        if f"baseline_{metric}" in best
        else ""
    )
    where = "on the folds left out" if has_folds(cells) else "on the test split"
    others = " on the same images" if len(same) < len(rows) else ""
    text = (
        f"The highest {name_metric(metric)} {where} is {best[metric]:.3f} ({best['strategy']}, "
        f"{spread}), of {best['model']}{against}. The highest of {len(same)} rows (models x "
        f"strategies){others} is higher than it would score again: what was chosen on validation "
        "counts."
    )
    return {"level": "note", "text": text}


def find_other_data(cells: pd.DataFrame, rows: pd.DataFrame) -> list[dict[str, str]]:
    """Warn of rows whose images, or whose split, are others.

    Args:
        cells: One row per training.
        rows: See `study_table.tabulate_study`; one or more.

    Returns:
        A finding, or none.
    """
    other = int((~_are_comparable(cells, rows)).sum())
    if not other:
        return []
    text = (
        f"{other} of {len(rows)} rows (models x strategies) have other images, or split them in "
        "another way: they are judged on other images than the rest, so a higher score or a better "
        "rank of theirs may be due to easier images."
    )
    return [{"level": "warn", "text": text}]


def _are_comparable(cells: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Which rows are of the same images as the first cell, or as the first row where it failed."""
    data = name_data(rows)
    first = name_data(cells).iloc[0]
    return data.eq(first if data.eq(first).any() else data.iloc[0])
