"""Every study of the configuration, with one training each, on images that are next to noise."""

import logging
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from mlflow import MlflowClient

from brain_tumor_kedro.assessment.aggregation import Aggregation
from brain_tumor_kedro.imaging.manifest import check_manifest, digest_manifest
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipes
from brain_tumor_kedro.pipelines.study import nodes
from brain_tumor_kedro.settings import CONFIG_LOADER_ARGS
from brain_tumor_kedro.studies.search_space import Studies, StudySettings
from brain_tumor_kedro.tasks import TUMOR_TYPE
from builders import make_row
from graded import make_graded

CONF = Path(__file__).parents[3] / "conf"

pytestmark = pytest.mark.filterwarnings("ignore:register_new_resolver:UserWarning")


@pytest.fixture(scope="module")
def parameters() -> dict:
    return OmegaConfigLoader(str(CONF), env="sample", **CONFIG_LOADER_ARGS)["parameters"]


@pytest.fixture(scope="module")
def typed() -> tuple[pd.DataFrame, np.ndarray]:
    """Gray images of four classes, each of another brightness."""
    random = np.random.default_rng(0)
    rows, images = [], []
    for split, count in {"train": 8, "val": 5, "test": 4}.items():
        for number in range(count * 4):
            label = TUMOR_TYPE.classes[number % 4]
            image = random.integers(0, 60, (32, 32), dtype=np.uint8) + np.uint8(number % 4 * 60)
            fields = {"split": split, "row": len(rows), "packed_hash": hash_packed(image)}
            name = f"phantom/{split}-{number:02d}"
            rows.append(make_row(name, label, group_id=name, status="kept", **fields))
            images.append(image)
    columns = check_manifest(pd.DataFrame(make_graded({"train": 1})[0]).iloc[:0]).columns
    table = pd.DataFrame(rows).reindex(columns=columns)
    return check_manifest(table), np.stack(images)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A tracking store of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("test", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("test")
    yield MlflowClient()
    mlflow.set_tracking_uri(before)


@pytest.fixture
def run(parameters, typed, tmp_path):
    """Run a study with one value of each key, or with the changes that are given."""

    def run(name, recipes=None, **changes):
        chosen = parameters["studies"][name]
        first = {key: values[:1] if isinstance(values, list) else values
                 for key, values in chosen["space"].items()}  # fmt: skip
        small = {**chosen, "space": first, "seeds": [0]}
        if chosen["search"] == "tpe":
            small["trials"] = 1
        settings = nodes.choose_study(name, Studies.model_validate({name: {**small, **changes}}))
        manifest, images = make_graded() if settings.task == "glioma_grade" else typed
        cells, scores = nodes.run_study(
            images,
            manifest,
            {"manifest_digest": digest_manifest(manifest)},
            settings,
            name,
            Recipes.model_validate(recipes or parameters["recipes"]),
            Compute(),
            Pretrained(),
            Aggregation(),
            AttentionPooling(epochs=2),
            tmp_path / "study",
        )
        return cells, scores, nodes.choose_best(settings, cells, scores)

    return run


@pytest.mark.parametrize(
    "name", ["xception_vs_vgg16", "vgg16_lora", "imagenet_vs_radimagenet", "mobilenet_tpe"]
)
def test_every_study_of_tumor_types_runs_on_the_sample(run, name):
    cells, scores, best = run(name)

    assert cells["state"].tolist() == ["finished"]
    assert cells["phantom"].all()
    assert set(scores["split"]) == {"train", "val", "test"}
    assert scores[["f1", "auroc", "baseline_f1"]].notna().all(axis=None)
    assert best["cells"] == cells["cell"].tolist()


def test_a_study_of_grades_scores_every_way_to_put_slices_together(run, server):
    with mlflow.start_run():
        cells, scores, best = run("glioma_grade")

    expected = {"slice", "majority", "soft", "attention", "entropy", "top_k", "gated_attention"}
    assert set(scores["strategy"]) == expected
    test = scores[scores["split"] == "test"].set_index("strategy")
    assert test.loc["slice", ["n", "positive"]].tolist() == [36, 24]
    assert test.loc["soft", ["n", "positive"]].tolist() == [9, 6]
    assert (test["baseline_f1"] == 0.8).all()
    assert best["strategy"] == "soft"
    (parent,) = server.search_runs(["1"], "tags.`mlflow.runName` = 'study glioma_grade'")
    of_cell = cells.loc[0, "mlflow_run"]
    assert server.get_run(of_cell).data.tags["mlflow.parentRunId"] == parent.info.run_id
    children = server.search_runs(["1"], f"tags.`mlflow.parentRunId` = '{of_cell}'")
    logged = {child.data.params["strategy"]: child.data.metrics["test.f1"] for child in children}
    assert logged == pytest.approx(test["f1"].drop("slice").to_dict())
    assert {child.info.status for child in children} == {"FINISHED"}
    epochs = server.get_metric_history(of_cell, "val_f1")
    assert len(epochs) == cells.loc[0, "epochs"]


def test_weights_that_cannot_be_had_fail_every_cell_but_are_looked_for_once(
    run, server, monkeypatch, caplog
):
    from brain_tumor_kedro.modelling import published_weights

    asked = []

    def refuse(spec, size):
        asked.append(spec.name)
        raise OSError("no network")

    monkeypatch.setattr(published_weights, "_fetch_imagenet", refuse)
    caplog.set_level(logging.ERROR)
    with mlflow.start_run():
        cells, scores, best = run("xception_vs_vgg16", space={"recipe": ["vgg16"]}, seeds=[0, 1])

    assert cells["state"].tolist() == ["failed", "failed"]
    assert cells["error"].str.contains("WeightsUnavailableError").all()
    assert asked == ["vgg16"]
    assert scores.empty
    assert best["point"] is None
    assert "retry_failed=true" in caplog.text
    failed = server.search_runs(["1"], "tags.study = 'xception_vs_vgg16' and status = 'FAILED'")
    (study,) = [run for run in failed if "mlflow.parentRunId" not in run.data.tags]
    assert study.data.tags["failed_cells"] == "2"
    cells_of = [run for run in failed if run.info.run_id != study.info.run_id]
    assert all("no network" in run.data.tags["error"] for run in cells_of)
    assert len(cells_of) == 2


def test_a_study_that_finds_a_broken_file_ends_its_run_in_mlflow(run, server, tmp_path):
    broken = {"space": {"recipe": ["sample_cnn"], "phases.scratch.epochs": [1]}}
    with mlflow.start_run():
        cells, _, _ = run("imagenet_vs_radimagenet", **broken)
        (tmp_path / "study" / "cells" / cells.loc[0, "cell"] / "summary.json").write_text("{")

        with pytest.raises(ValueError, match=r"summary\.json"):
            run("imagenet_vs_radimagenet", **broken)

    parent = server.get_run(cells.loc[0, "mlflow_run"]).data.tags["mlflow.parentRunId"]
    assert server.get_run(parent).info.status == "FAILED"


def test_folds_are_judged_each_on_patients_of_its_own(run):
    cells, scores, _ = run("glioma_grade", folds={"count": 3}, strategies=["soft"])

    assert cells["fold"].tolist() == [0, 1, 2]
    test = scores[(scores["split"] == "test") & (scores["strategy"] == "soft")]
    assert test["n"].sum() == 18  # all of train and val, once


def test_fields_that_no_recipe_has_are_told_before_anything_is_trained(run, tmp_path):
    space = {"recipe": ["sample_cnn"], "head.dropuot": [0.1, 0.2], "batch_size": [8, -1]}

    with pytest.raises(ValueError, match="4 combinations") as error:
        run("xception_vs_vgg16", space=space)

    assert "Did you mean 'dropout'" in str(error.value)
    assert not (tmp_path / "study" / "cells").exists()


def test_unknown_names_are_told_with_the_known_ones(run):
    with pytest.raises(ValueError, match="Did you mean 'sample_cnn'"):
        run("xception_vs_vgg16", space={"recipe": ["sample_cn"]})
    with pytest.raises(ValueError, match="Did you mean 'kaggle/set'"):
        run("xception_vs_vgg16", data={"sources": ["kaggle/sat"]})
    with pytest.raises(ValueError, match="Did you mean 'attention'"):
        run("glioma_grade", strategies=["soft", "atention"])
    with pytest.raises(ValueError, match="is about slices"):
        run("xception_vs_vgg16", strategies=["soft"])


def test_every_combination_of_every_study_is_a_recipe():
    """Of the base configuration, which would take days to train."""
    from brain_tumor_kedro.pipelines.study.resolving import Resolver
    from brain_tumor_kedro.studies.cells import CellPlanner
    from brain_tumor_kedro.studies.points import list_points

    base = OmegaConfigLoader(str(CONF), env="base", **CONFIG_LOADER_ARGS)["parameters"]
    recipes = Recipes.model_validate(base["recipes"])
    counts = {}
    for name, fields in base["studies"].items():
        settings = StudySettings.model_validate(fields)
        resolver = Resolver(settings, recipes, Pretrained(), ["kaggle/set"])
        counts[name] = len(CellPlanner(settings, resolver, {}).plan(list_points(settings)))

    assert counts == {
        "glioma_grade": 96,
        "xception_vs_vgg16": 12,
        "vgg16_lora": 81,
        "imagenet_vs_radimagenet": 18,
        "mobilenet_tpe": 4,
    }
