import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from brain_tumor_kedro import registry
from brain_tumor_kedro.registry import Version
from registered import NAME, evaluate, register


def test_a_version_is_found_by_number_and_by_alias(client):
    version = register()
    client.set_registered_model_alias(NAME, "champion", "1")

    assert version.uri == f"models:/{NAME}/1"
    assert registry.find_by_uri(version.uri) == version
    assert registry.find_by_uri(f"models:/{NAME}@champion") == version
    assert version.tags["fingerprint"] == "f1"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("runs:/abc/model", "Expected a version of a registered model"),
        (f"models:/{NAME}/9", r"found version 1 .*deleted, or the registry is another one"),
        (f"models:/{NAME}@champion", r"with the alias champion .* found version 1 and no alias"),
        ("models:/other/1", "found no version of it"),
        ("models:/other@champion", "phantoms of make run, add --env sample"),
    ],
)
def test_what_is_not_there_is_named(client, uri, said):
    register()
    with pytest.raises(ValueError, match=said):
        registry.find_by_uri(uri)


def test_a_failing_store_is_no_missing_version(client, monkeypatch):
    def fail(*_):
        raise MlflowException("database is locked")

    register()
    for method in ("get_model_version", "get_registered_model"):
        monkeypatch.setattr(MlflowClient, method, fail)

    with pytest.raises(MlflowException, match="locked"):
        registry.find_version(NAME, 1)
    with pytest.raises(MlflowException, match="locked"):
        registry.find_alias(NAME, "champion")


def test_no_version_has_the_alias_of_one_that_was_deleted(client, monkeypatch):
    register()
    client.set_registered_model_alias(NAME, "champion", "1")
    client.delete_model_version(NAME, "1")

    assert registry.find_alias(NAME, "champion") is None


def test_an_alias_that_a_store_left_behind_is_passed_over(client, monkeypatch, caplog):
    model = client.get_registered_model(NAME)
    monkeypatch.setattr(type(model), "aliases", {"champion": "7"})

    assert registry.find_alias(NAME, "champion") is None
    assert "is of a version that is gone" in caplog.text


def test_the_newest_evaluated_version_is_found(client):
    for _ in range(10):
        version = register()
    evaluate(registry.find_version(NAME, 9))
    assert registry.find_newest_evaluated(NAME).number == "9"

    evaluate(version)
    assert registry.find_newest_evaluated(NAME).number == "10"


def test_where_nothing_was_evaluated_it_is_said(client):
    register()
    with pytest.raises(ValueError, match=r"found version 1, none of them evaluated.* evaluation"):
        registry.find_newest_evaluated(NAME)


def test_a_record_comes_back_as_it_was(client):
    version = evaluate(register(), wrong=3)

    record = registry.load_record(version)

    assert record.predictions.attrs == {"fingerprint": "f1", "manifest_digest": "data"}
    assert (record.predictions["label"] != record.predictions["predicted"]).sum() == 6
    assert record.facts["curation"]["split_strategy"] == "group"
    assert set(record.scores_table["predictor"]) == {"classifier"}
    run = version.tags["evaluation_run"]
    files = {file.path for file in MlflowClient().list_artifacts(run, f"version/{NAME}")}
    assert f"version/{NAME}/model_card.md" in files


def test_evaluating_again_leaves_no_score_of_before(client):
    first = evaluate(register(split_strategy="group"), **{"val.macro_f1": "0.5", "test.ece": "0.1"})

    second = evaluate(first, **{"val.macro_f1": "0.6"})

    assert second.tags["val.macro_f1"] == "0.6"
    assert "test.ece" not in second.tags
    assert second.tags["split_strategy"] == "group"
    assert second.tags["evaluation_run"] != first.tags["evaluation_run"]


def test_without_a_run_nothing_can_be_recorded(client):
    version = evaluate(register())
    record = registry.load_record(version)
    with pytest.raises(ValueError, match="active MLflow run"):
        registry.record_version(version, record, {}, "# Card")


@pytest.mark.parametrize("run", ["0" * 32, "there"])
def test_a_record_that_is_not_to_be_reached_is_named(client, run):
    if run == "there":
        with mlflow.start_run() as active:
            run = active.info.run_id
    version = register(evaluation_run=run)
    with pytest.raises(ValueError, match="its artifacts have to come along"):
        registry.load_record(version)


def test_a_version_that_was_not_evaluated_has_no_record(client):
    with pytest.raises(ValueError, match=r"Expected version 1 .* to be evaluated"):
        registry.load_record(register())


def test_a_version_has_a_description(client):
    version = register()
    registry.describe_version(version, "words")
    assert client.get_model_version(NAME, "1").description == "words"


def test_a_version_of_another_classifier_is_refused():
    version = Version(NAME, "1", {"fingerprint": "other"})
    with pytest.raises(ValueError, match="is not the classifier that was evaluated"):
        registry.require_fingerprint(version, "mine", "")


def test_attributes_of_tables_are_kept(client, tmp_path):
    record = registry.load_record(evaluate(register()))
    record.manifest.attrs["split"] = {"strategy": "group"}
    record.write(tmp_path, "# Card")

    again = registry.Record.read(tmp_path)

    assert again.manifest.attrs == {"split": {"strategy": "group"}}
    pd.testing.assert_frame_equal(again.manifest, record.manifest)


def test_whatever_a_version_is_called_its_number_is_found(client):
    register()
    version = register()
    client.set_registered_model_alias(NAME, "champion", "2")

    for uri in (f"models:/{NAME}/latest", f"models:/{NAME}@champion/", f" models:/{NAME}/2\n"):
        assert registry.find_registered(uri) == version
    assert registry.find_registered("/a/folder") is None
    assert registry.find_registered("runs:/abc/classifier") is None


def test_a_run_is_found_as_the_version_that_it_registered(client):
    with mlflow.start_run() as run:
        pass
    made = client.create_model_version(NAME, source="file:///nowhere", run_id=run.info.run_id)

    found = registry.find_registered(f"runs:/{run.info.run_id}/classifier")

    assert found.number == str(made.version)


@pytest.mark.parametrize(
    "uri",
    ["models:/", "models:", f"models:/{NAME}", f"models:/{NAME}/-1", "models:/a'b/1",
     "models:/a'b@champion", f"models:/{NAME}/{'9' * 23}", f"models:/{'x' * 5000}/1",
     "models:/other/latest"],
)  # fmt: skip
def test_what_names_no_version_gets_a_short_error(client, uri):
    with pytest.raises(ValueError, match="Expected a version of") as caught:
        registry.find_registered(uri)

    assert len(str(caught.value)) < 500
