"""The page of a study: what was compared, what came out, and what its authors have published."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.captions import OF_A_STUDY
from brain_tumor_kedro.assessment.findings import collect_findings
from brain_tumor_kedro.assessment.formatting import MISSING, format_number
from brain_tumor_kedro.assessment.pages import Figures, embed_figures, flatten, render_page
from brain_tumor_kedro.assessment.study_errors import list_unfinished
from brain_tumor_kedro.assessment.study_table import is_above, judge_by
from brain_tumor_kedro.assessment.study_words import (
    count_verdicts,
    list_limits,
    say_unranked,
    say_what_ran,
    say_where,
    write_point,
)

#: Chapters of the page and their titles.
CHAPTERS = {
    "summary": "In short",
    "scores": "Scores",
    "ranks": "Ranks",
    "costs": "Parameters and time",
    "cells": "Cells",
    "ledger": "What was published",
    "limits": "Limits",
    "reproduce": "How to reproduce",
}

#: Which figures each chapter shows.
FIGURES = {
    "scores": ("scores", "strategies"),
    "ranks": ("strategy_ranks", "model_ranks"),
    "costs": ("parameters", "times"),
}

#: Scores of the table, and their titles.
SCORES = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "f1": "F1",
    "train_f1": "Train F1",
    "auroc": "AUROC",
}

#: Scores that are written in capitals within a sentence, too.
UPPER = {"f1": "F1", "auroc": "AUROC"}

#: Which comparison a figure of ranks shows.
RANKED = {"strategy_ranks": "strategies", "model_ranks": "models"}


def render_study_report(
    *,
    study: str,
    title: str,
    settings: Mapping[str, Any],
    summary: Mapping[str, Any],
    cells: pd.DataFrame,
    table: pd.DataFrame,
    ranks: pd.DataFrame,
    ledger: pd.DataFrame,
    published: pd.DataFrame,
    figures: Mapping[str, Any],
    about: Mapping[str, Any],
) -> str:
    """Render the page of a study.

    Args:
        study: Its name.
        title: What its publication is about, in words; empty for a study of one's own.
        settings: As its parameters have them, nested.
        summary: See `study_findings.summarize_study`.
        cells: One row per training.
        table: See `study_table.tabulate_study`.
        ranks: See `rankings.describe_ranking`.
        ledger: Published claims, `line`, `by`, `claim`, `verdict` and `evidence`; may be empty.
        published: Scores beside the published ones: `model`, `strategy`, `cells`, and of each
            score, such as `f1`, `published_f1` and `f1`; may be empty.
        figures: By the names of `captions.OF_A_STUDY`: a figure, or the bytes of a PNG.
        about: `created`, `command` and `git_revision`.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    unranked = say_unranked(ranks)
    empty = set(figures) if table.empty else {name for name in RANKED if RANKED[name] in unranked}
    captioned: Figures = {
        name: (figure, OF_A_STUDY[name]) for name, figure in figures.items() if name not in empty
    }
    drawn = {figure["name"]: figure for figure in embed_figures(captioned)}
    scores = [name for name in SCORES if table[name].notna().any()]
    chapters = {key: name for key, name in CHAPTERS.items() if key != "ledger" or len(ledger)}
    return render_page(
        "study_report.html.j2",
        title=f"Study: {study.replace('_', ' ')}",
        published_title=title,
        ran=say_what_ran(cells, table),
        study=study,
        where=say_where(summary),
        chosen=write_point(summary["best"].get("point") or {}),
        summary=summary,
        chapters=chapters,
        findings=collect_findings({"study": summary}),
        settings_rows=flatten(settings),
        scores=scores,
        judged=judge_by(table),
        titles=[SCORES[name] for name in scores],
        metric=UPPER.get(summary["best"].get("metric"), summary["best"].get("metric")),
        rows=write_rows(table),
        rank_rows=_list_ranks(ranks),
        unranked=unranked,
        unfinished=list_unfinished(cells),
        ledger=ledger.to_dict("records"),
        published=published.to_dict("records"),
        compared={name: SCORES[name] for name in SCORES if _is_compared(published, name)},
        verdicts=count_verdicts(ledger),
        figures={
            key: [drawn[name] for name in names if name in drawn] for key, names in FIGURES.items()
        },
        limits=list_limits(summary, table),
        **about,
    )


def write_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Write the table of a study as the page shows it.

    Args:
        table: See `study_table.tabulate_study`.

    Returns:
        For every row `model` (only where it begins), `strategy`, `cells`, `n`, `scores` {name:
        text}, `baseline` (by `study_table.judge_by`), `above` (whether the mean is above it) and
        `wins` (in how many cells).
    """
    judged = judge_by(table)
    rows: list[dict[str, Any]] = []
    before = None
    for row in table.to_dict("records"):
        ends = dict.fromkeys((row["n_least"], row["n_most"]))
        rows.append(
            {
                "model": row["model"] if row["model"] != before else "",
                "strategy": row["strategy"],
                "cells": row["cells"],
                "n": " to ".join(format_number(int(n)) for n in ends),
                "scores": {name: _write(row[name], row[f"{name}_sd"]) for name in _scored(table)},
                "baseline": row[f"baseline_{judged}"],
                "above": is_above(row, judged),
                "wins": row["above_baseline"],
            }
        )
        before = row["model"]
    return rows


def _is_compared(published: pd.DataFrame, score: str) -> bool:
    name = f"published_{score}"
    return name in published.columns and bool(published[name].notna().any())


def _scored(table: pd.DataFrame) -> Sequence[str]:
    return [name for name in SCORES if name in table.columns]


def _write(mean: float, sd: float) -> str:
    if pd.isna(mean):
        return MISSING
    return f"{mean:.3f}" if pd.isna(sd) else f"{mean:.3f} ± {sd:.3f}"


def _list_ranks(ranks: pd.DataFrame) -> list[dict[str, Any]]:
    """The ranks, and whether their differences were tested: without a statistic they were not."""
    tested = ranks.assign(tested=ranks["statistic"].notna())
    rows = tested[tested["treatment"].notna()].to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
