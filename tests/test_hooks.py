import logging
import subprocess
from pathlib import Path
from types import SimpleNamespace

import mlflow
import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import configure_project, settings
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro_datasets.text import TextDataset

from brain_tumor_kedro import hooks, tracking
from brain_tumor_kedro.datasets import ImageCollectionDataset
from brain_tumor_kedro.hooks import (
    ProjectHooks,
    _point_study,
    _require_known,
    _require_no_password,
)
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.studies.search_space import Studies

TASK = "tumor_type"

# Kedro's loader calls what OmegaConf deprecates; see settings.py.
deprecated_by_omegaconf = pytest.mark.filterwarnings("ignore:register_new_resolver:UserWarning")

SCORES = pd.DataFrame(
    [
        ("val", "classifier", "all", "accuracy", 0.1, 0.2),
        ("test", "classifier", "all", "accuracy", 0.75, 0.95),
        ("test", "majority", "all", "accuracy", 0.3, 0.4),
        ("test", "classifier", "glioma", "accuracy", 0.5, 0.6),
    ],
    columns=["split", "predictor", "label", "metric", "low", "high"],
)


@pytest.fixture
def catalog(tmp_path):
    report = TextDataset(filepath=str(tmp_path / "report.html"), metadata={"mlflow": "report"})
    report.save("<html>")
    for name in ("manifest", "images", "label_conflicts", "curation_report"):
        (tmp_path / name).touch()
    contents = {
        "metrics": {"test": {"accuracy": 0.875, "n": 40}},
        "training_summary": {"recipe_name": "vgg16", "seconds": 61.2, "phantom": True},
        "curation_summary": {
            "split_strategy": "group",
            "sources": {"figshare": {"found": 12, "kept": 5}},
            "phantom": True,
        },
        "registration": {"name": "brain_tumor_tumor_type", "version": "1"},
        "scores_table": SCORES,
    }
    return DataCatalog(
        {
            f"{TASK}.report": report,
            f"{TASK}.classifier": TextDataset(filepath=str(tmp_path / "classifier.keras")),
            **{
                f"{TASK}.{name}": TextDataset(filepath=str(tmp_path / name))
                for name in ("manifest", "images", "label_conflicts", "curation_report")
            },
            **{f"{TASK}.{name}": MemoryDataset(value) for name, value in contents.items()},
        }
    )


def make_context(**given) -> SimpleNamespace:
    """A run of this project with parameters on the command line."""
    configure_project("brain_tumor_kedro")
    conf = str(Path(__file__).parents[1] / "conf")
    loader = OmegaConfigLoader(
        conf, env="base", runtime_params=given, **settings.CONFIG_LOADER_ARGS
    )
    return SimpleNamespace(config_loader=loader)


@deprecated_by_omegaconf
@pytest.mark.parametrize("name", ParallelSettings.model_fields)
def test_every_setting_of_parallel_work_can_be_given_to_a_run(name):
    ProjectHooks().after_context_created(make_context(parallel={name: "x"}))


@deprecated_by_omegaconf
def test_a_parameter_that_nothing_reads_is_refused():
    with pytest.raises(ValueError, match=r"Did you mean parallel\.scheduler\?"):
        ProjectHooks().after_context_created(make_context(parallel={"schedular": "x"}))


FAMILIES = {
    "recipes": {"x_{backbone}": {"backbone": ["vgg16", "xception"]}, "small": {"backbone": "vgg16"}}
}


@pytest.mark.parametrize("name", ["x_vgg16", "x_{backbone}", "small"])
def test_values_of_any_recipe_can_be_given(name):
    known = hooks._flatten_keys(FAMILIES) | hooks._recipe_keys(FAMILIES)
    hooks._require_known({"recipes", f"recipes.{name}", f"recipes.{name}.batch_size"}, known)
    new = {"recipes.own", "recipes.own.backbone", "recipes.own.phases"}
    hooks._require_known(new, known)
    with pytest.raises(ValueError, match=r"no parameter recipes.x_vgg1\. Did .* recipes.x_vgg16\?"):
        hooks._require_known({"recipes.x_vgg1", "recipes.x_vgg1.batch_size"}, known)


def pipeline_to(output: str) -> Pipeline:
    node = Node(lambda metrics: metrics, "metrics", output, name="node")
    return Pipeline([node], namespace=TASK)


def test_a_run_that_ends_in_a_report_says_where_everything_is(catalog, caplog, monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "sqlite:///mlflow.db")
    caplog.set_level(logging.INFO)
    params = {"env": "sample", "runtime_params": {"data_dir": "/my data", "other": 1}}

    ProjectHooks().after_pipeline_run(params, pipeline_to("report"), catalog)

    assert "0.875 (0.750 to 0.950) on 40 test images, split by group" in caplog.text
    assert "Phantom data" in caplog.text
    assert "report.html" in caplog.text
    assert "viz run --env sample --params 'data_dir=/my data'" in caplog.text
    assert "ui --backend-store-uri sqlite:///mlflow.db" in caplog.text


def test_the_score_on_held_out_sources_is_said(catalog, caplog, monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "sqlite:///mlflow.db")
    caplog.set_level(logging.INFO)
    scores = {"accuracy": 0.5, "n": 2}
    catalog.save(f"{TASK}.metrics", {"test": scores, "external": scores | {"n": 7}})

    ProjectHooks().after_pipeline_run({}, pipeline_to("report"), catalog)

    assert "External  0.500 on 7 images of held-out sources" in caplog.text


def test_an_interval_that_is_not_known_is_left_out(catalog, caplog, monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "sqlite:///mlflow.db")
    caplog.set_level(logging.INFO)
    catalog.save(f"{TASK}.scores_table", SCORES.assign(low=None))

    ProjectHooks().after_pipeline_run({}, pipeline_to("report"), catalog)

    assert "0.875 on 40 test images" in caplog.text


def test_real_data_is_named_by_its_sources(catalog, caplog, monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "sqlite:///mlflow.db")
    caplog.set_level(logging.INFO)
    catalog.save(
        f"{TASK}.training_summary", {"recipe_name": "vgg16", "seconds": 1.0, "phantom": False}
    )

    ProjectHooks().after_pipeline_run({}, pipeline_to("report"), catalog)

    assert "Data      figshare\n" in caplog.text


def test_a_curation_ends_with_its_table_and_where_everything_lies(catalog, caplog, tmp_path):
    caplog.set_level(logging.INFO)

    ProjectHooks().after_pipeline_run({}, pipeline_to("curation_summary"), catalog)

    assert "Phantom data" in caplog.text
    assert "figshare     12     5\n" in caplog.text
    for name in ("manifest", "images", "label_conflicts", "curation_report"):
        assert f"{tmp_path / name}\n" in caplog.text
    assert "Accuracy" not in caplog.text


def test_another_run_ends_as_it_is(catalog, caplog):
    caplog.set_level(logging.INFO)

    ProjectHooks().after_pipeline_run({}, pipeline_to("something"), catalog)

    assert caplog.text == ""


def test_files_are_logged_where_the_catalog_says_so(catalog, tmp_path, monkeypatch):
    logged = []
    monkeypatch.setattr(tracking, "log_file", lambda path, folder: logged.append((path, folder)))
    hooks = ProjectHooks()
    hooks.after_catalog_created(catalog, {"parameters": {}})

    hooks.after_dataset_saved(f"{TASK}.report")
    hooks.after_dataset_saved(f"{TASK}.metrics")

    assert logged == [(tmp_path / "report.html", "report")]


def test_a_run_is_of_the_code_that_was_there_as_it_began(monkeypatch):
    tracking.find_revision.cache_clear()
    before = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
    ).stdout.strip()  # fmt: skip
    ProjectHooks().before_pipeline_run(Pipeline([]), DataCatalog({}))
    moved_on = SimpleNamespace(stdout="moved-on\n")
    monkeypatch.setattr(tracking.subprocess, "run", lambda *_, **__: moved_on)
    assert tracking.describe_run()["git_revision"] == before


def test_what_another_pipeline_makes_has_to_be_there(tmp_path, monkeypatch):
    made = Pipeline([Node(lambda raw: raw, "raw", "images", name="pack")])
    both = made + Pipeline([Node(lambda images: images, "images", "other", name="look")])
    monkeypatch.setattr(hooks, "pipelines", {"__default__": both, "curation": made})
    place = str(tmp_path / "images")
    catalog = DataCatalog(
        {"images": TextDataset(filepath=place), "raw": TextDataset(filepath=f"{place}_raw")}
    )
    needs_images = both.only_nodes("look")

    with pytest.raises(ValueError, match=rf"images in {place}.*--pipelines curation;"):
        ProjectHooks().before_pipeline_run(needs_images, catalog)
    ProjectHooks().before_pipeline_run(both, catalog)  # of raw, nobody can say who makes it
    catalog.save("images", "here")
    ProjectHooks().before_pipeline_run(needs_images, catalog)


def test_the_one_node_that_is_left_to_run_is_named(tmp_path, monkeypatch):
    made = Pipeline(
        [
            Node(lambda raw: raw, "raw", "images", name="pack"),
            Node(lambda images, size: images, ["images", "params:size"], "means", name="measure"),
        ],
        namespace=TASK,
        parameters={"params:size"},
    )
    used = Pipeline([Node(lambda means: means, "means", "other", name="use")], namespace=TASK)
    monkeypatch.setattr(hooks, "pipelines", {"__default__": made + used, "curation": made})
    files = {f"{TASK}.{name}": tmp_path / name for name in ("raw", "images", "means")}
    catalog = DataCatalog({name: TextDataset(filepath=str(path)) for name, path in files.items()})

    with pytest.raises(ValueError, match="kedro run --pipelines curation;"):
        ProjectHooks().before_pipeline_run(used, catalog)
    catalog.save(f"{TASK}.images", "here")
    with pytest.raises(ValueError, match=r"kedro run --nodes tumor_type\.measure;"):
        ProjectHooks().before_pipeline_run(used, catalog)


@deprecated_by_omegaconf
@pytest.mark.parametrize("place", [None, "", 3])
def test_a_place_is_a_path(place):
    with pytest.raises(ValueError, match="path of a folder as raw_dir"):
        ProjectHooks().after_context_created(make_context(raw_dir=place))


GRADE_SCORES = pd.DataFrame(
    [
        ("patient", "soft", "test", "accuracy", 0.8, 0.5, 1.0, 10),
        ("patient", "soft", "test", "f1", 0.9, 0.6, 1.0, 10),
        ("patient", "soft", "val", "f1", 0.1, 0.1, 0.1, 10),
        ("patient", "majority", "test", "f1", 0.2, 0.1, 0.3, 10),
        ("patient", "always_positive", "test", "f1", 0.88, None, None, 10),
        ("slice", "slice", "test", "f1", 0.3, 0.2, 0.4, 40),
    ],
    columns=["level", "strategy", "split", "metric", "value", "low", "high", "n"],
)


def test_a_task_of_patients_ends_with_patients_beside_always_saying_the_positive_class(
    catalog, caplog, monkeypatch
):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "sqlite:///mlflow.db")
    caplog.set_level(logging.INFO)
    for name in list(catalog.keys()):
        catalog[name.replace(TASK, "glioma_grade")] = catalog.get(name)
    catalog["glioma_grade.patient_scores"] = MemoryDataset(GRADE_SCORES)
    catalog["glioma_grade.patients"] = MemoryDataset({"settings": {"strategy": "soft"}})
    whole = Pipeline([Node(lambda metrics: metrics, "metrics", "report", name="node")])

    ProjectHooks().after_pipeline_run({}, Pipeline(whole, namespace="glioma_grade"), catalog)

    assert "on 40 test slices, split by patient" in caplog.text
    said = "Patients  accuracy 0.800 (0.500 to 1.000), F1 0.900 (0.600 to 1.000) by soft voting, 10"
    assert said in caplog.text
    assert "Patients  F1 0.880 for always HGG, 10 test patients" in caplog.text


@pytest.mark.parametrize(
    ("task", "noted"), [("tumor_type", []), ("glioma_grade", ["grading_evaluation"])]
)
def test_an_error_that_names_a_pipeline_says_what_it_is_called_in_the_task(task, noted):
    node = Pipeline([Node(len, "images", "n", name="count")], namespace=task).nodes[0]
    error = ValueError("Evaluate again: kedro run --pipelines evaluation")

    ProjectHooks().on_node_error(error, node)

    notes = getattr(error, "__notes__", [])
    assert len(notes) == len(noted)
    assert all(name in note for name, note in zip(noted, notes, strict=True))


def test_what_belongs_to_a_study_is_checked_by_the_study():
    known = {"studies", "studies.mine", "studies.mine.seeds"}

    _require_known({"studies.mine.retry_failed"}, known)
    with pytest.raises(ValueError, match=r"no parameter studies\.other"):
        _require_known({"studies.other.seeds"}, known)


def test_an_address_with_a_password_is_refused_before_it_is_noted_anywhere():
    given = {"studies": {"mine": {"storage": "postgresql://me:secret@host/database"}}}

    with pytest.raises(ValueError, match="PGPASSWORD") as error:
        _require_no_password(given)

    assert "secret" not in str(error.value)
    _require_no_password({"studies": {"mine": {"storage": "postgresql://me@host/database"}}})


def test_the_time_of_a_curation_is_that_of_the_nodes_before_its_summary():
    def hand_on(value):
        return value

    template = Pipeline(
        [
            Node(hand_on, "files", "images", name="pack_images"),
            Node(hand_on, "images", "curation_summary", name="summarize_curation"),
            Node(hand_on, "images", "classifier", name="train_classifier"),
        ]
    )
    pipeline = Pipeline(template, namespace=TASK)
    seconds = {f"{TASK}.pack_images": 2.0, f"{TASK}.train_classifier": 900.0}

    found = hooks._seconds_up_to(f"{TASK}.curation_summary", pipeline, seconds)

    assert found == {"pack_images": 2.0}


@pytest.mark.parametrize("kind", [dict, Studies.model_validate])
def test_a_study_reads_what_was_curated_for_its_task(kind):
    studies = kind({"x": {"task": "glioma_grade", "space": {"recipe": ["vgg16"]}}})
    names = ("images", "manifest", "curation_summary")
    catalog = DataCatalog({f"glioma_grade.{name}": MemoryDataset(name) for name in names})

    renamed = _point_study(catalog, {"study": "x", "studies": studies})

    assert renamed["study.manifest"] == "glioma_grade.manifest"
    assert catalog.load("study.manifest") == "manifest"


@pytest.mark.parametrize(
    "studies", [None, {}, {"x": None}, {"x": {}}, {"x": {"task": "typo"}}, {"y": {"seeds": "no"}}]
)
def test_a_study_that_is_wrong_stops_no_other_pipeline(studies):
    assert _point_study(DataCatalog({}), {"study": "x", "studies": studies}) == {}


@pytest.mark.parametrize(("is_over", "expected"), [(False, "KILLED"), (True, "RUNNING")])
def test_a_run_that_was_interrupted_is_killed_in_mlflow(tmp_path, monkeypatch, is_over, expected):
    registered = []
    monkeypatch.setattr(hooks, "atexit", SimpleNamespace(register=registered.append))
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment("test")  # the one of another test may be active
    around = ProjectHooks()
    try:
        around.before_pipeline_run(Pipeline([]), DataCatalog({}))
        run = mlflow.start_run().info.run_id
        mlflow.start_run(run, nested=True)  # as kedro-mlflow does
        if is_over:
            around.on_pipeline_error()
        (at_exit,) = registered
        at_exit()
        assert mlflow.get_run(run).info.status == expected
    finally:
        while mlflow.active_run():
            mlflow.end_run()
        mlflow.set_tracking_uri(before)


@deprecated_by_omegaconf
@pytest.mark.parametrize(("name", "value"), [("input", None), ("input", 2024), ("model", " ")])
def test_images_and_a_model_are_named_by_text(name, value):
    with pytest.raises(ValueError, match=rf"Expected .* as {name}, found {value!r}"):
        ProjectHooks().after_context_created(make_context(**{name: value}))


@pytest.mark.parametrize("missing", ["input", "model"])
def test_an_inference_that_is_not_told_what_to_do_says_how(missing):
    given = {"input": "images", "model": "models:/a@b"} | {missing: None}
    catalog = DataCatalog({f"params:{name}": MemoryDataset(v) for name, v in given.items()})
    pipeline = Pipeline([Node(len, "images", "answers", name="answer")], namespace="inference")

    with pytest.raises(ValueError, match=rf"as {missing}, found none.*--params input=DIR,model="):
        ProjectHooks().before_pipeline_run(pipeline, catalog)


def test_an_inference_ends_with_its_counts_and_where_the_page_lies(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    summary = {"images": 1200, "files": 8, "answered": 6, "needs_review": 4, "phantom": True}
    catalog = DataCatalog(
        {
            "inference.summary": MemoryDataset(summary),
            "inference.answers": TextDataset(filepath=str(tmp_path / "answers")),
        }
    )
    pipeline = Pipeline([Node(len, "answers", "summary", name="count")], namespace="inference")

    ProjectHooks().after_pipeline_run({}, pipeline, catalog)

    assert "1,200 in 8 files, 6 answered" in caplog.text
    assert f"{tmp_path / 'answers' / 'page.html'}\n" in caplog.text
    assert "Phantom data" in caplog.text


def test_wrong_parameters_of_an_inference_are_a_line_each():
    given = {"level": 2, "workers": 0}

    with pytest.raises(
        ValueError, match=r"\n  inference.level: .*\n  inference.workers: "
    ) as caught:
        hooks._require_inference(given)

    assert "http" not in str(caught.value)


def test_an_inference_without_images_stops_before_a_model_is_loaded(tmp_path):
    given = {"input": str(tmp_path), "model": "models:/a@b"}
    catalog = DataCatalog({f"params:{name}": MemoryDataset(v) for name, v in given.items()})
    catalog["inference.images"] = ImageCollectionDataset(path=str(tmp_path))
    pipeline = Pipeline([Node(len, "images", "answers", name="answer")], namespace="inference")

    with pytest.raises(ValueError, match="Found a folder without any file"):
        ProjectHooks().before_pipeline_run(pipeline, catalog)
