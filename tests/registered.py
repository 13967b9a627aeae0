"""A registry of its own for a test, with versions that need no model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from brain_tumor_kedro import registry
from brain_tumor_kedro.registry import Record, Version
from contenders import RESAMPLING, contend

NAME = "brain_tumor_tumor_type"


def make_registry(folder: Path) -> str:
    """Make a tracking store, which takes seconds."""
    uri = f"sqlite:///{folder}/mlflow.db"
    client = MlflowClient(uri)
    client.create_experiment("test", artifact_location=(folder / "artifacts").as_uri())
    return uri


@contextmanager
def open_registry(uri: str) -> Iterator[MlflowClient]:
    """Track in a store, which then knows the one registered model without a version."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("test")
    client = MlflowClient()
    client.create_registered_model(NAME)
    try:
        yield client
    finally:
        client.delete_registered_model(NAME)
        mlflow.set_tracking_uri(before)


def register(name: str = NAME, **tags: str) -> Version:
    """Register a version, as a training does it."""
    client = MlflowClient()
    number = client.create_model_version(name, source="file:///nowhere", run_id=None).version
    known = {"fingerprint": f"f{number}", "manifest_digest": "data", "phantom": "False"}
    registry.tag_version(Version(name, str(number), {}), {**known, **tags})
    return registry.find_version(name, number)


def evaluate(version: Version, wrong: int = 0, card: str = "# Card", **facts: str) -> Version:
    """Record an evaluation of a version, in a run of its own."""
    about = {key: version.tags[key] for key in ("fingerprint", "manifest_digest")}
    evidence = contend(version.number, wrong, **about).evidence
    told = {"curation": evidence.curation, "training": evidence.training, "guard": evidence.guard,
            "resampling": RESAMPLING.model_dump()}  # fmt: skip
    record = Record(evidence.manifest, evidence.predictions, evidence.scores, told)
    with mlflow.start_run():
        registry.record_version(version, record, facts, card)
    return registry.find_version(version.name, version.number)
