"""The guard pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.guard import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """What the guard of the classifier that was registered last flags, and what passes."""
    template = Pipeline(
        [
            Node(
                nodes.judge_guard,
                [
                    "bundle",
                    "images",
                    "manifest",
                    "reference_styles",
                    "training_summary",
                    "params:guard",
                ],
                ["guard_scores", "guard", "guard_pictures"],
                name="judge_guard",
            ),
            Node(
                nodes.plot_guard,
                ["guard_scores", "guard", "guard_pictures", "training_summary"],
                ["figure_guard_scores", "figure_guard_examples"],
                name="plot_guard",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
