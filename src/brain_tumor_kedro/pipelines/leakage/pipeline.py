"""The leakage pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.leakage import nodes
from brain_tumor_kedro.pipelines.training.nodes import choose_recipe
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task, *, of_volumes: bool = False) -> Pipeline:
    """The price of leakage on a task's curated images.

    Args:
        task: The task.
        of_volumes: Whether the images are slices of volumes, all of which are packed; otherwise
            every file that shows a slice is read again, rejected copies too.
    """
    prepare = _take_slices() if of_volumes else _read_files()
    template = Pipeline(
        [
            Node(
                choose_recipe,
                ["params:recipe", "params:recipes"],
                "judged_recipe",
                name="choose_judged_recipe",
            ),
            *prepare,
            Node(
                nodes.judge_protocols,
                [
                    "protocols",
                    "all_images",
                    "all_rows",
                    "judged_recipe",
                    "params:leakage",
                    "params:training_seed",
                    "params:compute",
                    "params:pretrained",
                    "params:task",
                ],
                "leakage_predictions",
                name="judge_protocols",
            ),
            Node(
                nodes.tabulate_leakage,
                [
                    "protocols",
                    "leakage_predictions",
                    "manifest",
                    "judged_recipe",
                    "params:recipe",
                    "params:leakage",
                    "params:task",
                ],
                ["leakage", "leakage_table"],
                name="tabulate_leakage",
            ),
            Node(nodes.plot_leakage, "leakage", "figure_leakage", name="plot_leakage"),
        ]
    )
    shared = {"params:recipes", "params:pretrained", "params:parallel"}
    return Pipeline(
        template,
        namespace=task.name,
        inputs={"figshare", "kaggle"} & template.inputs(),
        parameters=shared & template.inputs(),
    )


def _read_files() -> list[Node]:
    return [
        Node(
            nodes.part_images,
            [
                "manifest",
                "similar_pairs",
                "curation_summary",
                "params:expert_sources",
                "params:split",
                "params:leakage",
            ],
            "protocols",
            name="part_images",
        ),
        Node(
            nodes.pack_files,
            ["manifest", "figshare", "kaggle", "judged_recipe", "params:parallel"],
            ["all_images", "all_rows"],
            name="pack_files",
        ),
    ]


def _take_slices() -> list[Node]:
    return [
        Node(
            nodes.part_slices,
            ["manifest", "similar_pairs", "curation_summary", "params:split", "params:leakage"],
            "protocols",
            name="part_slices",
        ),
        Node(
            nodes.take_packed,
            ["manifest", "images"],
            ["all_images", "all_rows"],
            name="take_packed",
        ),
    ]
