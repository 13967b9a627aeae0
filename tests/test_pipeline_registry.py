from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog

from brain_tumor_kedro.pipeline_registry import register_pipelines
from brain_tumor_kedro.settings import CONFIG_LOADER_ARGS
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TASKS, TUMOR_TYPE

# Kedro's loader calls what OmegaConf deprecates; see settings.py.
pytestmark = pytest.mark.filterwarnings("ignore:register_new_resolver:UserWarning")

PARTS = (
    "calibration", "explanation", "robustness", "errors", "guard", "reporting", "recording",
)  # fmt: skip


def free_inputs(pipeline):
    return {name for name in pipeline.inputs() if not name.startswith("params:")}


@pytest.mark.parametrize(("name", "prefix"), [("__default__", ""), ("grading", "grading_")])
def test_all_of_a_task_is_curation_training_and_evaluation(name, prefix):
    pipelines = register_pipelines()

    steps = ("curation", "training", "evaluation")
    parts = [pipelines[f"{prefix}{step}"] for step in steps]
    assert pipelines[name].describe() == (parts[0] + parts[1] + parts[2]).describe()


def test_every_pipeline_but_the_sample_needs_sources_or_the_catalog_alone():
    free = {name: free_inputs(pipeline) for name, pipeline in register_pipelines().items()}

    assert free["__default__"] == {
        "figshare",
        "kaggle",
        "tumor_type.previous_manifests",
        "tumor_type.previous_leakage",
        "tumor_type.checkpoint",
    }
    assert free["grading"] == {
        "brats",
        "glioma_grade.previous_manifests",
        "glioma_grade.previous_leakage",
        "glioma_grade.checkpoint",
    }
    assert free["sample"] == set()
    assert {"figshare", "kaggle", "tumor_type.manifest", "tumor_type.atlas"} <= free["export"]
    assert free["training"] == {
        "tumor_type.images",
        "tumor_type.manifest",
        "tumor_type.checkpoint",
        "tumor_type.curation_summary",
    }
    assert free["registration"] == {
        "tumor_type.images",
        "tumor_type.manifest",
        "tumor_type.curation_summary",
        "tumor_type.classifier",
        "tumor_type.training_summary",
    }


def test_no_two_nodes_share_a_name():
    pipelines = register_pipelines()
    wholes = (pipelines[name] for name in ("__default__", "grading", "export"))
    nodes = [node.name for whole in wholes for node in whole.nodes]

    assert len(nodes) == len(set(nodes))
    assert all("__" not in name for name in nodes)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_part_of_an_evaluation_is_in_it_and_can_be_run_alone(task):
    pipelines = register_pipelines()
    whole = {node.name for node in pipelines[f"{task.prefix}evaluation"].nodes}

    for part in (*PARTS, *(["patients"] if task.unit == "patient" else [])):
        nodes = {node.name for node in pipelines[f"{task.prefix}{part}"].nodes}
        assert nodes
        assert nodes <= whole


@pytest.mark.parametrize("prefix", ["", "grading_"])
def test_a_training_ends_with_the_registration_which_can_be_run_alone(prefix):
    pipelines = register_pipelines()

    alone = {node.name for node in pipelines[f"{prefix}registration"].nodes}
    assert alone < {node.name for node in pipelines[f"{prefix}training"].nodes}


def test_patients_are_decided_where_they_are_the_unit():
    pipelines = register_pipelines()

    assert "grading_patients" in pipelines
    assert "patients" not in pipelines
    assert "glioma_grade.patients" in {
        name for node in pipelines["grading_reporting"].nodes for name in node.inputs
    }


def test_the_grade_is_told_by_the_nodes_that_tell_the_type():
    pipelines = register_pipelines()
    own = {
        task.name: {node.func for node in pipelines[f"{task.prefix}evaluation"].nodes}
        for task in (TUMOR_TYPE, GLIOMA_GRADE)
    }

    assert {function.__name__ for function in own["tumor_type"] - own["glioma_grade"]} == {
        "read_tumor_masks"
    }


@pytest.fixture(scope="module")
def catalog():
    conf = Path(__file__).parents[1] / "conf"
    return DataCatalog.from_config(OmegaConfigLoader(str(conf), **CONFIG_LOADER_ARGS)["catalog"])


def find_layer(catalog, name: str) -> str | None:
    dataset = None if name.startswith("params:") else catalog.get(name)
    metadata = getattr(dataset, "metadata", None) or {}
    return metadata.get("kedro-viz", {}).get("layer")


@pytest.mark.parametrize("name", ["__default__", "grading", "study"])
def test_layers_follow_on_one_another_so_that_kedro_viz_can_draw_them(catalog, name):
    pipeline = register_pipelines()[name]
    layers = {one: find_layer(catalog, one) for one in pipeline.datasets()}
    before: dict[str, set[str]] = {}
    above: dict[str, set[str]] = {one: {layer} - {None} for one, layer in layers.items()}

    for node in pipeline.nodes:  # in the order in which they run
        reached = set().union(*(above[one] for one in node.inputs))
        for one in node.outputs:
            if layer := layers[one]:
                before.setdefault(layer, set()).update(reached - {layer})
            else:
                above[one] = reached

    list(TopologicalSorter(before).static_order())  # raises where there is a cycle
    assert before
