"""Nodes of study results: from cells and their scores to tables, ranks, figures and a page."""

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import (
    captions,
    ranking_figure,
    rankings,
    study_costs,
    study_figures,
    study_findings,
    study_ranks,
    study_report,
    study_table,
    study_words,
)
from brain_tumor_kedro.assessment.consistency import stamp_figures
from brain_tumor_kedro.studies.beside import put_beside
from brain_tumor_kedro.studies.ledger import check_studies, write_ledger
from brain_tumor_kedro.studies.publications import find_published
from brain_tumor_kedro.studies.search_space import StudySettings
from brain_tumor_kedro.tasks import note_data

logger = logging.getLogger(__name__)


def tabulate_study(
    cells: pd.DataFrame, cell_scores: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tabulate what each model reaches with each strategy, and each strategy on the whole."""
    table = study_table.tabulate_study(cells, cell_scores)
    phantom = _any_phantom(cells)
    return (
        table.assign(phantom=phantom),
        study_table.tabulate_strategies(table).assign(phantom=phantom),
    )


def _any_phantom(cells: pd.DataFrame) -> bool:
    """Whether the study was run on phantoms, which its tables say in a column."""
    return bool(cells["phantom"].astype("boolean").fillna(False).any())


def rank_study(
    cells: pd.DataFrame, cell_scores: pd.DataFrame, table: pd.DataFrame, best: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Rank strategies and models, and put the study into sentences."""
    strategies = study_ranks.rank_strategies(table)
    models = study_ranks.rank_models(cells, cell_scores)
    trainings = study_ranks.count_trainings(cells)
    correlation = study_costs.correlate_parameters(table)
    about = (strategies, models, trainings, correlation, best["metric"])
    findings = study_findings.find_study(cells, table, *about)
    names = (study_ranks.STRATEGIES, study_ranks.MODELS)
    ranks, pairs = rankings.join_rankings(dict(zip(names, (strategies, models), strict=True)))
    summary = study_findings.summarize_study(cells, findings, best)
    logger.info("%s", "\n".join(["What the study found", *(f["text"] for f in findings)]))
    return ranks.assign(phantom=_any_phantom(cells)), pairs, tracking.with_command(summary)


def plot_study(
    cells: pd.DataFrame,
    table: pd.DataFrame,
    ranks: pd.DataFrame,
    summary: dict[str, Any],
    study: str,
) -> tuple[Figure, ...]:
    """Draw the scores, the strategies, both rankings, the parameters and the times."""
    of, note = study.replace("_", " "), note_data(summary["phantom"])
    over = (study_figures.describe_cells(table), note)
    names = (study_ranks.STRATEGIES, study_ranks.MODELS)
    where = study_words.say_where(summary)
    figures = (
        study_figures.plot_study_table(table, f"Scores on {where}, {of}", *over),
        study_figures.plot_strategies(table, f"F1 by strategy, {of}", *over),
        *(
            ranking_figure.plot_ranking(ranks, name, f"{name.title()} by F1, {of}", "", note)
            for name in names
        ),
        study_costs.plot_parameters(table, f"Parameters against F1, {of}", "", note),
        study_costs.plot_times(cells, f"Time per cell, {of}", "", note),
    )
    stamp_figures(figures, summary["manifest_digest"])
    return figures


def check_ledger(study: str) -> pd.DataFrame:
    """Check what the study's authors have published, and print what became of it."""
    ledger = check_studies([study])
    if len(ledger):
        logger.info("What was published, and whether it can be true\n\n%s", write_ledger(ledger))
    return ledger


def put_beside_published(study: str, table: pd.DataFrame) -> pd.DataFrame:
    """Put the study's scores beside those that its authors have published."""
    return put_beside(table, find_published(study))


def write_study_report(
    study: str,
    settings: StudySettings,
    summary: dict[str, Any],
    cells: pd.DataFrame,
    table: pd.DataFrame,
    ranks: pd.DataFrame,
    ledger: pd.DataFrame,
    published: pd.DataFrame,
    *figures: Figure | bytes,
) -> str:
    """Put everything about a study on one page."""
    return study_report.render_study_report(
        study=study,
        title=known.facts["title"] if (known := find_published(study)) else "",
        settings=settings.model_dump(mode="json"),
        summary=summary,
        cells=cells,
        table=table,
        ranks=ranks,
        ledger=ledger,
        published=published,
        figures=dict(zip(captions.OF_A_STUDY, figures, strict=True)),
        about=tracking.describe_run(),
    )


def require_finished(cells: pd.DataFrame, report: str) -> None:
    """Fail a run of which no cell succeeded, once everything about it is written down."""
    failed = cells[cells["state"] == "failed"]
    if len(failed) and not (cells["state"] == "finished").any():
        raise ValueError(
            f"No cell of the study is finished: {len(failed)} of {len(cells)} failed, the first "
            f"with {str(failed['error'].iloc[0]).splitlines()[0]} The study's page has all."
        )
