"""What the command line does before, beside and after a run of the sample."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

PIPELINES = (
    "__default__", "acquisition", "curation", "evaluation", "export", "inference", "leakage",
    "ledger", "robustness", "sample", "training",
)  # fmt: skip

NO_KERAS = """
import sys
from pathlib import Path
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.framework.project import pipelines

root = Path(sys.argv[1])
bootstrap_project(root)
print(sorted(pipelines))
with KedroSession.create(root, env="sample", runtime_params={"data_dir": sys.argv[2]}) as session:
    session.run(pipeline_names=["curation"])
heavy = {"keras", "tensorflow"} & set(sys.modules)
assert not heavy, heavy
"""


def test_the_registry_lists_every_pipeline(kedro):
    listed = kedro("registry", "list").stdout

    assert all(f"- {name}" in listed for name in PIPELINES)


def test_listing_and_curation_import_neither_keras_nor_tensorflow(project, sample, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", NO_KERAS, project, str(tmp_path / "out")],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_without_any_source_the_run_stops_with_what_is_expected(kedro, tmp_path):
    result = kedro(
        "run", "--pipeline", "curation",
        "--params", f"raw_dir={tmp_path / 'raw'},data_dir={tmp_path / 'out'}", check=False,
    )  # fmt: skip

    assert result.returncode != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert "Figshare" in said
    assert "--env sample" in said


def test_one_missing_source_is_a_warning(kedro, sample, tmp_path):
    shutil.copytree(sample / "01_raw" / "kaggle", tmp_path / "raw" / "kaggle")

    result = kedro(
        "run", "--pipelines", "curation",
        "--params", f"raw_dir={tmp_path / 'raw'},data_dir={tmp_path / 'out'}",
    )  # fmt: skip

    assert "A source is empty and left out. Expected the Figshare" in result.stdout
    (summary,) = (tmp_path / "out").glob("08_reporting/tumor_type/curation_summary.json/*/*")
    assert set(json.loads(summary.read_text())["sources"]) == {
        "kaggle/phantom_alpha",
        "kaggle/phantom_beta",
    }


def test_a_wrong_parameter_stops_the_run_before_any_node(kedro):
    result = kedro(
        "run", "--env", "sample", "--params", "tumor_type.split.strategy=random", check=False
    )

    assert result.returncode != 0
    assert "'group', 'image'" in result.stdout + result.stderr
    assert "Running node" not in result.stdout


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            "tumor_type.recpe=vgg16",
            "no parameter tumor_type.recpe. Did you mean tumor_type.recipe?",
        ),
        ("rawdir=elsewhere", "no parameter rawdir. Did you mean raw_dir?"),
    ],
)
def test_a_parameter_that_nothing_reads_stops_the_run(kedro, params, said):
    result = kedro("run", "--env", "sample", "--params", params, check=False)

    assert result.returncode != 0
    assert said in result.stdout + result.stderr
    assert "Running node" not in result.stdout


def test_an_unknown_study_is_named_with_the_known_ones(kedro):
    result = kedro(
        "run", "--env", "sample", "--pipelines", "study", "--params", "study=glioma_grad",
        check=False,
    )  # fmt: skip

    assert result.returncode != 0
    assert "Did you mean 'glioma_grade'?" in result.stdout + result.stderr
    assert "Running node" not in result.stdout


def test_the_sample_says_in_which_environment_it_runs(kedro):
    result = kedro("run", "--pipelines", "sample", check=False)

    assert result.returncode != 0
    assert "kedro run --env sample --pipelines sample" in " ".join(result.stderr.split())


def test_an_unknown_recipe_is_named_with_the_known_ones(kedro, read):
    result = kedro(
        "run", "--env", "sample", "--pipelines", "training",
        "--params", "tumor_type.recipe=xcepton", check=False,
    )  # fmt: skip

    assert result.returncode != 0
    assert "Did you mean 'xception'?" in result.stdout + result.stderr


def test_curating_again_gives_the_same_data_set(kedro, read):
    pattern = "08_reporting/tumor_type/curation_summary.json/*/*"
    before = json.loads(read(pattern).read_text())

    kedro("run", "--env", "sample", "--pipelines", "curation")

    after = json.loads(read(pattern).read_text())
    assert after["manifest_digest"] == before["manifest_digest"]


def test_a_classifier_of_another_manifest_is_not_evaluated(kedro, sample, read, tmp_path):
    shutil.copytree(sample, tmp_path / "sample")
    places = f"raw_dir={sample / '01_raw'},data_dir={tmp_path / 'sample'}"
    kedro(
        "run", "--env", "sample", "--pipelines", "curation",
        "--params", f"{places},tumor_type.split.strategy=image",
    )  # fmt: skip

    result = kedro(
        "run", "--env", "sample", "--pipelines", "evaluation", "--params", places, check=False
    )

    assert result.returncode != 0
    # Of the nodes that look, the first one speaks: of the predictions, or of the guard's trial.
    said = result.stdout + result.stderr
    assert "was trained on manifest" in said or "They are of another data set: train again" in said


def test_the_notebook_runs(project, read):
    notebook = nbformat.read(project / "notebooks" / "results.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")

    client.execute(cwd=str(project / "notebooks"))

    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3


def test_viz_builds_a_static_site_with_previews(kedro, project, read, monkeypatch):
    monkeypatch.setenv("KEDRO_ENV", "sample")

    kedro("viz", "build", "--include-previews")

    graph = json.loads((project / "build" / "api" / "main").read_text())
    assert graph["layers"] == [
        "raw", "intermediate", "primary", "model_input", "models", "feature", "model_output",
        "reporting",
    ]  # fmt: skip
    previews = list((project / "build" / "api" / "nodes").glob("*"))
    assert any("iVBORw0KGgo" in path.read_text() for path in previews)
