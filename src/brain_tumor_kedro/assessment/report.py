"""The report of one run: a single HTML page that needs nothing else to be read."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.curation_report import (
    DATA_LIMITS,
    describe_data,
    find_alarms,
)
from brain_tumor_kedro.assessment.pages import Figures, embed_figures, flatten, render_page
from brain_tumor_kedro.tasks import SCORED

#: What holds for every classifier made here; callers add what holds for theirs.
LIMITS = (
    "For research only. This is not a medical device and must not be used to diagnose anybody.",
    *DATA_LIMITS,
    "One split and one training run: the numbers carry no interval yet and would differ with "
    "another seed.",
)


def render_report(
    *,
    summary: Mapping[str, Any],
    training: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, Any]],
    history: pd.DataFrame,
    report_table: pd.DataFrame,
    figures: Figures,
    registration: Mapping[str, Any],
    created: str,
    title: str = "Brain tumor classifier: evaluation report",
    source_table: pd.DataFrame | None = None,
    training_figures: Figures | None = None,
    data_figures: Figures | None = None,
    limits: Sequence[str] = LIMITS,
    git_revision: str = "",
    command: str = "",
    reasons: Mapping[str, str] | None = None,
    conflicts: pd.DataFrame | None = None,
) -> str:
    """Render the report of one run as a self-contained HTML page.

    Every mapping may lack entries: what is not there is left out, or shown as a dash.

    Args:
        summary: The curation summary, see `describe_data`.
        training: What was trained: `recipe_name`, `recipe`, `backbone`, `weights`, `parameters`,
            `epochs`, `best_epoch_by_phase` {phase: epoch}, `seconds`, `device`, `precision`,
            `manifest_digest`, `versions`.
        metrics: The scores by split, from `metrics.score_splits`.
        history: One row per epoch, with a column `phase` where there were phases.
        report_table: The test split's table from `metrics.classification_report`.
        source_table: The same split's table from `sources.score_sources`.
        figures: By name, in order: a figure, or the bytes of a PNG, and its caption.
        registration: What was registered: `name`, `version`, `decision` (a sentence that says
            whether the champion changed, and why), and whatever else there is to say.
        created: When the report was made, as it should be read.
        title: The title of the page.
        training_figures: Figures of the training, as `figures`, shown in the section on the model.
        data_figures: Figures of the data, as `figures`, shown in the section on the data.
        limits: What the reader must not conclude, one sentence or two each.
        git_revision: The revision of the code that ran.
        command: The command that ran.
        reasons: What each reason for a rejection means, a phrase each.
        conflicts: The table of label conflicts, see `describe_data`.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    classes = _classes(summary, metrics)
    recipe = dict(training.get("recipe", {}))
    recipe_phases = _phase_table(recipe.pop("phases", []))
    return render_page(
        "report.html.j2",
        title=title,
        created=created,
        training=training,
        metrics={split: metrics[split] for split in SCORED if split in metrics},
        classes=classes,
        phases=_phases(history, training.get("best_epoch_by_phase", {})),
        epochs=history.to_dict("records"),
        report_rows=report_table.to_dict("records"),
        source_rows=[] if source_table is None else source_table.to_dict("records"),
        figures=list(embed_figures(figures)),
        training_figures=list(embed_figures(training_figures or {})),
        registration=registration,
        recipe=flatten(recipe),
        recipe_phases=recipe_phases,
        parameters=flatten(training.get("parameters", {})),
        alarms=_alarms(summary, training, metrics),
        limits=limits,
        git_revision=git_revision,
        command=command,
        **describe_data(summary, conflicts, data_figures or {}, reasons or {}, classes),
    )


def _classes(summary: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Take the classes from the scores, whose order is the classifier's, else from the data."""
    for scores in metrics.values():
        return list(scores.get("per_class", {}))
    return list(summary.get("classes", {}))


def _phase_table(phases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [flatten(phase) for phase in phases]
    return {"columns": list(dict.fromkeys(key for row in rows for key in row)), "rows": rows}


def _phases(history: pd.DataFrame, kept: Mapping[str, int]) -> list[dict[str, Any]]:
    """Tell for each phase how many epochs it took and from which one its weights are."""
    if history.empty:
        return []
    named = history if "phase" in history.columns else history.assign(phase="training")
    phases = []
    for name, epochs in named.groupby("phase", sort=False):
        rows = epochs.to_dict("records")
        best = [row for row in rows if row.get("epoch") == kept.get(str(name), math.nan)]
        phases.append({"name": name, "epochs": len(rows), "kept": best[0] if best else {}})
    return phases


def _alarms(
    summary: Mapping[str, Any], training: Mapping[str, Any], metrics: Mapping[str, Any]
) -> list[str]:
    """Say what makes the numbers of this report doubtful."""
    alarms = find_alarms(summary)
    described, trained = summary.get("manifest_digest"), training.get("manifest_digest")
    if described and trained and described != trained:
        alarms.append(
            f"The classifier was trained on the manifest {trained}, this report describes the "
            f"manifest {described}: images it was trained on may be in the test split."
        )
    kept = sum(summary.get("splits", {}).get("test", {}).values())
    scored = metrics.get("test", {}).get("n")
    if kept and scored is not None and scored != kept:
        alarms.append(f"{scored:,} test images were scored, the test split holds {kept:,}.")
    return alarms
