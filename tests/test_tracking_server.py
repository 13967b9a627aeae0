import os

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import ErrorCode

from brain_tumor_kedro.settings import artifact_location, tracking_uri
from brain_tumor_kedro.tracking_server import (
    EXISTS,
    IMPATIENT,
    VARIABLE,
    name_server,
    prepare_server,
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def test_without_a_server_runs_are_tracked_below_the_data(place):
    database = place / "mlflow" / "mlflow.db"

    assert tracking_uri(str(database)) == f"sqlite:///{database}"
    assert artifact_location(str(place / "artifacts")) == str(place / "artifacts")
    assert database.parent.is_dir()


@pytest.mark.parametrize("address", ["http://127.0.0.1:5000", "https://mlflow.example.org/team"])
def test_a_server_takes_the_place_of_both(place, monkeypatch, address):
    monkeypatch.setenv(VARIABLE, f"{address}/")

    assert tracking_uri(str(place / "mlflow" / "mlflow.db")) == address
    assert artifact_location(str(place / "artifacts")) is None
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("left", ["", "sqlite:///other.db", "file:///mlruns", "mlruns"])
def test_what_mlflow_left_in_its_variable_is_no_wish(monkeypatch, left):
    monkeypatch.setenv(VARIABLE, left)

    assert name_server() is None


@pytest.mark.parametrize("address", [
    "http://somebody:secret@127.0.0.1:5000", "postgresql://somebody:secret@host/database",
])  # fmt: skip
def test_a_password_is_refused_and_not_repeated(monkeypatch, address):
    monkeypatch.setenv(VARIABLE, address)

    with pytest.raises(ValueError, match="without a name or password") as error:
        name_server()
    assert "secret" not in str(error.value)


def test_a_database_is_the_servers(monkeypatch):
    monkeypatch.setenv(VARIABLE, "postgresql:///database")

    with pytest.raises(ValueError, match=r"address of a tracking server.*found postgresql"):
        name_server()


def test_a_server_that_is_away_is_told_at_once_and_patience_comes_back(monkeypatch):
    monkeypatch.delenv(next(iter(IMPATIENT)), raising=False)
    before = dict(os.environ)

    with pytest.raises(ValueError, match=r"server at http://127.0.0.1:9, .* none that answers"):
        prepare_server("http://127.0.0.1:9", "experiment")
    assert dict(os.environ) == before


def test_two_runs_may_make_the_experiment_at_once(monkeypatch):
    made = []

    def create(_, name):
        made.append(name)
        raise MlflowException("it exists", ErrorCode.Value(EXISTS))

    monkeypatch.setattr(MlflowClient, "get_experiment_by_name", lambda *_: None)
    monkeypatch.setattr(MlflowClient, "create_experiment", create)

    prepare_server("http://127.0.0.1:9", "experiment")
    assert made == ["experiment"]


def test_any_other_error_of_it_is_told(monkeypatch):
    def create(*_):
        raise MlflowException("no room")

    monkeypatch.setattr(MlflowClient, "get_experiment_by_name", lambda *_: None)
    monkeypatch.setattr(MlflowClient, "create_experiment", create)

    with pytest.raises(ValueError, match=r"none that answers .no room"):
        prepare_server("http://127.0.0.1:9", "experiment")
