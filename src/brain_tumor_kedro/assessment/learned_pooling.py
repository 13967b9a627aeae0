"""What learned pooling is given, and how what it says is written down."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.patients import Array, Patients

#: The strategy that is learned, and what it does.
LEARNED = {
    "gated_attention": (
        "A small network on the slices' features, which learned from training patients which "
        "slices count (gated attention)."
    )
}

NAME = next(iter(LEARNED))

#: Columns of the attention that slices get.
COLUMNS = ("image_id", "patient_id", "split", "attention", "probability")


class Lesson(NamedTuple):
    """What learned pooling is given, see `modelling.attention_pooling.pool_slices`.

    Attributes:
        features: Of slices, float32, shape (n, features).
        patients: Patient of every slice, int, shape (n,).
        positive: Which patients are positive, shape (patients,).
        train: Which are trained on, shape (patients,).
        val: Which stop the training, shape (patients,).
    """

    features: npt.NDArray[np.float32]
    patients: npt.NDArray[np.intp]
    positive: npt.NDArray[np.bool_]
    train: npt.NDArray[np.bool_]
    val: npt.NDArray[np.bool_]


def prepare_lesson(patients: Patients, features: pd.DataFrame) -> Lesson:
    """Take the features of the slices of every patient.

    Args:
        patients: The slices.
        features: Columns `image_id`, `f0`, `f1`, …

    Raises:
        ValueError: A slice has no features, or such that are not finite.
    """
    split = patients.about["split"]
    return Lesson(
        take_features(features, patients.image_ids),
        patients.codes,
        (patients.about["label"] == patients.positive).to_numpy(),
        (split == "train").to_numpy(),
        (split == "val").to_numpy(),
    )


def say_why_not(lesson: Lesson) -> str:
    """Say what learned pooling lacks; empty where it lacks nothing."""
    if len(np.unique(lesson.positive[lesson.train])) < 2:
        return "the training patients are not of both classes"
    return "" if lesson.val.any() else "there are no validation patients to stop by"


def tabulate_attention(patients: Patients, attention: Array, probabilities: Array) -> pd.DataFrame:
    """Write down how much every slice counts.

    Args:
        patients: The slices.
        attention: Of every slice, shape (n,).
        probabilities: Of being positive, shape (patients,).

    Returns:
        `image_id`, `patient_id`, `split`, `attention`, and the patient's `probability`; slices by
        patient, those that count most first.
    """
    table = pd.DataFrame(
        {
            "image_id": patients.image_ids,
            "patient_id": patients.about["patient_id"].to_numpy()[patients.codes],
            "split": patients.about["split"].to_numpy()[patients.codes],
            "attention": attention,
            "probability": probabilities[patients.codes],
        }
    )
    return table.iloc[np.lexsort((-attention, patients.codes))].reset_index(drop=True)


def tabulate_nothing() -> pd.DataFrame:
    """The table of `tabulate_attention` where nothing was learned."""
    kinds = dict.fromkeys(COLUMNS[:3], "str") | dict.fromkeys(COLUMNS[3:], "float64")
    return pd.DataFrame(columns=list(COLUMNS)).astype(kinds)


def add_learned(
    table: pd.DataFrame, patients: Patients, slice_attention: pd.DataFrame
) -> pd.DataFrame:
    """Put what was learned beside the strategies that learn nothing.

    Args:
        table: As `aggregation.aggregate` makes it.
        patients: The slices.
        slice_attention: As `tabulate_attention` makes it; without rows nothing is added.

    Returns:
        The table with the rows of `gated_attention` at its end.

    Raises:
        ValueError: A patient has no learned probability.
    """
    if slice_attention.empty:
        return table
    said = slice_attention.drop_duplicates("patient_id").set_index("patient_id")["probability"]
    probabilities = said.reindex(patients.about["patient_id"]).to_numpy(dtype=np.float64)
    if np.isnan(probabilities).any():
        raise ValueError(
            "Expected a learned probability of every patient, found none of "
            f"{patients.about.loc[np.isnan(probabilities), 'patient_id'].iloc[0]!r}. Learn again: "
            "kedro run with the pipeline `patients` of this task."
        )
    return pd.concat([table, patients.tabulate(NAME, probabilities)], ignore_index=True)
