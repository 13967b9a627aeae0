"""What a study has to say, in a sentence each."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.rankings import ALPHA, Ranking
from brain_tumor_kedro.assessment.study_best import find_highest, find_other_data, name_metric
from brain_tumor_kedro.assessment.study_costs import Correlation
from brain_tumor_kedro.assessment.study_errors import Failure, group_failures
from brain_tumor_kedro.assessment.study_table import (
    SLICE,
    count_above,
    has_folds,
    judge_by,
    list_strategies,
)

#: How many reasons, and how many recipes of each, a sentence names.
NAMED = 3


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
    metric: str = "f1",
) -> list[dict[str, str]]:
    """Put a study into sentences, what weighs most first.

    Args:
        cells: One row per training.
        table: See `study_table.tabulate_study`.
        strategies: Ranked over the models.
        models: Ranked over trainings.
        trainings: How often each model was trained.
        correlation: Of parameters and F1.
        metric: What the study is judged by, its objective.

    Returns:
        Findings, `level` and `text` each. They are sorted by level later on, so every one is
        understood without those before it.
    """
    rows = table[table["strategy"].isin(list_strategies(table))]
    found = [*_of_cells(cells)]
    if len(rows):
        found += [_of_baseline(rows), *_of_constant(rows), *_of_shown(rows)]
        found += [find_highest(cells, rows, metric), *find_other_data(cells, rows)]
        found += [_of_ranking("strategies", strategies, "models")]
        found += [_of_ranking("models", models, "folds and seeds")]
        found += [*_of_repeats(trainings, models), _of_parameters(correlation)]
    return found


def _of_cells(cells: pd.DataFrame) -> list[dict[str, str]]:
    n = count_states(cells)
    if n["finished"] == n["cells"]:
        return []
    text = (
        f"{n['finished']} of {n['cells']} cells are finished, {n['failed']} failed and "
        f"{n['open']} {'was' if n['open'] == 1 else 'were'} not run."
    )
    text += " All other findings are of the finished ones." if n["finished"] else ""
    failures = group_failures(cells)
    text += "".join(f" {_say(failure)}" for failure in failures[:NAMED])
    rest = sum(failure.cells for failure in failures[NAMED:])
    text += f" Another {rest} failed for other reasons; see the chapter on cells." if rest else ""
    return [{"level": "warn", "text": text}]


def _say(failure: Failure) -> str:
    """Say what went wrong, and where."""
    more = len(failure.recipes) - NAMED
    named = ", ".join(failure.recipes[:NAMED]) + (f" and {more} more" if more > 0 else "")
    cells = "One cell" if failure.cells == 1 else f"{failure.cells} cells"
    first = "" if failure.alike else "in the first, "
    return f"{cells} failed ({named}): {first}{failure.text.rstrip('.')}."


def _of_baseline(rows: pd.DataFrame) -> dict[str, str]:
    judged = judge_by(rows)
    above = count_above(rows, judged)
    level = "good" if above == len(rows) else "warn" if above < len(rows) / 2 else "note"
    text = (
        f"{above} of {len(rows)} rows (models x strategies) have a higher {name_metric(judged)} "
        f"than the same answer for every {_unit(rows)} ({_span(rows[f'baseline_{judged}'])})."
    )
    return {"level": level, "text": text}


def _of_constant(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Rows in which every cell has told nothing apart."""
    ends = rows["recall"].isin([0, 1]) & rows["specificity"].isin([0, 1])
    constant = int((ends & (rows["recall"] != rows["specificity"])).sum())
    if not constant:
        return []
    text = (
        f"In {constant} of {len(rows)} rows (models x strategies) every cell gives one answer to "
        f"all {_unit(rows)}s."
    )
    return [{"level": "warn", "text": text}]


def _of_shown(rows: pd.DataFrame) -> list[dict[str, str]]:
    shown = rows["shown_above_baseline"].dropna()
    if shown.empty:
        return []
    scored, n = int(rows["cells"].sum()), int(shown.sum())
    text = (
        f"{n} of {scored} scored predictions ({_say_scored(rows)}) {'is' if n == 1 else 'are'} "
        f"right more often than the same answer for every {_unit(rows)} by more than chance "
        f"(McNemar's test, p below {ALPHA}); each is of {_units(rows)}."
    )
    return [{"level": "note" if shown.sum() else "warn", "text": text}]


def _say_scored(rows: pd.DataFrame) -> str:
    """Say how the scored predictions come about: trainings times strategies."""
    strategies, scored = rows["strategy"].nunique(), int(rows["cells"].sum())
    trainings = int(rows.groupby("model")["cells"].max().sum())
    product = f"{trainings} trainings x {strategies} {_plural('strateg', strategies, 'y', 'ies')}"
    return product if trainings * strategies == scored else "trainings x strategies"


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
        text += (
            " All models judge the same patients, so the test says nothing about other patients."
        )
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
        `phantom`, `folds` (whether scores are of folds left out), `manifest_digest`, the counts of
        `count_states`, `seconds` (of all finished cells), `best` and `findings`, as JSON holds
        them.
    """
    seconds = pd.to_numeric(cells["seconds"]).sum()
    digests = sorted(set(cells["manifest_digest"].dropna().astype(str)))
    return {
        "phantom": bool(cells["phantom"].eq(True).any()),
        "folds": has_folds(cells),
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


def _plural(stem: str, n: int, one: str, several: str) -> str:
    return stem + (one if n == 1 else several)
