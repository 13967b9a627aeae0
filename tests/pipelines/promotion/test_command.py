"""The sample's classifier becomes champion, through the command line."""

import json

import pytest
from mlflow import MlflowClient

NAME = "brain_tumor_tumor_type"


@pytest.fixture(scope="module")
def promoted(kedro, whole_run, read) -> dict:
    """What the promotion of the sample's classifier decided."""
    kedro("run", "--env", "sample", "--pipelines", "promotion")
    return json.loads(read("08_reporting/tumor_type/promotion.json/*/*").read_text())


def test_the_sample_passes_every_gate(promoted, sample):
    client = MlflowClient(f"sqlite:///{sample}/mlflow/mlflow.db")
    version = client.get_model_version_by_alias(NAME, "champion")

    assert [gate["name"] for gate in promoted["gates"] if not gate["passed"]] == []
    assert promoted["champion"] == str(version.version)
    assert version.tags["phantom"] == "True"
    assert version.tags["split_strategy"] == "group"
    assert float(version.tags["test.accuracy.low"]) < float(version.tags["test.accuracy.high"])
    assert "PHANTOM DATA" in version.description
    assert len(version.description) <= 5000


def test_a_way_back_that_is_not_there_is_refused(promoted, kedro):
    result = kedro(
        "run", "--env", "sample", "--pipelines", "promotion", "--params", "promotion.rollback=true",
        check=False,
    )  # fmt: skip
    assert result.returncode != 0
    assert "Expected a former champion" in result.stdout + result.stderr
