"""Disputed labels where a label is the patient's: how many patients they are about."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

#: Names of patients that are told at most.
TOLD = 10


def count_disputed_patients(
    predictions: pd.DataFrame, issues: pd.DataFrame, patient_of: "pd.Series[str]"
) -> pd.DataFrame:
    """Count the slices of every patient, and those whose label both judges dispute.

    Args:
        predictions: Of the classifier: `image_id`, `split`.
        issues: As `label_issues.find_label_issues` makes them: `image_id`, `disputed`.
        patient_of: Patient of every image, by `image_id`.

    Returns:
        One row for each split and patient: `split`, `patient_id`, `slices`, `disputed` (how many
        of them), and `mostly` (whether that is more than half).
    """
    disputed = issues.loc[issues["disputed"].astype(bool), "image_id"]
    rows = pd.DataFrame(
        {
            "split": predictions["split"].to_numpy(),
            "patient_id": predictions["image_id"].map(patient_of).to_numpy(),
            "disputed": predictions["image_id"].isin(disputed).to_numpy(),
        }
    )
    named = rows.groupby(["split", "patient_id"], sort=True)["disputed"]
    table = named.agg(slices="size", disputed="sum").reset_index()
    return table.assign(mostly=2 * table["disputed"] > table["slices"])


def say_disputed_patients(counts: Mapping[str, Any], split: str) -> str:
    """Say of how many patients most slices are disputed.

    Args:
        counts: Of one split: `images`, `disputed`, `patients`, `mostly_disputed` (names).
        split: Its name.

    Returns:
        A few sentences; none says what accuracy would be, since a label is wrong for all slices
        of a patient or for none.
    """
    names = counts["mostly_disputed"]
    told = f": {', '.join(names[:TOLD])}{', …' if len(names) > TOLD else ''}" if names else ""
    return (
        f"The labels of {counts['disputed']:,} of {counts['images']:,} {split} slices are disputed "
        "by the classifier and by an independent probe. A label is the patient's, right for all "
        f"slices or for none: most slices are disputed of {len(names):,} of "
        f"{counts['patients']:,} {split} patients{told}."
    )
