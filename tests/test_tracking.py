import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

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


@pytest.fixture
def client(server):
    client = MlflowClient()
    client.create_registered_model(NAME)
    yield client
    client.delete_registered_model(NAME)


def register(client, digest="data1") -> dict:
    version = client.create_model_version(NAME, source="file:///nowhere", run_id=None)
    tags = {tracking.MANIFEST_TAG: digest, "fingerprint": f"f{version.version}"}
    for key, value in tags.items():
        client.set_model_version_tag(NAME, version.version, key, value)
    return {"name": NAME, "version": str(version.version), **tags}


def promote(registration, f1: float, across=False) -> dict:
    scores = {"val": {"macro_f1": f1}, "test": {"accuracy": 0.5}}
    return tracking.promote_classifier(registration, scores, across_manifests=across)


def champion(client) -> str:
    return str(client.get_model_version_by_alias(NAME, "champion").version)


def test_the_first_version_is_champion(client):
    result = promote(register(client), 0.7)

    assert result["champion"] == champion(client) == "1"
    assert "first champion" in result["decision"]


@pytest.mark.parametrize(("f1", "expected"), [(0.8, "2"), (0.7, "2"), (0.69999, "1")])
def test_the_champion_gives_way_to_one_that_is_not_worse(client, f1, expected):
    promote(register(client), 0.7)

    result = promote(register(client), f1)

    assert result["champion"] == champion(client) == expected


def test_scores_on_another_manifest_are_not_compared(client):
    promote(register(client), 0.7)

    result = promote(register(client, digest="data2"), 0.99)

    assert champion(client) == "1"
    assert "promote_across_manifests" in result["decision"]


def test_a_champion_that_was_never_judged_is_not_compared(client):
    register(client)
    client.set_registered_model_alias(NAME, "champion", "1")

    result = promote(register(client), 0.9)

    assert result["champion"] == champion(client) == "1"
    assert "not judged on this manifest" in result["decision"]


def test_a_version_that_is_gone_or_another_is_refused(client):
    registration = register(client)

    with pytest.raises(ValueError, match="is another classifier"):
        promote({**registration, "fingerprint": "other"}, 0.9)
    with pytest.raises(ValueError, match="Expected version 7"):
        promote({**registration, "version": "7"}, 0.9)


def test_a_failing_store_is_no_missing_champion(client, monkeypatch):
    def fail(*_):
        raise MlflowException("database is locked")

    registration = register(client)
    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", fail)

    with pytest.raises(MlflowException, match="locked"):
        promote(registration, 0.9)


def test_a_champion_of_another_manifest_gives_way_where_asked(client):
    promote(register(client), 0.7)

    result = promote(register(client, digest="data2"), 0.1, across=True)

    assert result["champion"] == champion(client) == "2"


def test_evaluating_the_champion_again_changes_nothing(client):
    registration = register(client)
    promote(registration, 0.7)

    assert promote(registration, 0.6)["champion"] == champion(client) == "1"


def test_a_version_is_tagged_with_its_scores(client):
    promote(register(client), 0.7)

    tags = client.get_model_version(NAME, "1").tags
    assert float(tags["val_macro_f1"]) == 0.7
    assert float(tags["test_accuracy"]) == 0.5


def test_without_a_run_nothing_is_logged_or_registered(server, tmp_path):
    tracking.log_epoch(0, {"loss": 1.0})
    tracking.log_file(tmp_path / "missing", "folder")
    tracking.log_recipe("name", {"a": 1})
    tracking.log_scores({"val": {"accuracy": 1.0}})
    tracking.log_tags({"a": 1})
    tracking.log_intervals(pd.DataFrame())
    tracking.log_patient_scores(pd.DataFrame())

    registration = tracking.register_classifier(None, NAME, ["a"], {})

    assert registration["version"] is None
    assert promote(registration, 0.9)["champion"] is None


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


def test_without_validation_images_nothing_is_promoted(server):
    promotion = tracking.promote_classifier(
        {"name": "it", "version": "1"}, {"test": {}}, across_manifests=False
    )
    assert promotion["champion"] is None
    assert "not judged on validation" in promotion["decision"]


def test_a_run_is_described_by_what_it_takes_to_repeat_it():
    described = tracking.describe_run()

    assert described["created"].endswith("UTC")
    assert described["command"]
