"""Nodes of reporting: everything that was found, on one page, on a card and in checklists."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.captions import (
    CAPTIONS,
    LEAKAGE,
    OF_THE_COHORT,
    OF_THE_DATA,
    caption_curves,
)
from brain_tumor_kedro.assessment.checklists import (
    CHECKLISTS,
    fill_checklist,
    render_checklists,
)
from brain_tumor_kedro.assessment.consistency import (
    require_figure_of,
    require_table_of,
    require_theme_of,
    require_whole_history,
)
from brain_tumor_kedro.assessment.facts import gather_facts
from brain_tumor_kedro.assessment.leakage_figure import plot_price
from brain_tumor_kedro.assessment.leakage_section import describe_leakage, select_price
from brain_tumor_kedro.assessment.limits import list_limits
from brain_tumor_kedro.assessment.model_card import render_model_card
from brain_tumor_kedro.assessment.report import render_report
from brain_tumor_kedro.assessment.same_scores import require_same_scores
from brain_tumor_kedro.imaging.manifest import explain_reasons
from brain_tumor_kedro.tasks import TASKS, name_colors

#: What a reader is told of the registry.
REGISTERED = ("name", "version")

#: What each part of the evaluation found, by the part's name.
Themes = dict[str, dict[str, Any]]


def gather_themes(
    training_summary: dict[str, Any],
    curation_summary: dict[str, Any],
    metrics: dict[str, Any],
    scores_table: pd.DataFrame,
    registration: dict[str, Any],
    previous_leakage: pd.DataFrame,
    task: str,
    **themes: dict[str, Any],
) -> Themes:
    """Put together what every part of the evaluation found, of this classifier and no other."""
    for name, theme in {**themes, "registration": registration}.items():
        require_theme_of(name, theme, training_summary["fingerprint"])
    require_same_scores(metrics, scores_table, themes["scores"])
    digest, prefix = curation_summary["manifest_digest"], TASKS[task].prefix
    leakage = describe_leakage(previous_leakage, digest, prefix, TASKS[task].unit)
    return {"leakage": leakage, **themes}


def gather_run_facts(
    curation_summary: dict[str, Any],
    training_summary: dict[str, Any],
    scores_table: pd.DataFrame,
    registration: dict[str, Any],
    themes: Themes,
    task: str,
) -> dict[str, Any]:
    """Gather what the model card and the checklists say."""
    run = tracking.describe_run()
    steps = (curation_summary, training_summary, *themes.values(), run)
    return gather_facts(
        summary=curation_summary,
        training=training_summary,
        scores_table=scores_table,
        registration={key: registration[key] for key in REGISTERED},
        themes=themes,
        limits=list_limits(TASKS[task].unit),
        classes=TASKS[task].classes,
        unit=TASKS[task].unit,
        title=TASKS[task].title,
        channels=TASKS[task].channels,
        colors=name_colors(TASKS[task]),
        git_revision=run["git_revision"],
        command="\n".join(dict.fromkeys(step["command"] for step in steps if step.get("command"))),
        created=run["created"],
    )


def write_card(run_facts: dict[str, Any]) -> tuple[str, str]:
    """Write the model card and the checklists for papers."""
    return render_model_card(run_facts), render_checklists(run_facts)


def write_report(
    run_facts: dict[str, Any],
    themes: Themes,
    metrics: dict[str, Any],
    history: pd.DataFrame,
    label_conflicts: pd.DataFrame,
    scores_table: pd.DataFrame,
    previous_leakage: pd.DataFrame,
    **figures: bytes,
) -> str:
    """Write everything down in one page."""
    summary, training = run_facts["data"], run_facts["training"]
    digest, fingerprint = summary["manifest_digest"], training["fingerprint"]
    data = OF_THE_COHORT if summary.get("patients") else OF_THE_DATA
    require_whole_history(history, training)
    require_table_of("label_conflicts", label_conflicts, digest)
    captions = {**CAPTIONS, **data, "training_curves": caption_curves(history.columns)}
    for name, png in figures.items():
        require_figure_of(name, png, digest if name in data else fingerprint)
    return render_report(
        summary=summary,
        training=training,
        metrics=metrics,
        history=history,
        themes=themes,
        scores_table=scores_table,
        figures=_with_captions(figures, captions) | _draw_leakage(previous_leakage, digest),
        conflicts=label_conflicts,
        registration=run_facts["registration"],
        created=run_facts["created"],
        title=f"{run_facts['title']}: evaluation report",
        git_revision=run_facts["git_revision"],
        command=run_facts["command"],
        reasons=explain_reasons(summary.get("counted")),
        limits=run_facts["limits_list"],
        unit=run_facts["unit"],
        colors=run_facts["colors"],
        checklists=[fill_checklist(name, run_facts) for name in CHECKLISTS],
    )


def _with_captions(
    figures: Mapping[str, bytes], captions: Mapping[str, str]
) -> dict[str, tuple[Figure | bytes, str]]:
    return {name: (png, captions[name]) for name, png in figures.items()}


def _draw_leakage(
    previous: pd.DataFrame, manifest_digest: str
) -> dict[str, tuple[Figure | bytes, str]]:
    table = select_price(previous, manifest_digest)
    return {} if table is None else {"leakage": (plot_price(table), LEAKAGE)}
