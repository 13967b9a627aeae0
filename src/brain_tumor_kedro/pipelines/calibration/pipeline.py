"""The calibration pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.assessment.captions import OF_THE_CALIBRATION
from brain_tumor_kedro.pipelines.calibration import nodes
from brain_tumor_kedro.tasks import Task

TABLES = ["reliability", "decision_curve", "conformal_sets", "abstention_curve"]


def create_pipeline(task: Task) -> Pipeline:
    """Calibration of the classifier whose predictions were made last."""
    template = Pipeline(
        [
            Node(
                nodes.judge_calibration,
                [
                    "predictions",
                    "manifest",
                    "training_summary",
                    "params:calibration",
                    "params:task",
                ],
                ["calibration", *TABLES],
                name="judge_calibration",
            ),
            Node(
                nodes.plot_calibration,
                ["calibration", *TABLES, "predictions", "training_summary", "params:task"],
                [f"figure_{name}" for name in OF_THE_CALIBRATION],
                name="plot_calibration",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
