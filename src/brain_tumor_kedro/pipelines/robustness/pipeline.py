"""The robustness pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.robustness import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """What breaks the classifier that was evaluated last, and what may mislead it."""
    template = Pipeline(
        [
            Node(
                nodes.predict_changed,
                [
                    "classifier",
                    "training_summary",
                    "images",
                    "manifest",
                    "predictions",
                    "params:robustness",
                    "params:shortcuts",
                    "params:task",
                ],
                ["corrupted_predictions", "masked_predictions"],
                name="predict_changed",
            ),
            Node(
                nodes.score_robustness,
                [
                    "corrupted_predictions",
                    "manifest",
                    "training_summary",
                    "params:robustness",
                    "params:task",
                ],
                ["robustness_report", "robustness"],
                name="score_robustness",
            ),
            Node(
                nodes.plot_robustness,
                [
                    "robustness_report",
                    "images",
                    "manifest",
                    "predictions",
                    "training_summary",
                    "params:robustness",
                    "params:task",
                ],
                ["figure_corruptions", "figure_corruption_examples"],
                name="plot_robustness",
            ),
            Node(
                nodes.probe_shortcuts,
                [
                    "images",
                    "manifest",
                    "features",
                    "predictions",
                    "masked_predictions",
                    "training_summary",
                    "params:shortcuts",
                    "params:task",
                ],
                ["shortcut_report", "shortcuts"],
                name="probe_shortcuts",
            ),
            Node(
                nodes.plot_shortcut_figures,
                [
                    "shortcuts",
                    "images",
                    "manifest",
                    "predictions",
                    "training_summary",
                    "params:shortcuts",
                ],
                ["figure_shortcuts", "figure_masking"],
                name="plot_shortcuts",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
