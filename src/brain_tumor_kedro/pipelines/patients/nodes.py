"""Nodes of patients: from predictions of slices to what is said of patients."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import patient_plots as plots
from brain_tumor_kedro.assessment import patient_scores as scores
from brain_tumor_kedro.assessment import patient_theme as theme
from brain_tumor_kedro.assessment.aggregation import aggregate_patients
from brain_tumor_kedro.assessment.consistency import (
    require_predictions_of,
    require_table_by,
    stamp_figures,
)
from brain_tumor_kedro.assessment.learned_pooling import (
    add_learned,
    prepare_lesson,
    say_why_not,
    tabulate_attention,
    tabulate_nothing,
)
from brain_tumor_kedro.assessment.patient_mistakes import find_patient_mistakes
from brain_tumor_kedro.assessment.patient_settings import PatientSettings
from brain_tumor_kedro.assessment.patients import Patients, gather_patients
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.tasks import TASKS, note_data


def learn_pooling(
    predictions: pd.DataFrame,
    features: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: AttentionPooling,
    task: str,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Learn on the training patients which slices count, and say how much each of all counts."""
    tables = {"predictions": predictions, "features": features}
    require_predictions_of(tables, training_summary, digest_manifest(manifest))
    patients = _gather(predictions, manifest, task)
    lesson = prepare_lesson(patients, features)
    found: dict[str, Any] = {"note": say_why_not(lesson), "settings": settings.model_dump()}
    table = tabulate_nothing()
    if not found["note"]:
        from brain_tumor_kedro.modelling.attention_pooling import pool_slices

        pooled = pool_slices(*lesson, settings)
        table = tabulate_attention(patients, pooled.attention, pooled.probabilities)
        found |= pooled.facts()
    table.attrs["fingerprint"] = training_summary["fingerprint"]
    return table, {"fingerprint": training_summary["fingerprint"], **found}


def aggregate_slices(
    predictions: pd.DataFrame,
    slice_attention: pd.DataFrame,
    manifest: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: PatientSettings,
    task: str,
) -> pd.DataFrame:
    """Put the slices of every patient together, in every way that there is."""
    tables = {"predictions": predictions, "slice_attention": slice_attention}
    require_predictions_of(tables, training_summary, digest_manifest(manifest))
    patients = _gather(predictions, manifest, task)
    table = add_learned(
        aggregate_patients(patients, settings.aggregation), patients, slice_attention
    )
    table.attrs["fingerprint"] = training_summary["fingerprint"]
    return table


def judge_patients(
    predictions: pd.DataFrame,
    patient_predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: ResamplingSettings,
    settings: PatientSettings,
    task: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score slices and patients, judge their probabilities, and list who is always called wrong."""
    require_table_by("patient_predictions", patient_predictions, predictions.attrs["fingerprint"])
    kind, rows = TASKS[task], kept(manifest)
    table = scores.score_patients(
        predictions, patient_predictions, rows, kind.classes, kind.positive, resampling
    )
    tracking.log_patient_scores(table)
    bins, curves = theme.judge_probabilities(
        patient_predictions, rows, kind.classes, kind.positive, resampling, settings
    )
    return table, bins, curves, find_patient_mistakes(patient_predictions, kind.positive[0])


def summarize_patients(
    patient_predictions: pd.DataFrame,
    patient_scores: pd.DataFrame,
    patient_mistakes: pd.DataFrame,
    attention_pooling: dict[str, Any],
    resampling: ResamplingSettings,
    settings: PatientSettings,
    task: str,
) -> dict[str, Any]:
    """Put what is known of patients into numbers and sentences."""
    fingerprint = patient_predictions.attrs["fingerprint"]
    about = (attention_pooling, TASKS[task].positive, resampling, settings)
    summary = theme.summarize_patients(
        patient_predictions, patient_scores, patient_mistakes, *about
    )
    return tracking.with_command({"fingerprint": fingerprint, **summary})


def plot_patients(
    patients: dict[str, Any],
    patient_scores: pd.DataFrame,
    patient_reliability: pd.DataFrame,
    patient_decisions: pd.DataFrame,
    training_summary: dict[str, Any],
) -> tuple[Figure, Figure, Figure]:
    """Draw scores, reliability and decision curves of the test patients."""
    about = {
        "split": theme.JUDGED[0],
        "positive": patients["positive"],
        "subtitle": f"recipe {training_summary['recipe_name']}",
        "data_note": note_data(training_summary["phantom"]),
    }
    bins, curves = (
        table[table["split"] == about["split"]]
        for table in (patient_reliability, patient_decisions)
    )
    figures = (
        plots.plot_patient_scores(patient_scores, **about),
        plots.plot_patient_calibration(bins, patients["strategies"], **about),
        plots.plot_patient_decisions(curves, patients["strategies"], **about),
    )
    stamp_figures(figures, patients["fingerprint"])
    return figures


def _gather(predictions: pd.DataFrame, manifest: pd.DataFrame, task: str) -> Patients:
    patient_of = kept(manifest).set_index("image_id")["patient_id"]
    return gather_patients(predictions, patient_of, TASKS[task].classes, TASKS[task].positive)
