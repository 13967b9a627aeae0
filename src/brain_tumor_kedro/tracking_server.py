"""A tracking server that a team shares: named by a variable, and asked before any work begins."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl

#: MLflow's own variable.
VARIABLE = "MLFLOW_TRACKING_URI"
SERVER = ("http", "https")
#: MLflow sets its variable to whatever it used last, so that this may be no wish of anybody's.
LOCAL = ("", "file", "sqlite")

#: While the server is looked for: MLflow would go on asking for minutes.
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
#: What MLflow answers where another run made the experiment in the same moment.
EXISTS = "RESOURCE_ALREADY_EXISTS"


def name_server() -> str | None:
    """Read which tracking server is to be used.

    Returns:
        The address in MLFLOW_TRACKING_URI; None where that names no server.

    Raises:
        ValueError: Where it holds a password, or names a database that servers alone may use.
    """
    address = os.environ.get(VARIABLE, "").strip()
    parts = urlsplit(address)
    if "@" in parts.netloc and parts.scheme not in LOCAL:
        raise ValueError(
            f"Expected {VARIABLE} without a name or password, which would end up in logs. For a "
            "server give these as MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
        )
    if parts.scheme not in (*SERVER, *LOCAL):
        raise ValueError(
            f"Expected the address of a tracking server as {VARIABLE}, such as "
            f"http://127.0.0.1:5000, found {parts.scheme}. A database is the server's alone: "
            "mlflow server --backend-store-uri postgresql+psycopg://…"
        )
    return address.rstrip("/") if parts.scheme in SERVER else None


class ServerHooks:
    """Find the tracking server before kedro-mlflow, and the pipeline, rely on it."""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Ask the server, where one is named."""
        loader: Any = context.config_loader
        configured = loader["mlflow"]
        address = configured["server"]["mlflow_tracking_uri"]
        if address.partition(":")[0] in SERVER:
            prepare_server(address, configured["tracking"]["experiment"]["name"])


def prepare_server(address: str, experiment: str) -> None:
    """Make sure that a server answers and knows the experiment.

    Its artifacts are the server's to place: a folder of this machine is not there for others.

    Args:
        address: Of the server.
        experiment: Of the runs to come.

    Raises:
        ValueError: Where no tracking server answers there, or does not let us in.
    """
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(address, address)
    with _impatiently():
        try:
            if client.get_experiment_by_name(experiment) is None:
                _create(client, experiment)
        except MlflowException as error:
            raise ValueError(
                f"Expected an MLflow tracking server at {address}, which {VARIABLE} names, found "
                f"none that answers ({error}). Start it, or unset {VARIABLE} to track runs below "
                "data_dir. A server that asks who we are is told by MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD."
            ) from error


def _create(client: Any, experiment: str) -> None:
    """Two runs that begin at once both find nothing, and one of them is too late."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_experiment(experiment)
    except MlflowException as error:
        if error.error_code != EXISTS:
            raise


@contextmanager
def _impatiently() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in IMPATIENT}
    os.environ.update(IMPATIENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
