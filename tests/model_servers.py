"""MLflow's own server of a registered model, as the README starts it, and its end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

#: Tried again after 0.1 s, 0.2 s, … at most 1 s: for somewhat more than a minute.
PATIENT = Retry(total=80, connect=80, read=0, backoff_factor=0.1, backoff_max=1)


@contextmanager
def serve_model(uri: str, store: str, folder: Path) -> Iterator[str]:
    """Serve a model until the block ends.

    Args:
        uri: Of the model.
        store: Where it is registered.
        folder: For the log.

    Yields:
        The server's address.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    programs = Path(sys.executable).parent
    environment = {**os.environ, "MLFLOW_TRACKING_URI": store}
    environment["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"  # for uvicorn
    command = [programs / "mlflow", "models", "serve", "-m", uri, "--env-manager", "local"]
    log = folder / f"server_{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        # The server is a child of the command.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(address: str, log: Path) -> None:
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=PATIENT))
        try:
            session.get(f"{address}/ping", timeout=60).raise_for_status()
        except requests.RequestException as error:
            raise AssertionError(log.read_text()) from error
