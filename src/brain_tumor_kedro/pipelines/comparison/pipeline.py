"""The comparison pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.comparison import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Comparison of a task's newest predictions with those of another run."""
    template = Pipeline(
        [
            Node(
                nodes.load_other_predictions,
                ["params:comparison", "params:task"],
                "other_predictions",
                name="load_other_predictions",
            ),
            Node(
                nodes.compare_predictions,
                [
                    "predictions",
                    "other_predictions",
                    "manifest",
                    "params:comparison",
                    "params:resampling",
                    "params:task",
                ],
                ["comparison", "comparison_table", "figure_comparison"],
                name="compare_predictions",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
