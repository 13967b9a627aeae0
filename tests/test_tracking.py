import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from brain_tumor_kedro import tracking

NAME = "brain_tumor_test"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A tracking store of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("test", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("test")
    yield folder
    mlflow.set_tracking_uri(before)


def test_without_a_run_nothing_is_logged_or_registered(server, tmp_path):
    tracking.log_epoch(0, {"loss": 1.0})
    tracking.log_file(tmp_path / "missing", "folder")
    tracking.log_recipe("name", {"a": 1})
    tracking.log_scores({"val": {"accuracy": 1.0}})
    tracking.log_tags({"a": 1})
    tracking.log_intervals(pd.DataFrame())
    tracking.log_patient_scores(pd.DataFrame())

    registration = tracking.register_bundle(tmp_path, tmp_path / "script.py", NAME, {}, {}, {})

    assert registration["version"] is None


def test_recipes_scores_and_epochs_are_logged_number_by_number(server):
    with mlflow.start_run() as run:
        tracking.log_recipe("vgg16", {"head": {"dense": [8]}, "phases": [{"name": "a", "lr": 1}]})
        tracking.log_scores({"val": {"accuracy": 0.5, "auroc": None, "confusion_matrix": [[1]]}})
        tracking.log_epoch(3, {"loss": 0.25})

    data = MlflowClient().get_run(run.info.run_id).data
    assert data.params == {
        "recipe_name": "vgg16",
        "recipe.head.dense": "[8]",
        "recipe.phases.a.name": "a",
        "recipe.phases.a.lr": "1",
    }
    assert data.metrics == {"val.accuracy": 0.5, "loss": 0.25}
    assert MlflowClient().get_metric_history(run.info.run_id, "loss")[0].step == 3


def test_the_ends_of_intervals_are_logged_beside_the_scores(server):
    rows = [
        ("classifier", "test", "all", "accuracy", 0.8, 0.9),
        ("classifier", "test", "all", "mcc", None, None),
        ("classifier", "test", "glioma", "recall", 0.1, 0.2),
        ("majority", "test", "all", "accuracy", 0.3, 0.4),
    ]
    columns = ["predictor", "split", "label", "metric", "low", "high"]
    with mlflow.start_run() as run:
        tracking.log_intervals(pd.DataFrame(rows, columns=columns))

    data = MlflowClient().get_run(run.info.run_id).data
    assert data.metrics == {"test.accuracy.low": 0.8, "test.accuracy.high": 0.9}


def test_scores_of_slices_and_of_patients_are_logged_by_strategy(server):
    rows = [
        ("patient", "soft", "test", "f1", 0.9),
        ("patient", "always_positive", "test", "f1", 0.88),
        ("patient", "soft - always_positive", "test", "f1", 0.02),
        ("patient", "soft", "test", "auroc", None),
        ("slice", "slice", "val", "accuracy", 0.7),
        ("slice", "always_positive", "val", "accuracy", 0.8),
    ]
    columns = ["level", "strategy", "split", "metric", "value"]
    with mlflow.start_run() as run:
        tracking.log_patient_scores(pd.DataFrame(rows, columns=columns))

    assert MlflowClient().get_run(run.info.run_id).data.metrics == {
        "test.patient.soft.f1": 0.9,
        "test.patient.always_positive.f1": 0.88,
        "val.slice.accuracy": 0.7,
        "val.slice.always_positive.accuracy": 0.8,
    }


def test_a_table_that_a_run_logged_is_read_again(server, tmp_path):
    table = pd.DataFrame({"a": [1, 2]})
    table.attrs["fingerprint"] = "mine"
    table.to_parquet(tmp_path / "predictions.parquet")
    with mlflow.start_run() as run:
        tracking.log_file(tmp_path / "predictions.parquet", "evaluation")

    found = tracking.load_table(run.info.run_id, "evaluation/predictions.parquet")

    assert found.equals(table)
    assert found.attrs == {"fingerprint": "mine"}


@pytest.mark.parametrize("known", [True, False])
def test_a_run_without_the_table_is_refused(server, known):
    with mlflow.start_run() as run:
        name = run.info.run_id if known else "0123456789abcdef"

    with pytest.raises(ValueError, match=r"Expected a path, or an MLflow run with evaluation/x"):
        tracking.load_table(name, "evaluation/x.parquet")


def test_a_path_that_is_not_there_is_not_taken_for_a_run(server):
    with pytest.raises(
        ValueError, match=r"Expected a path that there is, .* '/no/where' is neither"
    ):
        tracking.load_table("/no/where", "evaluation/x.parquet")


def test_a_run_is_described_by_what_it_takes_to_repeat_it():
    described = tracking.describe_run()

    assert described["created"].endswith("UTC")
    assert described["command"]


def test_a_password_is_not_said(monkeypatch):
    address = "postgresql://me:secret@127.0.0.1:1/runs"
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: address)

    with pytest.raises(ValueError, match=r"postgresql://127\.0\.0\.1:1/runs") as caught:
        tracking.fetch_bundle("no/folder")

    assert "secret" not in str(caught.value)
