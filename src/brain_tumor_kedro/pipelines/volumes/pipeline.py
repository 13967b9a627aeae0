"""The pipeline that curates volumes."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.assessment.cohort_report import CAPTIONS
from brain_tumor_kedro.pipelines.curation.pipeline import list_shared_nodes
from brain_tumor_kedro.pipelines.volumes import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Curation of a task's volumes; splitting and its gate are those of the slices' curation."""
    template = Pipeline(
        [
            Node(
                nodes.list_cases,
                [
                    "brats",
                    "params:exclude_cases",
                    "params:expert_sources",
                    "params:holdout_sources",
                ],
                ["cases", "excluded", "notes", "started"],
                name="list_cases",
            ),
            Node(
                nodes.inspect_cases,
                [
                    "cases",
                    "excluded",
                    "params:cohort",
                    "params:slices",
                    "params:packing",
                    "params:parallel",
                    "params:task",
                ],
                ["described", "stack", "measures"],
                name="inspect_cases",
            ),
            Node(
                nodes.select_cases,
                ["described", "params:cohort"],
                ["deduplicated", "similar_pairs"],
                name="select_cases",
            ),
            Node(
                nodes.pack_slices,
                ["checked_manifest", "stack", "started"],
                ["images", "manifest", "seconds"],
                name="pack_slices",
            ),
            Node(
                nodes.tabulate_cohort,
                ["manifest", "measures"],
                "cohort",
                name="tabulate_cohort",
            ),
            Node(
                nodes.summarize_curation,
                [
                    "manifest",
                    "cohort",
                    "similar_pairs",
                    "crossings",
                    "params:split",
                    "params:cohort",
                    "params:slices",
                    "params:packing",
                    "params:exclude_cases",
                    "params:expert_sources",
                    "params:holdout_sources",
                    "notes",
                    "seconds",
                    "params:task",
                ],
                "curation_summary",
                name="summarize_curation",
            ),
            Node(
                nodes.plot_cohort,
                [
                    "manifest",
                    "cohort",
                    "images",
                    "cases",
                    "curation_summary",
                    "params:cohort",
                    "params:task",
                ],
                [f"figure_{name}" for name in CAPTIONS],
                name="plot_cohort",
            ),
            Node(
                nodes.write_report,
                {
                    "curation_summary": "curation_summary",
                    "label_conflicts": "label_conflicts",
                    "task": "params:task",
                    **{name: f"figure_{name}" for name in CAPTIONS},
                },
                "curation_report",
                name="write_curation_report",
            ),
            *list_shared_nodes(),
        ]
    )
    return Pipeline(template, namespace=task.name, inputs={"brats"}, parameters={"params:parallel"})
