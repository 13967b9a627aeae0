"""The curation pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.assessment.curation_report import CAPTIONS
from brain_tumor_kedro.pipelines.curation import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Curation of a task's two-dimensional sources."""
    template = Pipeline(
        [
            Node(
                nodes.list_files,
                ["figshare", "kaggle", "params:expert_sources", "params:holdout_sources"],
                ["files", "notes", "started"],
                name="list_files",
            ),
            Node(
                nodes.inspect_files,
                ["files", "params:parallel"],
                ["described", "thumbnails"],
                name="inspect_files",
            ),
            Node(
                nodes.flag_outliers,
                ["described", "thumbnails", "params:outliers"],
                "inspected",
                name="flag_outliers",
            ),
            Node(
                nodes.find_copies,
                [
                    "inspected",
                    "thumbnails",
                    "params:similarity",
                    "params:expert_sources",
                    "params:holdout_sources",
                ],
                "similar_pairs",
                name="find_copies",
            ),
            Node(
                nodes.drop_copies,
                [
                    "inspected",
                    "similar_pairs",
                    "params:expert_sources",
                    "params:holdout_sources",
                ],
                "deduplicated",
                name="drop_copies",
            ),
            Node(
                nodes.pack_images,
                ["checked_manifest", "files", "params:packing", "params:parallel", "started"],
                ["images", "manifest", "seconds"],
                name="pack_images",
            ),
            Node(
                nodes.draw_up_atlas,
                ["manifest", "similar_pairs"],
                "atlas",
                name="draw_up_atlas",
            ),
            Node(
                nodes.summarize_curation,
                [
                    "manifest",
                    "similar_pairs",
                    "atlas",
                    "crossings",
                    "params:split",
                    "params:holdout_sources",
                    "notes",
                    "params:similarity",
                    "params:expert_sources",
                    "params:outliers",
                    "params:packing",
                    "seconds",
                    "params:task",
                ],
                "curation_summary",
                name="summarize_curation",
            ),
            Node(
                nodes.plot_data,
                ["manifest", "images", "curation_summary", "params:task"],
                ["figure_splits", "figure_sources", "figure_sizes", "figure_samples"],
                name="plot_data",
            ),
            Node(
                nodes.plot_comparisons,
                ["manifest", "similar_pairs", "label_conflicts", "files", "curation_summary"],
                ["figure_overlaps", "figure_copies", "figure_conflicts"],
                name="plot_comparisons",
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
    return Pipeline(
        template,
        namespace=task.name,
        inputs={"figshare", "kaggle"},
        parameters={"params:parallel"},
    )


def list_shared_nodes() -> list[Node]:
    """What every curation has, of slices and of volumes: the split, its gate, and the conflicts."""
    return [
        Node(
            nodes.split_images,
            [
                "deduplicated",
                "similar_pairs",
                "previous_manifests",
                "params:split",
                "params:holdout_sources",
            ],
            "split_manifest",
            name="split_images",
        ),
        Node(
            nodes.check_leakage,
            ["split_manifest", "similar_pairs", "params:split"],
            ["checked_manifest", "crossings"],
            name="check_leakage",
        ),
        Node(
            nodes.list_conflicts,
            [
                "manifest",
                "similar_pairs",
                "params:expert_sources",
                "params:holdout_sources",
                "curation_summary",
            ],
            "label_conflicts",
            name="list_conflicts",
        ),
    ]
