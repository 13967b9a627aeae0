"""The one place that talks to MLflow. Without an active run nothing is logged."""

import os
import platform
import re
import subprocess
import sys
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import AnyType

if TYPE_CHECKING:
    import pandas as pd

CHALLENGER = "challenger"
#: What loading a registered model needs; it needs all else by itself.
PACKAGE = "brain_tumor_kedro"
#: Columns of a request.
INPUTS = ("image", "file")
#: Under which name a model keeps its bundle, and the file that a bundle is known by.
BUNDLE, BUNDLE_FACTS = "bundle", "bundle.json"
#: Characters of what a user gave that an error says back.
MAX_QUOTED = 200
#: What the data set, the predictions and the scores are computed by.
LIBRARIES = (
    "faiss-cpu", "h5py", "keras", "nibabel", "numpy", "pandas", "pillow", "scikit-learn", "scipy",
    "tensorflow",
)  # fmt: skip


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
                f"({error}). The runs are those of {name_store()}."
            ) from error
        return pd.read_parquet(path)


def register_bundle(
    folder: Path,
    script: Path,
    name: str,
    tags: Mapping[str, Any],
    outputs: Mapping[str, str],
    parameters: Mapping[str, bool | float],
) -> dict[str, Any]:
    """Log a bundle to the active run as a model, and register it with the alias `challenger`.

    Args:
        folder: Of the bundle.
        script: Makes a model of the folder; MLflow keeps a copy.
        name: Of the registered model.
        tags: Of the version.
        outputs: The type of each column of an answer, as MLflow names it; each may be null.
        parameters: What a request can ask for beside its images, with the defaults.

    Returns:
        `name`, `version`, `model_uri` and `run_id`; all but the name are None without a run.
    """
    run = mlflow.active_run()
    if run is None:
        return {"name": name, "version": None, "model_uri": None, "run_id": None}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*An input example was not provided")
        logged = mlflow.pyfunc.log_model(
            name="classifier",
            python_model=str(script),
            artifacts={BUNDLE: str(folder)},
            signature=_sign(outputs, parameters),
            pip_requirements=[f"{PACKAGE}=={version(PACKAGE)}"],
            registered_model_name=name,
        )
    number = str(logged.registered_model_version)
    client = MlflowClient()
    for key, value in tags.items():
        client.set_model_version_tag(name, number, key, str(value))
    client.set_registered_model_alias(name, CHALLENGER, number)
    uri = f"models:/{name}/{number}"
    return {"name": name, "version": number, "model_uri": uri, "run_id": run.info.run_id}


def _sign(outputs: Mapping[str, str], parameters: Mapping[str, bool | float]) -> ModelSignature:
    # Bytes, text and nested lists are all images: what they are is checked by the model. So is
    # whether there are any: where MLflow misses a column it says the whole request back.
    any_type: Any = AnyType
    inputs: list[Any] = [ColSpec(any_type(), name, required=False) for name in INPUTS]
    columns: list[Any] = [ColSpec(kind, name, required=False) for name, kind in outputs.items()]
    asked = [
        ParamSpec(name, "boolean" if isinstance(value, bool) else "double", value)
        for name, value in parameters.items()
    ]
    return ModelSignature(Schema(inputs), Schema(columns), ParamSchema(asked))


def fetch_bundle(uri: str) -> Path:
    """Find the folder of a bundle, fetched where it lies elsewhere.

    Args:
        uri: Of a registered model (`models:/name@alias`, `models:/name/3`) or of a run's
            (`runs:/<run>/classifier`); or the folder itself.

    Returns:
        A local folder; to be read, not written.

    Raises:
        ValueError: Where there is no such model, or one that is no bundle.
    """
    if _is_bundle(uri):
        return Path(uri)
    place = f"{uri.rstrip('/')}/artifacts/{BUNDLE}"
    try:
        if not uri.startswith(("models:/", "runs:/")):
            raise ValueError(_name_place(uri))
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=place))
    except (MlflowException, OSError, ValueError) as error:
        raise ValueError(
            "Expected a model such as models:/brain_tumor_tumor_type@champion, or the folder of a "
            f"bundle; {uri[:MAX_QUOTED]!r} is none ({error}). Models are looked for in "
            f"{name_store()}; register one: kedro run --pipelines registration"
        ) from error
    if not (folder / BUNDLE_FACTS).is_file():
        raise ValueError(
            f"Expected a bundle in {uri}, found {_name_files(folder)}: it was registered by an "
            "earlier version. Register it anew: kedro run --pipelines registration"
        )
    return folder


def _is_bundle(path: str) -> bool:
    try:
        return (Path(path) / BUNDLE_FACTS).is_file()
    except (OSError, ValueError):  # too long, or with characters that no path has
        return False


def _name_place(path: str) -> str:
    """What a path is that is no bundle."""
    try:
        place = Path(path)
        if place.is_dir():
            return f"it is a folder without {BUNDLE_FACTS}"
        return "it is a file" if place.exists() else "it is not there"
    except (OSError, ValueError):
        return "it is no path"


def name_store() -> str:
    """Where runs and models are looked for, without a password."""
    return re.sub(r"//[^/@]*@", "//", mlflow.get_tracking_uri())


def _name_files(folder: Path) -> str:
    return ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else "none"


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


def list_versions() -> dict[str, str]:
    """The versions of what computes: of Python, and of every library that a result rests on."""
    found = {"python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}


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
