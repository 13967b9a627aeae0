"""The report of one run: a single HTML page that needs nothing else to be read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.captions import OF_THE_COHORT, OF_THE_DATA, OF_THE_TRAINING
from brain_tumor_kedro.assessment.curation_report import (
    describe_data,
    find_alarms,
)
from brain_tumor_kedro.assessment.decided import pick_decided
from brain_tumor_kedro.assessment.facts import name_weights
from brain_tumor_kedro.assessment.findings import collect_findings, pick_foremost
from brain_tumor_kedro.assessment.limits import list_limits
from brain_tumor_kedro.assessment.pages import Figures, embed_figures, flatten, render_page
from brain_tumor_kedro.tasks import SCORED

#: The sections, by the key of their place on the page.
CHAPTERS = {
    "summary": "In short",
    "data": "Data",
    "leakage": "The price of leakage",
    "model": "Model",
    "results": "Results",
    "patients": "Patients",
    "calibration": "Calibration and decisions",
    "explanation": "Where it looks",
    "robustness": "What breaks it",
    "errors": "Mistakes and doubtful labels",
    "guard": "Foreign images",
    "limits": "Limits",
    "reproduce": "How to reproduce",
}

#: Sections that every report has.
ALWAYS = ("summary", "data", "model", "limits", "reproduce")

#: Where the numbers of each section lie, beside the report.
TABLES = {
    "leakage": ("leakage.csv",),
    "results": ("scores_table.csv", "classification_report.csv", "metrics.json"),
    "patients": (
        "patient_scores.csv", "patient_mistakes.csv", "patient_reliability.csv",
        "patient_decisions.csv",
    ),
    "calibration": (
        "reliability.csv", "decision_curve.csv", "conformal_sets.csv", "abstention_curve.csv",
    ),
    "explanation": ("explanation_scores.csv", "hidden_tumors.csv"),
    "robustness": ("robustness_report.csv", "shortcut_report.csv"),
    "errors": ("label_issues.csv", "mistake_neighbors.csv", "near_neighbors.csv"),
    "guard": ("guard_scores.csv", "guard.json"),
}  # fmt: skip

#: Figures of the data, of slices or of volumes.
OF_ANY_DATA = (*OF_THE_DATA, *OF_THE_COHORT)

#: Which themes of the evaluation each section shows.
THEMED = {
    "leakage": ("leakage",),
    "results": ("scores",),
    "patients": ("patients",),
    "calibration": ("calibration",),
    "explanation": ("explanation",),
    "robustness": ("robustness", "shortcuts"),
    "errors": ("errors",),
    "guard": ("guard",),
}


def render_report(
    *,
    summary: Mapping[str, Any],
    training: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, Any]],
    history: pd.DataFrame,
    themes: Mapping[str, Mapping[str, Any]],
    figures: Figures,
    registration: Mapping[str, Any],
    created: str,
    title: str = "Brain tumor classifier: evaluation report",
    scores_table: pd.DataFrame | None = None,
    limits: Sequence[str] | None = None,
    git_revision: str = "",
    command: str = "",
    reasons: Mapping[str, str] | None = None,
    conflicts: pd.DataFrame | None = None,
    checklists: Sequence[Mapping[str, Any]] = (),
    unit: str = "slice",
    colors: str = "",
) -> str:
    """Render the report of one run as a self-contained HTML page.

    Every mapping may lack entries: what is not there is left out, or shown as a dash.

    Args:
        summary: The curation summary, see `describe_data`.
        training: What was trained: `recipe_name`, `recipe`, `backbone`, `weights`, `parameters`,
            `epochs`, `best_epoch_by_phase` {phase: epoch}, `seconds`, `device`, `precision`,
            `manifest_digest`, `versions`, `seed`, `fingerprint`.
        metrics: The scores by split, from `metrics.score_splits`.
        history: One row per epoch, with a column `phase` where there were phases.
        themes: By name, what each part of the evaluation found: the values of the template of
            that name, and `findings`, see `findings.collect_findings`.
        figures: By name: a figure, or the bytes of a PNG, and its caption. Those that
            `captions` names as of the data and of the training are shown in these sections.
        registration: What was registered: `name`, `version`, `decision` (a sentence that says
            whether the champion changed, and why), and whatever else there is to say.
        created: When the report was made, as it should be read.
        title: The title of the page.
        scores_table: Scores with intervals: `split`, `predictor`, `label`, `metric`, `low`, `high`.
        limits: What the reader must not conclude, one sentence or two each; without, what holds
            for every classifier.
        git_revision: The revision of the code that ran.
        command: The command that ran.
        reasons: What each reason for a rejection means, a phrase each.
        conflicts: The table of label conflicts, see `describe_data`.
        checklists: As `checklists.fill_checklist` fills them.
        unit: What one answer is about, `slice` or `patient`.
        colors: What the colors of pictures mean, such as `red T1CE`; nothing where they are gray.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    classes = _classes(summary, metrics)
    recipe = dict(training.get("recipe", {}))
    if recipe.get("weights"):
        recipe["weights"] = name_weights(recipe["weights"])
    recipe_phases = _phase_table(recipe.pop("phases", []))
    themed = {key: [part for part in parts if part in themes] for key, parts in THEMED.items()}
    themed = {key: parts for key, parts in themed.items() if parts}
    findings = _find_by_chapter(themes, themed)
    return render_page(
        "report.html.j2",
        **themes,
        title=title,
        created=created,
        training=training,
        weights=name_weights(training.get("weights")) if training else "",
        metrics={split: metrics[split] for split in SCORED if split in metrics},
        interval=_interval(scores_table),
        decided=pick_decided(themes.get("patients", {})),
        classes=classes,
        chapters={key: title for key, title in CHAPTERS.items() if key in {*ALWAYS, *themed}},
        themed=themed,
        tables=TABLES,
        findings=findings,
        foremost={key: pick_foremost(found) for key, found in findings.items()},
        phases=_phases(history, training.get("best_epoch_by_phase", {})),
        epochs=history.to_dict("records"),
        figures={figure["name"]: figure for figure in embed_figures(_without(figures))},
        training_figures=list(embed_figures(_select(figures, OF_THE_TRAINING))),
        registration=registration,
        recipe=flatten(recipe),
        recipe_phases=recipe_phases,
        parameters=flatten(training.get("parameters", {})),
        alarms=_alarms(summary, training, metrics),
        limits=list_limits(unit) if limits is None else limits,
        git_revision=git_revision,
        command=command,
        checklists=checklists,
        colors=colors,
        **describe_data(
            summary, conflicts, _select(figures, OF_ANY_DATA), reasons or {}, classes, unit
        ),
    )


def _select(figures: Figures, names: Iterable[str]) -> Figures:
    return {name: figures[name] for name in names if name in figures}


def _without(figures: Figures) -> Figures:
    shown = {*OF_ANY_DATA, *OF_THE_TRAINING}
    return {name: figure for name, figure in figures.items() if name not in shown}


def _find_by_chapter(
    themes: Mapping[str, Mapping[str, Any]], themed: Mapping[str, Sequence[str]]
) -> dict[str, list[dict[str, str]]]:
    """The findings of every section that has some, in the order of the page."""
    found = {
        key: collect_findings({part: themes[part] for part in parts})
        for key, parts in themed.items()
    }
    return {key: found[key] for key in CHAPTERS if found.get(key)}


def _interval(scores_table: pd.DataFrame | None) -> dict[str, float]:
    """The interval of the classifier's accuracy on the test split."""
    if scores_table is None:
        return {}
    wanted = {"split": "test", "predictor": "classifier", "label": "all", "metric": "accuracy"}
    rows = scores_table[(scores_table[list(wanted)] == pd.Series(wanted)).all(axis=1)]
    return {name: float(rows[name].iloc[0]) for name in ("low", "high") if len(rows)}


def _classes(summary: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Take the classes from the scores, whose order is the classifier's, else from the data."""
    for scores in metrics.values():
        return list(scores.get("per_class", {}))
    return list(summary.get("classes", {}))


def _phase_table(phases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column for each phase: their settings are many, and phases are few."""
    columns = [flatten(phase) for phase in phases]
    keys = dict.fromkeys(key for column in columns for key in column if key != "name")
    return {
        "names": [column.get("name") for column in columns],
        "rows": {key: [column.get(key) for column in columns] for key in keys},
    }


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
