"""Lineage: a classifier is judged on the data set it was trained for, and on no other."""

from collections.abc import Mapping
from typing import Any

import keras

from brain_tumor_kedro.modelling.classifier import fingerprint


def require_trained_on(
    classifier: keras.Model, training_summary: Mapping[str, Any], manifest_digest: str
) -> None:
    """Stop where a classifier, its summary and the manifest do not belong together.

    On another manifest, images it was trained on may lie in the test split.

    Args:
        classifier: The loaded classifier.
        training_summary: What its training left, with `fingerprint` and `manifest_digest`.
        manifest_digest: Of the manifest it is to be judged on.

    Raises:
        ValueError: Says which of the three does not fit, and what to do.
    """
    if training_summary["fingerprint"] != fingerprint(classifier):
        raise ValueError(
            "The classifier is not the one that the last training summary describes: an "
            "interrupted training may have left it so. Train again: kedro run --pipelines training"
        )
    require_same_manifest(training_summary, manifest_digest)


def require_same_manifest(training_summary: Mapping[str, Any], manifest_digest: str) -> None:
    """Stop where a classifier was trained on another manifest.

    Args:
        training_summary: What its training left, with `manifest_digest`.
        manifest_digest: Of the present manifest.

    Raises:
        ValueError: Says which digests differ, and what to do.
    """
    if training_summary["manifest_digest"] != manifest_digest:
        raise ValueError(
            f"The classifier was trained on manifest {training_summary['manifest_digest']}, the "
            f"present one is {manifest_digest}: its training images may be test images now. Train "
            "again: kedro run --pipelines training"
        )


def require_predicted_by(classifier: keras.Model, predicted_by: str) -> None:
    """Stop where predictions are of another classifier.

    Args:
        classifier: The loaded classifier.
        predicted_by: The fingerprint of the one that predicted.

    Raises:
        ValueError: Says what to do.
    """
    if fingerprint(classifier) != predicted_by:
        raise ValueError(
            "The predictions are not of the present classifier: it was trained again, and not "
            "evaluated. Evaluate again: kedro run --pipelines evaluation"
        )
