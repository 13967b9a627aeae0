"""Project settings; see https://docs.kedro.org/en/stable/configure/configuration_basics/."""

import os
import warnings
from pathlib import Path

from kedro.config import OmegaConfigLoader
from kedro.utils import find_kedro_project

from brain_tumor_kedro.hooks import ProjectHooks

# Kedro 1.7 calls what OmegaConf 2.4 deprecates, several times a run; nothing to do for a user.
warnings.filterwarnings("ignore", message="register_new_resolver", category=UserWarning)

# TensorFlow's own notes fill the log otherwise; its errors still show.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def absolute(path: str) -> str:
    """A path in the configuration, from the project's folder; its parent is made.

    MLflow takes relative paths from the working directory, and SQLite makes no folders.
    """
    root = find_kedro_project(Path.cwd()) or Path.cwd()
    place = Path(root, path).resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    return place.as_posix()


HOOKS = (ProjectHooks(),)

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},
    "custom_resolvers": {"absolute": absolute},
}
