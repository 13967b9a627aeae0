"""Inference through the command line, with a tiny model of no worth."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from bundles import write_bundle
from named_files import NAME, encode, write_named

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a model and with files in which somebody's name stands."""
    folder = tmp_path_factory.mktemp("inference")
    write_bundle(folder / "bundle")
    write_named(folder / "input")
    return folder


def ask(place, **changes):
    given = {"input": place / "input", "model": place / "bundle", "data_dir": place / "data"}
    return ",".join(f"{key}={value}" for key, value in {**given, **changes}.items())


@pytest.mark.parametrize("option", ["--pipeline", "--pipelines"])
def test_a_run_leaves_tables_a_page_and_no_name(kedro, place, option):
    result = kedro("run", option, "inference", "--params", ask(place))

    folder = max(place.glob("data/07_model_output/inference/answers/*/answers"))
    assert {path.name for path in folder.iterdir()} == {
        "answers.csv", "answers.parquet", "heat_maps", "page.html", "summary.json",
    }  # fmt: skip
    assert pd.read_parquet(folder / "answers.parquet")["file"].nunique() == 9
    assert f"Page      {folder / 'page.html'}" in result.stdout
    written = [path for path in (place / "data").rglob("*") if path.is_file()]
    assert any(path.name == "mlflow.db" for path in written)
    assert not [path for path in written if NAME.encode() in path.read_bytes()]
    assert NAME not in result.stdout + result.stderr
    _require_tracked(place)


def _require_tracked(place):
    """MLflow knows the model and the counts, and no file that names one."""
    client = mlflow.MlflowClient(f"sqlite:///{place / 'data' / 'mlflow' / 'mlflow.db'}")
    (run,) = client.search_runs(["1"], max_results=1)  # the newest
    assert run.data.params["model"] == str(place / "bundle")
    assert run.data.metrics["answers.files"] == 9
    artifacts = [path.name for path in (place / "data" / "mlflow").rglob("*") if path.is_file()]
    assert "summary.json" in artifacts
    assert not {"page.html", "answers.csv", "answers.parquet"} & set(artifacts)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input": ""}, "Expected the path of a folder as input"),
        ({"input": "/nowhere/at/all"}, "Expected images under /nowhere/at/all"),
        ({"model": "models:/nothing@champion"}, "kedro run --pipelines training"),
        ({"model": "/nowhere"}, "or the folder of a bundle"),
        ({"inference.level": 0.5}, "levels 0.9, 0.95"),
        ({"inference.heat_maps": "some"}, "'all' or 'none'"),
        ({"inference.heat_map": 3}, "Did you mean inference.heat_maps?"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_read(kedro, place, changes, said):
    before = list(place.glob("data/07_model_output/inference/answers/*/answers"))

    result = kedro(
        "run", "--pipelines", "inference", "--params", ask(place, **changes), check=False
    )

    assert result.returncode != 0
    assert said in " ".join((result.stdout + result.stderr).split())
    assert list(place.glob("data/07_model_output/inference/answers/*/answers")) == before


def test_without_images_and_a_model_the_run_says_how_to_name_them(kedro):
    result = kedro("run", "--pipelines", "inference", check=False)

    assert result.returncode != 0
    assert "--params input=DIR,model=" in " ".join((result.stdout + result.stderr).split())


def test_ctrl_c_leaves_nothing_behind(project, place, tmp_path):
    (tmp_path / "many").mkdir()
    content = encode("PNG")
    for number in range(20_000):
        (tmp_path / "many" / f"{number}.png").write_bytes(content)
    params = ask(place, input=tmp_path / "many", data_dir=tmp_path / "data")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("kedro"), "run", "--pipelines", "inference",
         "--params", f"{params},inference.heat_maps=all"],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    _wait_for(tmp_path / "data", ".answers.*.partial/heat_maps/*.png", process)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode != 0
    assert not [path for path in (tmp_path / "data").rglob("*answers*") if path.is_file()]
    assert not list((tmp_path / "data").rglob("*.partial"))


def _wait_for(folder, pattern, process):
    deadline = time.monotonic() + 180
    while not any(folder.rglob(pattern)):
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)
