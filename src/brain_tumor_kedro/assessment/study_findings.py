"""What a study has to say, in a sentence each."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.rankings import ALPHA, Ranking
from brain_tumor_kedro.assessment.study_costs import Correlation
from brain_tumor_kedro.assessment.study_table import SLICE, count_above, judge_by, list_strategies

#: How many failed cells a sentence names.
NAMED = 3

#: How scores are called in a sentence.
NAMES = {"f1": "F1", "accuracy": "accuracy"}


def count_states(cells: pd.DataFrame) -> dict[str, int]:
    """How many cells there are, and how many are finished, failed, or neither."""
    states = cells["state"].value_counts()
    finished, failed = (int(states.get(name, 0)) for name in ("finished", "failed"))
    return {
        "cells": len(cells),
        "finished": finished,
        "failed": failed,
        "open": len(cells) - finished - failed,
    }


def find_study(
    cells: pd.DataFrame,
    table: pd.DataFrame,
    strategies: Ranking,
    models: Ranking,
    trainings: int,
    correlation: Correlation,
) -> list[dict[str, str]]:
    """Put a study into sentences, what weighs most first.

    Args:
        cells: One row per training.
        table: See `study_table.tabulate_study`.
        strategies: Ranked over the models.
        models: Ranked over trainings.
        trainings: How often each model was trained.
        correlation: Of parameters and F1.

    Returns:
        Findings, `level` and `text` each.
    """
    rows = table[table["strategy"].isin(list_strategies(table))]
    found = [*_of_cells(cells)]
    if len(rows):
        found += [_of_baseline(rows), *_of_constant(rows), *_of_shown(rows), _of_best(rows)]
        found += [_of_ranking("strategies", strategies, "models")]
        found += [_of_ranking("models", models, "folds and seeds")]
        found += [*_of_repeats(trainings, models), _of_parameters(correlation)]
    return found


def _of_cells(cells: pd.DataFrame) -> list[dict[str, str]]:
    n = count_states(cells)
    if n["finished"] == n["cells"]:
        return []
    failed = cells.loc[cells["state"] == "failed"]
    reasons = [f"{row.recipe}: {_first_line(row.error)}" for row in failed.head(NAMED).itertuples()]
    said = f" ({'; '.join(reasons)}{'; …' if len(failed) > NAMED else ''})" if reasons else ""
    text = (
        f"{n['finished']} of {n['cells']} cells are finished, {n['failed']} failed{said} and "
        f"{n['open']} were not run. What follows is of the finished ones."
    )
    return [{"level": "warn", "text": text}]


def _of_baseline(rows: pd.DataFrame) -> dict[str, str]:
    judged = judge_by(rows)
    above = count_above(rows, judged)
    level = "good" if above == len(rows) else "warn" if above < len(rows) / 2 else "note"
    text = (
        f"{above} of {len(rows)} rows have a higher {NAMES[judged]} than the same answer for every "
        f"{_unit(rows)} ({_span(rows[f'baseline_{judged}'])})."
    )
    return {"level": level, "text": text}


def _of_constant(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Rows in which every cell has told nothing apart."""
    ends = rows["recall"].isin([0, 1]) & rows["specificity"].isin([0, 1])
    constant = int((ends & (rows["recall"] != rows["specificity"])).sum())
    if not constant:
        return []
    text = f"In {constant} of {len(rows)} rows every cell gives one answer to all {_unit(rows)}s."
    return [{"level": "warn", "text": text}]


def _of_shown(rows: pd.DataFrame) -> list[dict[str, str]]:
    shown = rows["shown_above_baseline"].dropna()
    if shown.empty:
        return []
    cells = int(rows["cells"].sum())
    text = (
        f"{int(shown.sum())} of {cells} scored cells are right more often than that by more than "
        f"chance (McNemar's test, p below {ALPHA}); each was scored on {_units(rows)}."
    )
    return [{"level": "note" if shown.sum() else "warn", "text": text}]


def _of_best(rows: pd.DataFrame) -> dict[str, str]:
    best = rows.iloc[int(rows["f1"].argmax())]
    several = f"± {best['f1_sd']:.3f} over {best['cells']} cells"
    spread = "one cell" if best["cells"] == 1 else several
    text = (
        f"The highest F1 of the test split is {best['f1']:.3f} ({best['strategy']}, {spread}), of "
        f"{best['model']}, against {best['baseline_f1']:.3f} of the baseline. The highest of "
        f"{len(rows)} rows is higher than it would score again: what was chosen on validation "
        "counts."
    )
    return {"level": "note", "text": text}


def _of_ranking(what: str, ranking: Ranking, blocks: str) -> dict[str, str]:
    if ranking.reason:
        return {"level": "note", "text": f"The {what} were not ranked: {ranking.reason}."}
    best = ranking.means.index[0]
    alike = int((ranking.means <= ranking.means.iloc[0] + ranking.critical_difference).sum()) - 1
    differ = ranking.p < ALPHA
    left = f" ({ranking.dropped} incomplete ones left out)" if ranking.dropped else ""
    missing = f" Without a finished cell: {', '.join(ranking.missing)}." if ranking.missing else ""
    verdict = (
        f"{best} has the best mean rank, {ranking.means.iloc[0]:.2f}; {alike} of the other "
        f"{len(ranking.means) - 1} are not shown to be worse (critical difference "
        f"{ranking.critical_difference:.2f})"
        if differ
        else f"no difference is shown between the {len(ranking.means)} {what}"
    )
    text = (
        f"Friedman's test of the {what} over {ranking.blocks} blocks of {blocks}{left}: "
        f"{ranking.statistic:.2f}, p {_p(ranking.p)}; {verdict}.{missing}"
    )
    if blocks == "models":
        text += " All models judge the same patients: it says nothing of others."
    return {"level": "note", "text": text}


def _of_repeats(trainings: int, models: Ranking) -> list[dict[str, str]]:
    if trainings == 1:
        text = (
            "Every model was trained once: nothing is known of how far another seed or another "
            "split would move its scores."
        )
        return [{"level": "warn", "text": text}]
    if models.reason:
        return []
    text = (
        f"Every model was trained {trainings} times on parts of the same data: the blocks of the "
        "models' ranks are not independent, and their p is smaller than it should be."
    )
    return [{"level": "note", "text": text}]


def _of_parameters(found: Correlation) -> dict[str, str]:
    if found.rho != found.rho:
        text = (
            f"Whether more parameters help cannot be said: {_count(found.n)} too few, or too alike."
        )
    else:
        text = (
            f"Spearman's rho of parameters and F1 is {found.rho:+.2f} over {found.n} backbones, p "
            f"{_p(found.p)}."
        )
    return {"level": "note", "text": text}


def summarize_study(
    cells: pd.DataFrame, findings: list[dict[str, str]], best: Mapping[str, Any]
) -> dict[str, Any]:
    """Put together what the page of a study begins with.

    Args:
        cells: One row per training.
        findings: See `find_study`.
        best: What was best on validation.

    Returns:
        `phantom`, `manifest_digest`, the counts of `count_states`, `seconds` (of all finished
        cells), `best` and `findings`, as JSON holds them.
    """
    seconds = pd.to_numeric(cells["seconds"]).sum()
    digests = sorted(set(cells["manifest_digest"].dropna().astype(str)))
    return {
        "phantom": bool(cells["phantom"].eq(True).any()),
        "manifest_digest": ", ".join(digests),
        **count_states(cells),
        "seconds": float(seconds),
        "best": dict(best),
        "findings": findings,
    }


def _count(n: int) -> str:
    return f"{n} backbone is" if n == 1 else f"{n} backbones are"


def _p(p: float) -> str:
    return "below 0.0001" if p < 1e-4 else f"{p:.4f}" if p < ALPHA else f"{p:.2f}"


def _unit(rows: pd.DataFrame) -> str:
    return "slice" if list_strategies(rows) == [SLICE] else "patient"


def _units(rows: pd.DataFrame) -> str:
    least, most = int(rows["n_least"].min()), int(rows["n_most"].max())
    span = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"{span} {_unit(rows)}s"


def _span(values: pd.Series) -> str:
    low, high = f"{values.min():.3f}", f"{values.max():.3f}"
    return low if low == high else f"{low} to {high}"


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else "no reason given"
