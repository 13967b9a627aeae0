"""The export pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.export import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Export of a task's curated images."""
    template = Pipeline(
        [
            Node(
                nodes.list_exported,
                ["manifest", "atlas", "images", "curation_summary"],
                ["listed", "left_out"],
                name="list_exported",
            ),
            Node(
                nodes.write_data_card,
                ["listed", "curation_summary", "params:export"],
                "data_card",
                name="write_data_card",
            ),
            Node(
                nodes.export_images,
                [
                    "listed",
                    "left_out",
                    "data_card",
                    "images",
                    "figshare",
                    "kaggle",
                    "params:export",
                    "params:parallel",
                ],
                "export",
                name="export_images",
            ),
        ]
    )
    return Pipeline(
        template,
        namespace=task.name,
        inputs={"figshare", "kaggle"},
        parameters={"params:parallel"},
    )
