"""Nodes of recording: what the registry knows of a version once it was evaluated."""

import logging
from typing import Any

import pandas as pd

from brain_tumor_kedro import registry, tracking
from brain_tumor_kedro.assessment.consistency import (
    require_predicted_on,
    require_same_classifier,
    require_same_data,
    require_theme_of,
)
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.assessment.version_facts import list_version_facts, shorten_card
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.tasks import TASKS

logger = logging.getLogger(__name__)


def record_version(
    registration: dict[str, Any],
    training_summary: dict[str, Any],
    curation_summary: dict[str, Any],
    manifest: pd.DataFrame,
    predictions: pd.DataFrame,
    metrics: dict[str, Any],
    scores_table: pd.DataFrame,
    guard: dict[str, Any],
    model_card: str,
    resampling: ResamplingSettings,
    task: str,
    patient_scores: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Tag the version with its scores, describe it by its card, and keep what it rests on."""
    classes, positive = TASKS[task].classes, TASKS[task].positive
    require_same_data(curation_summary, digest_manifest(manifest))
    require_predicted_on(predictions, training_summary, digest_manifest(manifest))
    require_same_classifier(predictions, metrics, training_summary, classes, positive)
    require_theme_of("guard", guard, training_summary["fingerprint"])
    known = {key: registration[key] for key in ("name", "version")}
    about = {"fingerprint": training_summary["fingerprint"], **known}
    if registration["version"] is None or not tracking.describe_run()["mlflow_run"]:
        logger.warning("Nothing is recorded in the registry: there is no MLflow run.")
        return {**about, registry.RUN_TAG: None, "facts": {}}
    version = registry.find_version(registration["name"], registration["version"])
    registry.require_fingerprint(version, training_summary["fingerprint"], TASKS[task].prefix)
    facts = list_version_facts(
        training_summary, curation_summary, scores_table, guard, patient_scores
    )
    told = {
        "curation": curation_summary,
        "training": training_summary,
        "metrics": metrics,
        "guard": guard,
        "resampling": resampling.model_dump(),
        "versions": tracking.list_versions(),
        **tracking.describe_run(),
    }
    record = registry.Record(manifest, predictions, scores_table, told)
    run_id = registry.record_version(version, record, facts, model_card)
    place = f"version/{version.name}/model_card.md of MLflow run {run_id}"
    registry.describe_version(version, shorten_card(model_card, place))
    return {**about, registry.RUN_TAG: run_id, "facts": facts}
