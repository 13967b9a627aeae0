"""The versions of registered classifiers: what is recorded of each, and which one is champion.

What an evaluation found lies with its MLflow run, in the folder `version/<name>`, and the version
names that run: whoever reaches the tracking server can compare any two versions and rebuild them,
whatever the folder of data holds by then.
"""

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from brain_tumor_kedro import tracking

logger = logging.getLogger(__name__)

#: Names the run that evaluated a version and holds its record.
RUN_TAG = "evaluation_run"

#: By which version a user may ask for a model. A name without quotes: MLflow's search is told it.
URI = re.compile(
    r"models:/(?P<name>[\w .-]{1,200})(?:/(?P<number>[0-9]{1,9}|latest)|@(?P<alias>[\w.-]{1,200}))"
)
#: By which run; it has registered one version.
RUN_URI = re.compile(r"runs:/(?P<run>[0-9a-zA-Z_-]{1,256})/.+")

#: Characters of what a user gave that an error says back.
QUOTED = 200

#: What MLflow answers where nothing is; anything else is a failure of the store.
NOT_THERE = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})

#: The files of a record.
TABLES, FACTS, CARD = ("manifest", "predictions", "scores_table"), "facts.json", "model_card.md"


class Version(NamedTuple):
    """A version of a registered model.

    Attributes:
        name: Of the model.
        number: Of the version.
        tags: Of the version.
    """

    name: str
    number: str
    tags: Mapping[str, str]

    @property
    def uri(self) -> str:
        """How MLflow calls it."""
        return f"models:/{self.name}/{self.number}"


class Record(NamedTuple):
    """What an evaluation found of a version, and what it rests on.

    Attributes:
        manifest: Of the data set.
        predictions: Of all splits, with `fingerprint` in `attrs`.
        scores_table: Every score with its interval.
        facts: `curation`, `training`, `resampling` and whatever else JSON holds.
    """

    manifest: pd.DataFrame
    predictions: pd.DataFrame
    scores_table: pd.DataFrame
    facts: Mapping[str, Any]

    def write(self, folder: Path, card: str) -> None:
        """Write everything into a folder that is there."""
        for name in TABLES:
            getattr(self, name).to_parquet(folder / f"{name}.parquet")
        (folder / FACTS).write_text(json.dumps(dict(self.facts), indent=2, default=str))
        (folder / CARD).write_text(card)

    @classmethod
    def read(cls, folder: Path) -> "Record":
        """Read what `write` wrote."""
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
        return cls(**tables, facts=json.loads((folder / FACTS).read_text()))


def find_version(name: str, number: str | int) -> Version:
    """Find a version by its number.

    Raises:
        ValueError: There is none, or it was deleted.
    """
    try:
        found = MlflowClient().get_model_version(name, str(number))
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
        raise ValueError(
            f"Expected version {number} of {name} in the registry "
            f"{tracking.name_store()}, found {_list_versions(name)} ({error.message}): it was "
            "deleted, or the registry is another one."
        ) from error
    return Version(name, str(found.version), dict(found.tags))


def find_by_uri(uri: str) -> Version:
    """Find a version as a user names it.

    Args:
        uri: `models:/<name>/<version>`, `models:/<name>/latest` or `models:/<name>@<alias>`.

    Raises:
        ValueError: It is named otherwise, or there is none.
    """
    match = URI.fullmatch(str(uri).strip().rstrip("/"))
    if match is None:
        raise ValueError(
            "Expected a version of a registered model, models:/<name>/<version> or "
            f"models:/<name>@<alias>, found {str(uri)[:QUOTED]!r}."
        )
    if match["number"] == "latest":
        return _find_latest(match["name"])
    if match["number"]:
        return find_version(match["name"], match["number"])
    found = find_alias(match["name"], match["alias"])
    if found is None:
        raise ValueError(
            f"Expected a version of {match['name']} with the alias {match['alias']} in the "
            f"registry {tracking.name_store()}, found {_list_versions(match['name'])} and "
            f"{_list_aliases(match['name'])}. Train one: kedro run --pipelines training; make one "
            "champion: kedro run --pipelines promotion; or name the folder in which that was "
            "done, --params data_dir=…; for the phantoms of make run, add --env sample"
        )
    return found


def find_registered(model: str) -> Version | None:
    """Find the version that a model is, however it is named.

    Args:
        model: As for `find_by_uri`; or `runs:/<run>/classifier`; or anything else.

    Returns:
        The version; None for a run that registered none, and for what is no URI of MLflow's.

    Raises:
        ValueError: It is a registered model's, and there is no such version.
    """
    model = model.strip()
    if model.startswith("models:"):
        return find_by_uri(model)
    match = RUN_URI.fullmatch(model)
    if match is None:
        return None
    found = MlflowClient().search_model_versions(f"run_id = '{match['run']}'")
    versions = [Version(one.name, str(one.version), dict(one.tags)) for one in found]
    return versions[0] if len(versions) == 1 else None


def _find_latest(name: str) -> Version:
    found = _search(name)
    if not found:
        raise ValueError(
            f"Expected a version of {name} in the registry {tracking.name_store()}, found "
            f"{_list_versions(name)} and {_list_aliases(name)}. Train one: kedro run --pipelines "
            "training"
        )
    return max(found, key=lambda version: int(version.number))


def find_alias(name: str, alias: str) -> Version | None:
    """Find the version that has an alias; None where none has."""
    client = MlflowClient()
    try:
        number = client.get_registered_model(name).aliases.get(alias)
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
        return None
    if number is None:
        return None
    try:
        return find_version(name, number)
    except ValueError as error:
        logger.warning("The alias %s of %s is of a version that is gone: %s", alias, name, error)
        return None


def find_newest_evaluated(name: str) -> Version:
    """Find the newest version that an evaluation recorded.

    Raises:
        ValueError: There is none.
    """
    evaluated = [found for found in _search(name) if RUN_TAG in found.tags]
    if not evaluated:
        raise ValueError(
            f"Expected an evaluated version of {name} in the registry {tracking.name_store()}, "
            f"found {_list_versions(name)}, none of them evaluated. Train and evaluate before: "
            "kedro run --pipelines evaluation"
        )
    return max(evaluated, key=lambda version: int(version.number))


def find_tagged(name: str, tags: Mapping[str, str]) -> list[Version]:
    """Find the versions of a model that have all of some tags, oldest first."""
    found = [one for one in _search(name) if tags.items() <= one.tags.items()]
    return sorted(found, key=lambda version: int(version.number))


def _search(name: str) -> list[Version]:
    found = MlflowClient().search_model_versions(f"name = '{name}'")
    return [Version(name, str(one.version), dict(one.tags)) for one in found]


def _list_versions(name: str) -> str:
    numbers = sorted(int(version.number) for version in _search(name))
    said = f"version{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
    return said if numbers else "no version of it"


def _list_aliases(name: str) -> str:
    """The aliases of a model; where there is none, the names of the models that there are."""
    models = {known.name: known.aliases for known in MlflowClient().search_registered_models()}
    if name not in models:
        return f"models {', '.join(sorted(models))}" if models else "no model at all"
    said = (f"{alias} (version {number})" for alias, number in sorted(models[name].items()))
    return f"aliases {', '.join(said)}" if models[name] else "no alias"


def record_version(version: Version, record: Record, facts: Mapping[str, str], card: str) -> str:
    """Keep what an evaluation found with the active run, and tag the version with it.

    Args:
        version: What was evaluated.
        record: What was found.
        facts: For tags; those of an earlier evaluation that are not among them are taken away.
        card: The model card, whole.

    Returns:
        The active run's id.

    Raises:
        ValueError: There is no active run.
    """
    run = mlflow.active_run()
    if run is None:
        raise ValueError("Expected an active MLflow run to record an evaluation in, found none.")
    with TemporaryDirectory() as place:
        record.write(Path(place), card)
        mlflow.log_artifacts(place, f"version/{version.name}")
    tags = {**facts, RUN_TAG: run.info.run_id}
    # A score that is not defined any more must not stay from before; the run's tag comes last.
    stale = [key for key in version.tags if _is_of_an_evaluation(key) and key not in tags]
    for key in stale:
        untag_version(version, key)
    tag_version(version, tags)
    return str(run.info.run_id)


def _is_of_an_evaluation(key: str) -> bool:
    return key.partition(".")[0] in ("train", "val", "test", "external", "gate", "promotion")


def tag_version(version: Version, tags: Mapping[str, Any]) -> None:
    """Tag a version."""
    for key, value in tags.items():
        MlflowClient().set_model_version_tag(version.name, version.number, key, str(value))


def untag_version(version: Version, key: str) -> None:
    """Take a tag from a version, where it has it."""
    if key in version.tags:
        MlflowClient().delete_model_version_tag(version.name, version.number, key)


def describe_version(version: Version, description: str) -> None:
    """Give a version its description."""
    MlflowClient().update_model_version(version.name, version.number, description)


def load_record(version: Version) -> Record:
    """Read what the last evaluation of a version recorded.

    Raises:
        ValueError: It was never evaluated, or its run is not to be reached.
    """
    if RUN_TAG not in version.tags:
        raise ValueError(
            f"Expected version {version.number} of {version.name} to be evaluated, it never was, "
            "or by an earlier release. Train and evaluate: kedro run --pipelines "
            "training,evaluation"
        )
    run_id = version.tags[RUN_TAG]
    with TemporaryDirectory() as place:
        try:
            found = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=f"version/{version.name}", dst_path=place
            )
            return Record.read(Path(found))
        except (MlflowException, OSError, json.JSONDecodeError) as error:
            raise ValueError(
                f"Expected the record of version {version.number} of {version.name} with its "
                f"evaluation, MLflow run {run_id}, found none that can be read ({error}). Where "
                "the registry was copied from elsewhere, its artifacts have to come along, under "
                "the same path."
            ) from error


def require_fingerprint(version: Version, fingerprint: str, prefix: str) -> None:
    """Stop where a version is of another classifier than the one that was evaluated.

    Args:
        version: Of the registry.
        fingerprint: Of what was evaluated.
        prefix: Of the names of the task's pipelines.

    Raises:
        ValueError: Says what to do.
    """
    if version.tags.get("fingerprint") != fingerprint:
        raise ValueError(
            f"Version {version.number} of {version.name} is not the classifier that was "
            "evaluated: it was changed by hand, or a training was interrupted before it was "
            f"registered. Register it, then evaluate again: kedro run --pipelines "
            f"{prefix}registration"
        )
