"""The errors pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.errors import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """What the classifier gets wrong on a task's test images, and which labels are doubtful."""
    template = Pipeline(
        [
            Node(
                nodes.predict_out_of_fold,
                [
                    "frozen_features",
                    "manifest",
                    "training_summary",
                    "params:errors",
                    "params:task",
                ],
                "out_of_fold",
                name="predict_out_of_fold",
            ),
            Node(
                nodes.find_label_issues,
                ["out_of_fold", "predictions", "manifest", "training_summary", "params:task"],
                "label_issues",
                name="find_label_issues",
            ),
            Node(
                nodes.find_neighbors,
                [
                    "predictions",
                    "features",
                    "images",
                    "manifest",
                    "training_summary",
                    "params:errors",
                ],
                ["mistake_neighbors", "near_neighbors"],
                name="find_neighbors",
            ),
            Node(
                nodes.summarize_errors,
                [
                    "predictions",
                    "out_of_fold",
                    "label_issues",
                    "mistake_neighbors",
                    "near_neighbors",
                    "manifest",
                    "params:task",
                ],
                "errors",
                name="summarize_errors",
            ),
            Node(
                nodes.plot_errors,
                [
                    "mistake_neighbors",
                    "label_issues",
                    "near_neighbors",
                    "images",
                    "manifest",
                    "training_summary",
                    "params:errors",
                    "params:task",
                ],
                ["figure_error_gallery", "figure_label_issues", "figure_near_neighbors"],
                name="plot_errors",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
