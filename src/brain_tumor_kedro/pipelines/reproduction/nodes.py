"""Nodes of reproduction: what a version recorded, made again and compared."""

import logging
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError

from brain_tumor_kedro import registry, tracking
from brain_tumor_kedro.assessment import reproduction
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.assessment.scores import score_classifier
from brain_tumor_kedro.imaging.cohort import CohortSettings
from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.outliers import OutlierSettings
from brain_tumor_kedro.imaging.packing import PackingSettings, require_same_images
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.imaging.volumes import SliceSettings
from brain_tumor_kedro.registry import Record, Version
from brain_tumor_kedro.tasks import TASKS

logger = logging.getLogger(__name__)

#: What the settings of a curation are, by their names.
SETTINGS: dict[str, Any] = {
    "split": SplitSettings,
    "similarity": SimilaritySettings,
    "outliers": OutlierSettings,
    "packing": PackingSettings,
    "cohort": CohortSettings,
    "slices": SliceSettings,
    "expert_sources": list[str],
    "holdout_sources": list[str],
    "exclude_cases": list[str],
}

#: What names a score in the table of scores.
SCORE = ("split", "label", "metric")


class Recalled(NamedTuple):
    """A version, and what its evaluation recorded."""

    version: Version
    record: Record


def recall_version(model: str | None, task: str) -> tuple[Recalled, pd.DataFrame, pd.DataFrame]:
    """Find a version and its record; its manifest stands for those that it was split after."""
    if not model:
        raise ValueError(
            "Expected which version to reproduce, found none. Say: kedro run --pipelines "
            f"{TASKS[task].prefix}reproduction --params model=models:/brain_tumor_{task}/1"
        )
    version = registry.find_by_uri(model)
    if version.name != f"brain_tumor_{task}":
        own = {f"brain_tumor_{name}": other.prefix for name, other in TASKS.items()}
        hint = f": --pipelines {own[version.name]}reproduction" if version.name in own else ""
        raise ValueError(f"Expected a version of brain_tumor_{task}, found {model}{hint}")
    record = registry.load_record(version)
    history = record.manifest.assign(version=0)
    history.attrs = {"versions": [dict(record.manifest.attrs)]}
    logger.info("%s was made of manifest %s.", version.uri, digest_manifest(record.manifest))
    return Recalled(version, record), history, pd.DataFrame()


def recall_settings(recalled: Recalled, **present: Any) -> dict[str, Any]:
    """Take the settings that were recorded; where one was not, that of the configuration."""
    summary = recalled.record.facts["curation"]
    # Before settings were noted, a summary had some of them.
    recorded = summary.get("settings", {key: summary[key] for key in SETTINGS if key in summary})
    missing = sorted(present.keys() - recorded.keys())
    chosen = {name: recorded.get(name, value) for name, value in present.items()}
    return {**{name: _check(name, value) for name, value in chosen.items()}, "missing": missing}


def _check(name: str, value: Any) -> Any:
    plain = value.model_dump() if isinstance(value, BaseModel) else value
    try:
        return TypeAdapter(SETTINGS[name]).validate_python(plain)
    except ValidationError as error:
        raise ValueError(
            f"Expected settings of {name} that this release knows, found {plain}, recorded by "
            f"another one ({error}). Check out the version's git_revision and reproduce there."
        ) from error


def predict_again(
    recalled: Recalled, images: np.ndarray, manifest: pd.DataFrame, task: str
) -> pd.DataFrame:
    """Predict the rebuilt images with the registered classifier."""
    from brain_tumor_kedro.modelling.inference import predict_table
    from brain_tumor_kedro.serving.registered import load_registered

    require_same_images(images, manifest)
    version = recalled.version
    bundle = load_registered(tracking.fetch_bundle(version.uri), version.uri, version.tags)
    return predict_table(bundle.classifier, images, kept(manifest), TASKS[task].classes).table


def compare_with_record(
    recalled: Recalled,
    missing_settings: list[str],
    rebuilt_manifest: pd.DataFrame,
    dealt_manifest: pd.DataFrame,
    rebuilt_predictions: pd.DataFrame,
    task: str,
) -> dict[str, Any]:
    """Compare data set, predictions and scores with what was recorded, and say what differs."""
    version, record = recalled
    resampling = ResamplingSettings(**record.facts["resampling"])
    table = score_classifier(rebuilt_predictions, kept(rebuilt_manifest), TASKS[task], resampling)
    own = record.scores_table[record.scores_table["predictor"] == "classifier"]
    about = tracking.describe_run()
    code = {"git_revision": about["git_revision"], **tracking.list_versions()}
    then = {"git_revision": record.facts.get("git_revision"), **record.facts.get("versions", {})}
    found = {
        "name": version.name,
        "version": version.number,
        "fingerprint": version.tags.get("fingerprint"),
        "expected_digest": digest_manifest(record.manifest),
        "found_digest": digest_manifest(rebuilt_manifest),
        "manifest": reproduction.compare_manifests(kept(record.manifest), kept(rebuilt_manifest)),
        "from_seed": _follows_from_seed(record, dealt_manifest),
        "predictions": reproduction.compare_predictions(record.predictions, rebuilt_predictions),
        "scores": reproduction.compare_scores(own, table, SCORE),
        "settings": missing_settings,
        "then": reproduction.compare_facts(then, code),
    }
    said = reproduction.say_reproduction(found)
    level = logging.INFO if reproduction.is_same(found) else logging.WARNING
    logger.log(level, "\n%s", "\n".join(said))
    return {"reproduced": reproduction.is_same(found), "said": said, **found, **about}


def _follows_from_seed(record: Record, dealt: pd.DataFrame) -> bool | None:
    """Whether the split is that of the seed; None where earlier manifests had a say in it."""
    if record.facts["curation"].get("earlier_manifests") != 0:
        return None
    splits = (table.set_index("image_id")["split"].dropna() for table in (record.manifest, dealt))
    first, second = splits
    return bool(first.sort_index().equals(second.sort_index()))
