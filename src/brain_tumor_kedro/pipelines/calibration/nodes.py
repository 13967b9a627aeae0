"""Nodes of calibration: from predictions to what their probabilities are worth."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import calibration_plots as plots
from brain_tumor_kedro.assessment import calibration_theme as theme
from brain_tumor_kedro.assessment.calibration import stages_of
from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.consistency import require_predictions_of, stamp_figures
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.tasks import TASKS, note_data


def judge_calibration(
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: CalibrationSettings,
    task: str,
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Judge probabilities, prediction sets, abstention and the use of acting on them."""
    require_predictions_of(
        {"predictions": predictions}, training_summary, digest_manifest(manifest)
    )
    kind, temperature = TASKS[task], training_summary.get("temperature")
    judged = theme.judge_calibration(
        predictions, manifest, kind.classes, kind.positive, settings, temperature
    )
    summary = {"fingerprint": predictions.attrs["fingerprint"], **judged.summary}
    summary = tracking.with_command(summary)
    return summary, judged.reliability, judged.decisions, judged.sets, judged.abstention


def plot_calibration(
    calibration: dict[str, Any],
    reliability: pd.DataFrame,
    decisions: pd.DataFrame,
    sets: pd.DataFrame,
    answers: pd.DataFrame,
    predictions: pd.DataFrame,
    training_summary: dict[str, Any],
    task: str,
) -> tuple[Figure, Figure, Figure, Figure, Figure]:
    """Draw the test split's part of it."""
    about = {
        "subtitle": f"recipe {training_summary['recipe_name']}",
        "data_note": note_data(training_summary["phantom"]),
    }
    reliability, decisions, sets, answers = (
        table[table["split"] == "test"] for table in (reliability, decisions, sets, answers)
    )
    kind, abstention = TASKS[task], calibration["splits"]["test"]["abstention"]
    stages = stages_of(predictions, "test", kind.classes)
    confidences = {stage: outcome.probabilities.max(axis=1) for stage, outcome in stages.items()}
    figures = (
        plots.plot_reliability(reliability, confidences, **about),
        plots.plot_class_reliability(reliability, kind.classes, **about),
        plots.plot_decisions(
            decisions, kind.positive, **about, prevalence=calibration["prevalence"]
        ),
        plots.plot_sets(sets, **about),
        plots.plot_abstention(answers, abstention, **about),
    )
    stamp_figures(figures, calibration["fingerprint"])
    return figures
