"""Two classifiers by the answers that a task asks for: slices, or the patients they are of."""

from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.aggregation import aggregate
from brain_tumor_kedro.assessment.comparison import DIFFERENCE, compare_runs
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.tasks import Task

#: How the slices of a patient are put together: chosen beforehand, as in the reports.
STRATEGY = "soft"


def compare_answers(
    this: pd.DataFrame,
    other: pd.DataFrame,
    manifest: pd.DataFrame,
    task: Task,
    split: str,
    metric: str,
    settings: ResamplingSettings,
) -> dict[str, Any]:
    """Compare two classifiers on the same images, with an interval from the same draws of groups.

    Args:
        this: Predictions of one: see `comparison.compare_runs`.
        other: Of another, on the same images with the same labels.
        manifest: Columns `image_id`, `group_id`, and `patient_id` where the unit is the patient.
        task: The task; where its unit is the patient, answers for patients are compared, each the
            mean of the probabilities of the patient's slices.
        split: What to compare on.
        metric: What to compare by, such as `macro_f1`.
        settings: How the interval is drawn.

    Returns:
        `value` (this minus the other), `low` and `high` of its 95% interval (None where there are
        too few groups), `n` (images or patients) and `groups`.

    Raises:
        ValueError: See `comparison.compare_runs` and `aggregation.aggregate`.
    """
    if task.unit == "patient":
        this, other = (_answer_for_patients(table, manifest, task) for table in (this, other))
        manifest = _list_patients(manifest)
    table, _ = compare_runs(this, other, manifest, task, [split], settings)
    wanted = (table["predictor"] == DIFFERENCE) & (table["label"] == "all")
    row = table[wanted & (table["metric"] == metric)].iloc[0]
    numbers = {name: row[name] for name in ("value", "low", "high")}
    plain = {name: None if pd.isna(value) else float(value) for name, value in numbers.items()}
    return {**plain, "n": int(row["n"]), "groups": int(row["groups"])}


def _answer_for_patients(
    predictions: pd.DataFrame, manifest: pd.DataFrame, task: Task
) -> pd.DataFrame:
    patient_of = manifest.set_index("image_id")["patient_id"]
    table = aggregate(predictions, patient_of, task.classes, task.positive)
    rows = table[table["strategy"] == STRATEGY].rename(columns={"patient_id": "image_id"})
    rows = rows.reset_index(drop=True)
    rows.attrs = dict(predictions.attrs)
    return rows


def _list_patients(manifest: pd.DataFrame) -> pd.DataFrame:
    """The group of every patient: patients of one group stay together in every draw."""
    patients = manifest.dropna(subset="patient_id").drop_duplicates("patient_id")
    return patients[["patient_id", "group_id"]].rename(columns={"patient_id": "image_id"})
