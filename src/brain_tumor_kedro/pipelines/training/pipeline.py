"""The training pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.training import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Training of one of the recipes on a task's packed images."""
    template = Pipeline(
        [
            Node(
                nodes.choose_recipe,
                ["params:recipe", "params:recipes"],
                "chosen_recipe",
                name="choose_recipe",
            ),
            Node(
                nodes.train_classifier,
                [
                    "images",
                    "manifest",
                    "chosen_recipe",
                    "params:recipe",
                    "params:training_seed",
                    "params:compute",
                    "params:pretrained",
                    "params:task",
                    "checkpoint",
                    "params:resume",
                ],
                ["classifier", "history", "training_summary"],
                name="train_classifier",
            ),
            Node(
                nodes.plot_history,
                ["history", "training_summary"],
                "figure_training_curves",
                name="plot_history",
            ),
            Node(
                nodes.show_augmentation,
                ["images", "manifest", "training_summary", "params:task"],
                "figure_augmentation",
                name="show_augmentation",
            ),
            # After the training, which it must not disturb.
            Node(
                nodes.compute_frozen_features,
                ["images", "manifest", "training_summary", "params:pretrained"],
                "frozen_features",
                name="compute_frozen_features",
            ),
        ]
    )
    return Pipeline(
        template,
        namespace=task.name,
        parameters={"params:recipes", "params:pretrained"},
    )
