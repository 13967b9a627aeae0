"""The sample's version is rebuilt, through the command line."""

import json
import shutil

import pytest

MODEL = "model=models:/brain_tumor_tumor_type/1"

pytestmark = pytest.mark.slow


def list_files(folder) -> set:
    return {path for path in folder.rglob("*") if path.is_file() and "mlflow" not in path.parts}


def reproduce(kedro, *params) -> None:
    given = ",".join((MODEL, *params))
    kedro("run", "--env", "sample", "--pipelines", "reproduction", "--params", given)


def test_split_and_scores_are_those_of_the_version(kedro, sample, whole_run, read):
    before = list_files(sample)

    reproduce(kedro)

    path = read("08_reporting/tumor_type/reproduction.json/*/*")
    found = json.loads(path.read_text())
    assert found["reproduced"] is True
    assert found["scores"]["compared"] > 50
    assert found["settings"] == []
    assert list_files(sample) - before == {path}


def test_what_became_of_the_sources_is_told(kedro, sample, whole_run, read, tmp_path):
    shutil.copytree(sample / "01_raw", tmp_path / "01_raw")
    gone = sorted((tmp_path / "01_raw" / "figshare").rglob("*.mat"))[0]
    gone.unlink()

    reproduce(kedro, f"raw_dir={tmp_path / '01_raw'}")

    found = json.loads(read("08_reporting/tumor_type/reproduction.json/*/*").read_text())
    assert found["reproduced"] is False
    assert found["manifest"]["gone"]["named"] == [f"figshare/{gone.name}"]
    assert found["expected_digest"] != found["found_digest"]
    assert found["predictions"]["largest_difference"] <= 1e-6
