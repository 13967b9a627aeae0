"""The explanation pipeline."""

from collections.abc import Callable

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.imaging.masks import Masks
from brain_tumor_kedro.pipelines.explanation import nodes
from brain_tumor_kedro.tasks import Task

#: Who reads the tumors' outlines, by the source that publishes them.
READERS: dict[str, Callable[..., Masks]] = {
    "figshare": nodes.read_tumor_masks,
    "brats": nodes.cut_tumor_masks,
}


def create_pipeline(task: Task, outlines: str = "figshare") -> Pipeline:
    """Where a task's classifier looks, and whether that is where the tumor is.

    Args:
        task: The task.
        outlines: The source whose outlines the maps are scored by, one of `READERS`.
    """
    template = Pipeline(
        [
            Node(
                nodes.choose_explained,
                ["predictions", "manifest", "params:explanation"],
                "explained",
                name="choose_explained",
            ),
            Node(
                nodes.map_explained,
                [
                    "classifier",
                    "images",
                    "manifest",
                    "explained",
                    "params:explanation",
                    "params:task",
                ],
                ["explanation_maps", "forgotten_maps"],
                name="map_explained",
            ),
            Node(
                READERS[outlines],
                ["explained", "images", outlines],
                "tumor_masks",
                name="read_tumor_masks",
            ),
            Node(
                nodes.hide_tumors,
                ["classifier", "images", "explained", "tumor_masks", "params:explanation"],
                "hidden_tumors",
                name="hide_tumors",
            ),
            Node(
                nodes.score_explanations,
                [
                    "explained",
                    "explanation_maps",
                    "forgotten_maps",
                    "tumor_masks",
                    "hidden_tumors",
                    "images",
                    "params:explanation",
                    "params:task",
                ],
                ["explanation_scores", "explanation"],
                name="score_explanations",
            ),
            Node(
                nodes.plot_explanations,
                [
                    "explanation",
                    "explained",
                    "explanation_maps",
                    "tumor_masks",
                    "images",
                    "training_summary",
                    "params:task",
                ],
                [
                    "figure_where_it_looks",
                    "figure_explanations_right",
                    "figure_explanations_wrong",
                ],
                name="plot_explanations",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name, inputs={outlines})
