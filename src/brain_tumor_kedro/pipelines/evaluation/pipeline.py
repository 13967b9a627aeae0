"""The evaluation pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.evaluation import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Evaluation of the classifier that was trained last on a task's present manifest."""
    template = Pipeline(
        [
            Node(
                nodes.predict_images,
                [
                    "classifier",
                    "training_summary",
                    "images",
                    "manifest",
                    "curation_summary",
                    "params:task",
                ],
                ["predictions", "features"],
                name="predict_images",
            ),
            Node(
                nodes.predict_baselines,
                ["frozen_features", "manifest", "training_summary", "params:task"],
                "baseline_predictions",
                name="predict_baselines",
            ),
            Node(
                nodes.score_predictions,
                ["predictions", "manifest", "params:task"],
                ["metrics", "classification_report", "source_report"],
                name="score_predictions",
            ),
            Node(
                nodes.resample_scores,
                [
                    "predictions",
                    "baseline_predictions",
                    "manifest",
                    "params:resampling",
                    "training_summary",
                    "params:task",
                ],
                ["scores_table", "scores", "figure_scores"],
                name="resample_scores",
            ),
            Node(
                nodes.plot_scores,
                ["predictions", "training_summary", "params:task"],
                ["figure_confusion", "figure_roc"],
                name="plot_scores",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
