"""The pipeline of model export."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.model_export import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Export of the classifier that was trained last."""
    judged = ["images", "manifest", "params:model_export", "params:task"]
    template = Pipeline(
        [
            Node(
                nodes.convert_classifier,
                ["classifier", "training_summary", *judged],
                "converted",
                name="convert_classifier",
            ),
            Node(
                nodes.judge_exports,
                ["classifier", "converted", *judged],
                "model_export_summary",
                name="judge_exports",
            ),
            Node(
                nodes.assemble_exports,
                ["converted", "model_export_summary", "training_summary", "images", "params:task"],
                "exported",
                name="assemble_exports",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
