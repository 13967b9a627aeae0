"""Project settings; see https://docs.kedro.org/en/stable/configure/configuration_basics/."""

import os
import warnings
from pathlib import Path

from kedro.config import OmegaConfigLoader
from kedro.utils import find_kedro_project

from brain_tumor_kedro.hooks import ProjectHooks
from brain_tumor_kedro.tracking_server import ServerHooks, name_server

# Kedro 1.7 calls what OmegaConf 2.4 deprecates, several times a run; nothing to do for a user.
warnings.filterwarnings("ignore", message="register_new_resolver", category=UserWarning)
# Kedro would go on with results of another run where a version is newer than this run's own, as
# after a change of the clock.
warnings.filterwarnings("error", message="Save version")

# TensorFlow's own notes fill the log otherwise; its errors still show.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Nor do links to pydantic's manual say what is wrong with a parameter.
os.environ.setdefault("PYDANTIC_ERRORS_INCLUDE_URL", "0")


def absolute(path: str) -> str:
    """A path in the configuration, from the project's folder or, with `~`, from the user's."""
    if odd := sorted(set(path) & set("?%#*[]{}")):
        raise ValueError(
            f"Expected a path without {' '.join(odd)}, found {path}: MLflow's and Kedro's paths "
            "give these a meaning of their own. Name another folder."
        )
    root = find_kedro_project(Path.cwd()) or Path.cwd()
    return Path(root, Path(path).expanduser()).resolve().as_posix()


def in_a_folder(path: str) -> str:
    """The same for a file whose folder must be there: SQLite makes none."""
    if path.startswith("None/"):
        raise ValueError("Expected the path of a folder as data_dir, found nothing.")
    place = absolute(path)
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    return place


def tracking_uri(database: str) -> str:
    """Where runs are tracked: on the server that MLFLOW_TRACKING_URI names, else in a database."""
    return name_server() or f"sqlite:///{in_a_folder(database)}"


def artifact_location(folder: str) -> str | None:
    """Where their files go: into a folder, unless a server knows."""
    return None if name_server() else absolute(folder)


HOOKS = (ProjectHooks(), ServerHooks())

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},
    "config_patterns": {"mlflow": ["mlflow*", "mlflow*/**", "**/mlflow*"]},
    "custom_resolvers": {
        "absolute": absolute,
        "tracking_uri": tracking_uri,
        "artifact_location": artifact_location,
    },
}
