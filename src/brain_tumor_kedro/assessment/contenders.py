"""Who is judged at a promotion, by what, and what is found."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

#: What champions are chosen by.
CHOSEN_ON, METRIC = "val", "macro_f1"


class Evidence(NamedTuple):
    """What an evaluation of a version recorded.

    Attributes:
        manifest: Columns `image_id`, `group_id`, `patient_id`.
        predictions: Of all splits, with the classifier's `fingerprint` and the `manifest_digest`
            of the data set in `attrs`.
        scores: The `scores_table`.
        curation: The `curation_summary`.
        training: The `training_summary`.
        guard: What was found of the guard, see `guard_judging.judge_scores`; empty where none was
            tried.
    """

    manifest: pd.DataFrame
    predictions: pd.DataFrame
    scores: pd.DataFrame
    curation: Mapping[str, Any]
    training: Mapping[str, Any]
    guard: Mapping[str, Any]


class Contender(NamedTuple):
    """A version of the registry.

    Attributes:
        number: Of the version.
        fingerprint: Of its classifier.
        manifest_digest: Of the data set that it was trained on.
        phantom: Whether that is generated; None where the version does not say.
        evidence: What its evaluation recorded; None where it was not evaluated, or that
            cannot be read any more.
    """

    number: str
    fingerprint: str
    manifest_digest: str
    phantom: bool | None
    evidence: Evidence | None


class Gate(NamedTuple):
    """One condition of a promotion.

    Attributes:
        name: Of the gate.
        passed: Whether it holds.
        text: A sentence that says so.
        number: What was measured, if it is a number.
        limit: What the number was held against.
    """

    name: str
    passed: bool
    text: str
    number: float | None = None
    limit: float | None = None


def find_foreign(contender: Contender, evidence: Evidence) -> str:
    """Find what of a version's record is of another classifier or of another data set.

    Args:
        contender: The version.
        evidence: Its record.

    Returns:
        What was recorded, and of what else it is; nothing where all belongs together.
    """
    told = evidence.predictions.attrs
    if told.get("fingerprint") != contender.fingerprint:
        return f"predictions are of another classifier, {str(told.get('fingerprint'))[:16]}"
    digests = {
        "predictions": told.get("manifest_digest"),
        "curation summary": evidence.curation.get("manifest_digest"),
    }
    for name, found in digests.items():
        if found != contender.manifest_digest:
            verb = "are" if name == "predictions" else "is"
            return f"{name} {verb} of manifest {found}, expected {contender.manifest_digest}"
    return ""
