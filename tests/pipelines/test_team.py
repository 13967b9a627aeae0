"""A team: PostgreSQL behind a tracking server, on which two trainings log at once."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from postgres import PASSWORD, postgres

pytestmark = pytest.mark.slow

PROGRAMS = Path(sys.executable).parent
MODEL = "brain_tumor_tumor_type"
TRAINING = ("run", "--env", "sample", "--pipelines", "training", "--params")


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(scope="module")
def server(artifacts):
    """What the README says, on a free port; it hands out and takes in all artifacts itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with postgres() as database:
        process = subprocess.Popen(
            [PROGRAMS / "mlflow", "server",
             "--backend-store-uri", database.replace("postgresql:", "postgresql+psycopg:"),
             "--artifacts-destination", artifacts, "--host", "127.0.0.1", "--port", str(port),
             "--workers", "2"],
            env={**os.environ, "PGPASSWORD": PASSWORD}, cwd=artifacts, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if "Application startup complete" in line:
                break
        else:
            pytest.fail(f"the server did not start: {''.join(said)}")
        reader = threading.Thread(target=lambda: said.extend(process.stdout), daemon=True)
        reader.start()
        yield f"http://127.0.0.1:{port}", said
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        reader.join()
        process.stdout.close()
    assert PASSWORD not in "".join(said)


@pytest.fixture(scope="module")
def folders(kedro, sample, tmp_path_factory) -> list[Path]:
    """Two folders with the same curated phantoms."""
    first = tmp_path_factory.mktemp("first")
    places = f"raw_dir={sample / '01_raw'},data_dir={first}"
    kedro("run", "--env", "sample", "--pipelines", "curation", "--params", places)
    second = tmp_path_factory.mktemp("second")
    shutil.copytree(first, second, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mlflow"))
    shutil.rmtree(first / "mlflow")
    return [first, second]


def train(project: Path, folder: Path, address: str) -> subprocess.Popen:
    seed = {"first": 0, "second": 1}[folder.name.rstrip("0123456789")]
    given = f"data_dir={folder},tumor_type.training_seed={seed}"
    return subprocess.Popen(
        [PROGRAMS / "kedro", *TRAINING, given],
        cwd=project, env={**os.environ, "MLFLOW_TRACKING_URI": address}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(project, folders, server) -> list[str]:
    """Train in both folders at the same time; what they print."""
    processes = [train(project, folder, server[0]) for folder in folders]
    said = [process.communicate(timeout=900)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
    return said


@pytest.fixture(scope="module")
def client(trained, server):
    from mlflow import MlflowClient

    return MlflowClient(server[0], server[0])


def test_both_runs_are_finished_with_every_epoch(client, folders):
    experiment = client.get_experiment_by_name("brain_tumor_kedro")
    runs = client.search_runs([experiment.experiment_id])

    assert len(client.search_experiments()) == 2  # and the default one
    assert [run.info.status for run in runs] == ["FINISHED"] * 2
    written = []
    for folder in folders:
        (path,) = folder.glob("08_reporting/tumor_type/history.csv/*/history.csv")
        written.append(pd.read_csv(path)["loss"].tolist())
    logged = []
    for run in runs:
        losses = client.get_metric_history(run.info.run_id, "loss")
        assert [metric.step for metric in losses] == list(range(len(losses)))
        logged.append([metric.value for metric in losses])
    assert sorted(logged) == [pytest.approx(losses, rel=1e-6) for losses in sorted(written)]
    assert logged[0] != logged[1]


def test_each_has_a_version_of_its_own_and_the_alias_stands_on_one(client):
    versions = client.search_model_versions(f"name='{MODEL}'")

    assert sorted(int(version.version) for version in versions) == [1, 2]
    assert len({version.run_id for version in versions}) == 2
    assert len({version.tags["fingerprint"] for version in versions}) == 2
    (alias,) = client.get_registered_model(MODEL).aliases
    assert alias == "challenger"
    assert client.get_model_version_by_alias(MODEL, "challenger").run_id


def test_artifacts_come_through_the_server(client, server, artifacts, tmp_path, monkeypatch):
    import mlflow

    experiment = client.get_experiment_by_name("brain_tumor_kedro")
    assert experiment.artifact_location.startswith("mlflow-artifacts:")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server[0])
    try:
        for number in (1, 2):
            folder = mlflow.artifacts.download_artifacts(
                f"models:/{MODEL}/{number}", dst_path=str(tmp_path / str(number))
            )
            assert (Path(folder) / "MLmodel").is_file()
            assert list(Path(folder).rglob("classifier.keras"))
    finally:
        mlflow.set_tracking_uri(before)
    assert list(artifacts.rglob("classifier.keras"))


def test_nothing_of_it_lies_beside_the_data_and_no_password_is_told(trained, folders, client):
    experiment = client.get_experiment_by_name("brain_tumor_kedro")

    assert not any((folder / "mlflow").exists() for folder in folders)
    told = "".join(trained) + str(
        [run.to_dictionary() for run in client.search_runs([experiment.experiment_id])]
    )
    assert PASSWORD not in told


def test_a_server_that_is_away_is_told_at_once(project, folders):
    process = train(project, folders[0], "http://127.0.0.1:9")
    said, _ = process.communicate(timeout=300)

    assert process.returncode
    assert "Expected an MLflow tracking server at http://127.0.0.1:9" in said
    assert "Running node" not in said
