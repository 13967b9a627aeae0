"""The one place that talks to MLflow. Without an active run nothing is logged."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

if TYPE_CHECKING:
    import keras
    import pandas as pd

CHALLENGER = "challenger"
REQUIREMENTS = ("tensorflow", "keras", "numpy", "mlflow")


def log_file(path: Path, folder: str) -> None:
    """Copy a file into a folder of the active run's artifacts."""
    if mlflow.active_run() is not None:
        mlflow.log_artifact(str(path), folder)


def end_interrupted() -> None:
    """End a run that is still open when Python ends as killed; MLflow would call it finished."""
    # kedro-mlflow makes a run active twice.
    while mlflow.active_run() is not None:
        mlflow.end_run("KILLED")


def log_epoch(epoch: int, values: Mapping[str, float]) -> None:
    """Log an epoch's losses and metrics, at once."""
    if mlflow.active_run() is not None:
        mlflow.log_metrics(dict(values), step=epoch)


def log_recipe(name: str, recipe: Mapping[str, Any]) -> None:
    """Log every field of a recipe as a parameter of its own."""
    if mlflow.active_run() is not None:
        mlflow.log_params({"recipe_name": name, **flatten(recipe, "recipe")})


def log_tags(tags: Mapping[str, Any]) -> None:
    """Tag the active run."""
    if mlflow.active_run() is not None:
        mlflow.set_tags(dict(tags))


def log_scores(metrics: Mapping[str, Mapping[str, Any]]) -> None:
    """Log every number of the scores, as `<split>.<metric>` and `<split>.<metric>.<class>`."""
    if mlflow.active_run() is not None:
        flat = flatten(metrics)
        numbers = {key: value for key, value in flat.items() if isinstance(value, int | float)}
        mlflow.log_metrics({key: float(value) for key, value in numbers.items()})


def log_intervals(table: "pd.DataFrame") -> None:
    """Log the ends of the classifier's intervals, as `<split>.<metric>.low` and `.high`.

    Args:
        table: Columns `predictor`, `split`, `label`, `metric`, `low`, `high`; scores of single
            classes stay in the file.
    """
    if mlflow.active_run() is not None:
        rows = table[(table["predictor"] == "classifier") & (table["label"] == "all")]
        ends = {
            f"{row.split}.{row.metric}.{end}": float(getattr(row, end))
            for row in rows.dropna(subset=["low", "high"]).itertuples()
            for end in ("low", "high")
        }
        mlflow.log_metrics(ends)


def log_patient_scores(table: "pd.DataFrame") -> None:
    """Log scores of slices and patients, such as `test.patient.soft.f1` and `test.slice.f1`.

    Args:
        table: Columns `level`, `strategy`, `split`, `metric`, `value`; differences between
            strategies stay in the file, and so does what is not defined.
    """
    if mlflow.active_run() is not None:
        rows = table[~table["strategy"].str.contains(" - ")].dropna(subset=["value"])
        names = rows["level"].where(
            rows["level"] == rows["strategy"], rows["level"] + "." + rows["strategy"]
        )
        keys = rows["split"] + "." + names + "." + rows["metric"]
        mlflow.log_metrics(dict(zip(keys, rows["value"].astype(float), strict=True)))


def load_table(run_id: str, artifact: str) -> "pd.DataFrame":
    """Read a Parquet table that a run logged.

    Args:
        run_id: Of the run, in the present tracking store.
        artifact: The file's path among the run's artifacts.

    Raises:
        ValueError: There is no such run, or it has no such file.
    """
    import pandas as pd

    if not run_id.isalnum():
        raise ValueError(
            f"Expected a path that there is, or the id of an MLflow run; {run_id!r} is neither."
        )
    with TemporaryDirectory() as folder:
        try:
            path = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=artifact, dst_path=folder
            )
        except (MlflowException, OSError) as error:
            raise ValueError(
                f"Expected a path, or an MLflow run with {artifact}; {run_id!r} is neither "
                f"({error}). The runs are those of {mlflow.get_tracking_uri()}."
            ) from error
        return pd.read_parquet(path)


def register_classifier(
    model: "keras.Model", name: str, classes: Sequence[str], tags: Mapping[str, Any]
) -> dict[str, Any]:
    """Log a classifier to the active run and register it with the alias `challenger`.

    Args:
        model: Takes `uint8` images `(n, h, w)` or `(n, h, w, 3)`, gives probabilities.
        name: Of the registered model.
        classes: Class labels in the order of the outputs.
        tags: Of the version.

    Returns:
        `name`, `version`, `model_uri` and `run_id`; all but the name are None without a run.
    """
    run = mlflow.active_run()
    if run is None:
        return {"name": name, "version": None, "model_uri": None, "run_id": None}
    logged = mlflow.tensorflow.log_model(
        model,
        name="classifier",
        signature=_signature(model),
        pip_requirements=[f"{package}=={version(package)}" for package in REQUIREMENTS],
        metadata={"classes": list(classes)},
        registered_model_name=name,
    )
    number = str(logged.registered_model_version)
    client = MlflowClient()
    for key, value in {**tags, "classes": ",".join(classes)}.items():
        client.set_model_version_tag(name, number, key, str(value))
    client.set_registered_model_alias(name, CHALLENGER, number)
    uri = f"models:/{name}/{number}"
    return {"name": name, "version": number, "model_uri": uri, "run_id": run.info.run_id}


def _signature(model: "keras.Model") -> ModelSignature:
    # Without a name: MLflow hands a named input over as a dictionary, which no model here takes.
    shape = tuple(-1 if side is None else side for side in model.input_shape)
    images = TensorSpec(np.dtype("uint8"), shape)
    outputs = TensorSpec(np.dtype("float32"), (-1, model.output_shape[-1]))
    return ModelSignature(inputs=Schema([images]), outputs=Schema([outputs]))


def describe_run() -> dict[str, str]:
    """What it takes to run the same again.

    Returns:
        `created` (UTC), `command`, `git_revision` (see `find_revision`) and `mlflow_run` (empty
        without one).
    """
    run = mlflow.active_run()
    program = Path(sys.argv[0]).name
    return {
        "created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join([program, *sys.argv[1:]]),
        "git_revision": find_revision(),
        "mlflow_run": run.info.run_id if run else "",
    }


def with_command(found: Mapping[str, Any]) -> dict[str, Any]:
    """Note with what a part of the evaluation found by which command it was found."""
    return {**found, "command": describe_run()["command"]}


@cache
def find_revision() -> str:
    """Name the code that runs: found once, since the checkout may move on during hours of training.

    Returns:
        The commit, with `-dirty` where files were changed; empty outside a repository.
    """
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        result = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return result.stdout.strip()


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Name every value by all keys above it; a list of mappings by their names.

    Args:
        values: Mappings in one another.
        prefix: Before every name.

    Returns:
        Such as `{"recipe.head.pooling": "avg"}`.
    """
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
            value = {str(item.get("name", place)): item for place, item in enumerate(value)}
        flat |= flatten(value, name) if isinstance(value, Mapping) else {name: value}
    return flat
