"""The one place that talks to MLflow. Without an active run nothing is logged."""

from pathlib import Path

import mlflow


def log_file(path: Path, folder: str) -> None:
    """Copy a file into a folder of the active run's artifacts."""
    if mlflow.active_run() is not None:
        mlflow.log_artifact(str(path), folder)
