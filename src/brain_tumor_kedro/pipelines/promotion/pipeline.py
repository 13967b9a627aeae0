"""The promotion pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.promotion import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Move a task's champion; everything that is judged comes from the registry."""
    template = Pipeline(
        [
            Node(
                nodes.find_contenders,
                ["params:promotion", "params:task"],
                "contenders",
                name="find_contenders",
            ),
            Node(
                nodes.judge_candidate,
                ["contenders", "params:promotion", "params:resampling", "params:task"],
                "gates",
                name="judge_candidate",
            ),
            Node(
                nodes.move_champion,
                ["contenders", "gates", "params:promotion", "params:task"],
                "promotion",
                name="move_champion",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name, parameters={"params:promotion"})
