"""Glioma grade: whether the rows of the tables agree with themselves and with each other."""

from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.studies.arithmetic import (
    SLACK,
    are_nearly_all,
    f1_range,
    half_unit,
    mcnemar,
)
from brain_tumor_kedro.studies.finding import Check, Finding, holds
from brain_tumor_kedro.studies.publications import Published

#: A figure that was cut off, not rounded, may be off by one unit of its last decimal.
CUT_OFF = 2

#: The share of wrong rejections that a test may have.
ALPHA = 0.05


def check_f1(published: Published) -> Finding:
    """Whether every F1 is that of its precision and recall."""
    table, decimals = published.table, published.facts["decimals"]
    low, high = f1_range(table["precision"].to_numpy(), table["recall"].to_numpy(), decimals)
    f1 = table["f1"].to_numpy()
    fits = (f1 >= low - half_unit(decimals)) & (f1 <= high + half_unit(decimals))
    worst = int(np.argmax(np.maximum(low - f1, f1 - high)))
    return Finding(
        "F1 is the harmonic mean of precision and recall",
        holds(are_nearly_all(int(fits.sum()), len(table))),
        f"In {int(fits.sum())} of {len(table)} rows it is, within rounding; "
        f"{_name(table.iloc[worst])} is furthest off, with {f1[worst]:.3f} where {low[worst]:.4f} "
        f"to {high[worst]:.4f} are possible.",
    )


def check_confusion(published: Published) -> Finding:
    """Whether rows contradict themselves: no confusion matrix gives all of their scores."""
    precision = _precision(published)
    off = (precision - published.table["precision"]).abs()
    fits = ~find_contradictions(published)
    review, worst = published.facts["review"], int(np.argmax(off))
    row = published.table.iloc[worst]
    return Finding(
        "Accuracy, precision and recall of many rows contradict each other",
        holds(not are_nearly_all(int(fits.sum()), len(fits))),
        f"With {review['HGG']} HGG of {review['patients']}, precision follows from accuracy and "
        f"recall; in {int((~fits).sum())} of {len(fits)} rows it is another. {_name(row)} states "
        f"{row['precision']:.3f}, {precision.iloc[worst]:.3f} follows.",
    )


def check_best(published: Published) -> Finding:
    """Whether the row that is named the best is the best."""
    return _check_place(published, "best", 0)


def check_runner_up(published: Published) -> Finding:
    """Whether the row that is named second has the next best F1."""
    return _check_place(published, "runner_up", 1)


def check_baseline(published: Published) -> Finding:
    """How many rows are no better than always answering HGG."""
    review, table = published.facts["review"], published.table
    f1 = 2 * review["HGG"] / (review["HGG"] + review["patients"])
    # As the tables write it: a row with the very same figure is no better.
    no_better = int((table["f1"] <= f1 + half_unit(published.facts["decimals"])).sum())
    return Finding(
        f"Always HGG has an F1 of {review['baseline_f1']}, and {review['no_better']} of "
        f"{len(table)} rows do no better",
        holds(
            abs(f1 - review["baseline_f1"]) <= half_unit(published.facts["decimals"])
            and no_better == review["no_better"]
        ),
        f"2 x {review['HGG']} / ({review['HGG']} + {review['patients']}) = {f1:.4f}; {no_better} "
        "rows are not above it in the decimals of the tables.",
    )


def check_gain(published: Published) -> Finding:
    """Whether the best row is shown to be better than always answering HGG."""
    counts, review = count_outcomes(published), published.facts["review"]
    best = counts.loc[_rows_of(published, published.facts["best"])].iloc[0]
    others = review["patients"] - review["HGG"]
    found, lost = others - int(best["false_alarms"]), review["HGG"] - int(best["hits"])
    p = mcnemar(found, lost)
    return Finding(
        "The best row is not shown to be right more often than always HGG",
        holds(p >= ALPHA),
        f"It is right on {review['HGG'] + found - lost} of {review['patients']}, always HGG on "
        f"{review['HGG']}: it finds {found} of {others} LGG and loses {lost} HGG, exact McNemar p "
        f"{p:.3f}.",
    )


def check_attention_recall(published: Published) -> Finding:
    """Whether attention loses recall against soft voting, which by its formula it cannot."""
    soft, attention = _by_model(published, "hits")
    return _cannot_lose(soft, attention, "recall", "HGG found")


def check_attention_alarms(published: Published) -> Finding:
    """Whether attention loses a false alarm against soft voting, which by its formula it cannot.

    Rows may contradict themselves: false positives must be fewer by accuracy and recall, and by
    precision and recall.
    """
    soft, attention = _by_model(published, "false_alarms")
    by_precision = _by_model(published, "false_alarms_by_precision")
    fewer = by_precision[1] < by_precision[0]
    finding = _cannot_lose(soft, attention.where(fewer, soft), "false positives", "false positives")
    odd = attention[(attention < soft) & ~fewer].index
    named = ", ".join(f"{name} ({soft[name]:.0f} to {attention[name]:.0f})" for name in odd)
    rest = f" By accuracy alone so has {named}, whose precision says otherwise." if named else ""
    return finding._replace(evidence=finding.evidence + rest)


def check_train_f1(published: Published) -> Finding:
    """Whether a row finds HGG in the test that its classifier cannot have found in training."""
    table = published.table
    below, zero = table["train_f1"] < table["f1"], table["train_f1"] == 0
    return Finding(
        "Train F1 is not of the classifier that was tested, in some rows at least",
        "reproduced" if (zero & (table["recall"] > 0)).any() else "not testable",
        f"{int(below.sum())} of {len(table)} rows have a lower F1 in training than in the test, "
        f"and {int(zero.sum())} one of 0.000, where a classifier that finds HGG in the test would "
        "have found none in training.",
    )


def count_outcomes(published: Published) -> pd.DataFrame:
    """Count, row by row, the HGG found and the LGG taken for HGG.

    Args:
        published: Accuracy and recall, rounded; the numbers of patients that a review found.

    Returns:
        `hits` and `false_alarms`, whole numbers, and `false_alarms_by_precision`, which follow
        from recall and precision; the index is the table's.
    """
    review, table = published.facts["review"], published.table
    hits = (table["recall"] * review["HGG"]).round()
    right = (table["accuracy"] * review["patients"]).round()
    alarms = review["patients"] - review["HGG"] - (right - hits)
    counts = pd.DataFrame({"hits": hits, "false_alarms": alarms}).astype(int)
    precision = np.maximum(table["precision"], SLACK)
    return counts.assign(false_alarms_by_precision=hits * (1 / precision - 1))


def find_contradictions(published: Published) -> pd.Series:
    """Say which rows no confusion matrix gives: their precision is not that of their other scores.

    Args:
        published: As for `count_outcomes`.

    Returns:
        Whether each does; the index is the table's.
    """
    off = (_precision(published) - published.table["precision"]).abs()
    return off > CUT_OFF * half_unit(published.facts["decimals"])


def _precision(published: Published) -> pd.Series:
    """The precision that follows from accuracy and recall."""
    counts = count_outcomes(published)
    precision: pd.Series = counts["hits"] / np.maximum(counts["hits"] + counts["false_alarms"], 1)
    return precision


def _check_place(published: Published, which: str, place: int) -> Finding:
    stated, table = published.facts[which], published.table
    values = sorted(set(table["f1"]), reverse=True)
    ranked = table[table["f1"] == values[place]]
    row = table[_rows_of(published, stated)].iloc[0]
    same = ranked[(ranked["recall"] == row["recall"]) & (ranked.index != row.name)]
    right = all(abs(row[name] - stated[name]) < SLACK for name in ("f1", "recall"))
    named = ", ".join(_name(other) for other in same.itertuples())
    beside = f", as {'has' if len(same) == 1 else 'have'} {named}" if len(same) else ""
    return Finding(
        f"{_name(row)} has the {('best', 'second best')[place]} F1, {stated['f1']:.3f}, with "
        f"recall {stated['recall']:.3f}",
        holds(right and row.name in ranked.index),
        f"It has F1 {row['f1']:.3f} and recall {row['recall']:.3f}{beside}; the "
        f"{('best', 'second best')[place]} F1 of the tables is {values[place]:.3f}.",
    )


def _rows_of(published: Published, stated: dict[str, str]) -> pd.Series:
    table = published.table
    rows = (table["model"] == stated["model"]) & (table["aggregation"] == stated["aggregation"])
    if not rows.any():
        raise ValueError(
            f"Expected a row {stated['model']} with {stated['aggregation']} in the table of "
            f"{published.study}, found none."
        )
    return rows


def _by_model(published: Published, column: str) -> tuple[pd.Series, pd.Series]:
    table = published.table.assign(**{column: count_outcomes(published)[column]})
    wide = table.pivot_table(index="model", columns="aggregation", values=column)
    return wide["Soft"], wide["Attention"]


def _cannot_lose(soft: pd.Series, attention: pd.Series, what: str, unit: str) -> Finding:
    lost = attention[attention < soft].index
    named = ", ".join(f"{model} ({soft[model]:.0f} to {attention[model]:.0f})" for model in lost)
    return Finding(
        f"Attention loses {what} against soft voting, where its published formula cannot",
        holds(not lost.empty),
        f"{len(lost)} of {len(soft)} models {'has' if len(lost) == 1 else 'have'} fewer {unit} "
        "with attention"
        + (f": {named}" if named else "")
        + ". The formula never lowers a probability of HGG.",
    )


def _name(row: Any) -> str:
    return f"{row.model} ({row.aggregation.lower()})"


CHECKS = (
    Check("f1", "authors", check_f1),
    Check("confusion", "review", check_confusion),
    Check("best", "authors", check_best),
    Check("runner_up", "authors", check_runner_up),
    Check("baseline", "review", check_baseline),
    Check("gain", "review", check_gain),
    Check("attention_recall", "review", check_attention_recall),
    Check("attention_false_positives", "review", check_attention_alarms),
    Check("train_f1", "review", check_train_f1),
)
