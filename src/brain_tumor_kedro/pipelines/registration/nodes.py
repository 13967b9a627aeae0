"""Nodes of registration: from a trained classifier to a registered model that answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro import serving, tracking
from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.consistency import require_same_data
from brain_tumor_kedro.assessment.guard import Guard
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.assessment.guard_tables import fit_on_tables
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.tasks import TASKS

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any

#: Makes a model of a bundle's folder; run by MLflow, and not imported here.
SCRIPT = Path(serving.__file__).with_name("pyfunc.py")

#: What thresholds rest on: never on images that are judged later.
REFERENCE = ("train", "val")


def predict_reference(
    classifier: Classifier,
    training_summary: dict[str, Any],
    images: np.ndarray,
    manifest: pd.DataFrame,
    task: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Predict training and validation images, and keep their features and styles."""
    from brain_tumor_kedro.modelling.inference import predict_styled
    from brain_tumor_kedro.modelling.lineage import require_trained_on

    require_same_images(images, manifest)
    require_trained_on(classifier, training_summary, digest_manifest(manifest))
    rows = kept(manifest)
    rows = rows[rows["split"].isin(REFERENCE)]
    predictions, styles = predict_styled(classifier, images, rows, TASKS[task].classes)
    return predictions.table, predictions.features, styles


def fit_guard(
    reference_predictions: pd.DataFrame,
    reference_features: pd.DataFrame,
    reference_styles: pd.DataFrame,
    settings: GuardSettings,
) -> Guard:
    """Learn what the classifier's images look like, and from where on an image is foreign."""
    return fit_on_tables(reference_predictions, reference_features, reference_styles, settings)


def assemble_bundle(
    classifier: Classifier,
    training_summary: dict[str, Any],
    curation_summary: dict[str, Any],
    images: np.ndarray,
    reference_predictions: pd.DataFrame,
    guard: Guard,
    calibration: CalibrationSettings,
) -> Iterator[tuple[str, bytes]]:
    """Put together all that it takes to answer about new images."""
    from brain_tumor_kedro.serving.assembling import state_facts
    from brain_tumor_kedro.serving.bundle import Bundle

    require_same_data(curation_summary, training_summary["manifest_digest"])
    facts = state_facts(
        training_summary,
        reference_predictions,
        calibration,
        image_size=images.shape[1],
        split_strategy=curation_summary["split_strategy"],
        created=tracking.describe_run()["created"],
    )
    return Bundle(facts, classifier, guard).files()


def register_classifier(
    bundle: Path, training_summary: dict[str, Any], task: str
) -> dict[str, Any]:
    """Register the bundle as challenger, with what it was trained on and how."""
    from brain_tumor_kedro.serving.answers import REQUESTED
    from brain_tumor_kedro.serving.bundle import digest_facts, read_facts
    from brain_tumor_kedro.serving.columns import types_of
    from brain_tumor_kedro.serving.registered import DIGEST

    keys = ("recipe_name", "manifest_digest", "fingerprint", "phantom", "git_revision", "seed")
    tags = {key: training_summary[key] for key in keys}
    if read_facts(bundle).fingerprint != training_summary["fingerprint"]:
        raise ValueError(
            "The bundle is not of the classifier that was trained last. Register it whole: kedro "
            f"run --pipelines {TASKS[task].prefix}registration"
        )
    known = {DIGEST: digest_facts(bundle), "classes": ",".join(TASKS[task].classes)}
    registration = tracking.register_bundle(
        bundle,
        SCRIPT,
        f"brain_tumor_{task}",
        {**tags, **known},
        types_of(TASKS[task].classes),
        REQUESTED,
    )
    return {**registration, **tags}
