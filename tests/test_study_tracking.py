import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from brain_tumor_kedro.studies.cells import Cell
from brain_tumor_kedro.study_tracking import StudyRuns

CELL = Cell(
    id="c0", point={"recipe": "small", "phases.head.epochs": 3}, recipe_name="small",
    recipe={"backbone": "sample_cnn", "phases": [{"name": "head", "epochs": 3}]},
    data={"sources": None, "split": None}, seed=4,
)  # fmt: skip
ROW = {"n": 2, "positive": 1, "accuracy": 0.5, "precision": 0.5, "recall": 0.5,
       "specificity": None, "f1": 0.6, "auroc": None, "baseline_f1": 0.7}  # fmt: skip
SUMMARY = {
    "seconds": 2.0,
    "fingerprint": "f",
    "scores": [
        {"strategy": strategy, "split": split, **ROW}
        for strategy in ("slice", "soft")
        for split in ("val", "test")
    ],
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("test", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("test")
    yield MlflowClient()
    mlflow.set_tracking_uri(before)


@pytest.fixture
def runs(client):
    with mlflow.start_run():
        yield StudyRuns("mine", "", {"manifest_digest": "d"})


def test_a_cell_is_a_run_below_that_of_the_study(client, runs):
    run = runs.started(CELL)
    runs.log_epoch(run, 0, {"loss": 1.0})
    runs.log_epoch(run, 1, {"loss": 0.5})
    runs.finished(CELL, run, SUMMARY)

    found = client.get_run(run)
    assert found.info.status == "FINISHED"
    assert found.data.tags["mlflow.parentRunId"] == runs.parent
    assert found.data.params["recipe.phases.head.epochs"] == "3"
    assert found.data.params["space.phases.head.epochs"] == "3"
    assert found.data.params["seed"] == "4"
    assert found.data.metrics["test.f1"] == 0.6
    assert "test.auroc" not in found.data.metrics
    assert [m.value for m in client.get_metric_history(run, "loss")] == [1.0, 0.5]
    (child,) = client.search_runs(["1"], f"tags.`mlflow.parentRunId` = '{run}'")
    assert child.data.params["strategy"] == "soft"
    assert child.data.metrics["test.baseline_f1"] == 0.7


def test_runs_say_how_they_ended(client, runs):
    failed, stopped, killed = (runs.started(CELL) for _ in range(3))
    runs.failed(CELL, failed, "no memory", interrupted=False)
    runs.failed(CELL, stopped, "interrupted", interrupted=True)
    runs.lost(killed)
    runs.lost(failed)  # it had ended
    runs.close("FINISHED", {"cells": 3})

    states = [client.get_run(run).info.status for run in (failed, stopped, killed, runs.parent)]
    assert states == ["FAILED", "KILLED", "KILLED", "FINISHED"]
    assert client.get_run(failed).data.tags["error"] == "no memory"
    assert client.get_run(runs.parent).data.tags["cells"] == "3"


def test_another_command_goes_on_under_the_same_run(client, runs):
    runs.close("FINISHED", {})

    again = StudyRuns("mine", runs.parent, {})
    elsewhere = StudyRuns("mine", "0" * 32, {})

    assert again.parent == runs.parent
    assert client.get_run(runs.parent).info.status == "RUNNING"
    assert elsewhere.parent not in ("0" * 32, runs.parent)
    assert client.get_run(mlflow.active_run().info.run_id).data.tags["study"] == "mine"


def test_without_a_run_nothing_is_logged(client):
    runs = StudyRuns("mine", "", {})

    run = runs.started(CELL)
    runs.log_epoch(run, 0, {"loss": 1.0})
    runs.finished(CELL, run, SUMMARY)
    runs.failed(CELL, run, "error", interrupted=False)
    runs.lost("r")
    runs.close("FINISHED", {})

    assert (run, runs.parent) == ("", "")


def test_a_store_that_fails_costs_no_cell(runs, monkeypatch, caplog):
    def fail(*_, **__):
        raise MlflowException("database is locked")

    monkeypatch.setattr(MlflowClient, "create_run", fail)
    monkeypatch.setattr(MlflowClient, "log_batch", fail)

    run = runs.started(CELL)
    runs.finished(CELL, "r", SUMMARY)

    assert run == ""
    assert "database is locked" in caplog.text
