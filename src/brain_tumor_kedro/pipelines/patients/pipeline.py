"""The patients pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.assessment.captions import OF_THE_PATIENTS
from brain_tumor_kedro.pipelines.patients import nodes
from brain_tumor_kedro.tasks import Task

SCORED = ["patient_scores", "patient_reliability", "patient_decisions"]


def create_pipeline(task: Task) -> Pipeline:
    """Decisions by patient, of the classifier whose slices were predicted last."""
    template = Pipeline(
        [
            Node(
                nodes.learn_pooling,
                [
                    "predictions",
                    "features",
                    "manifest",
                    "training_summary",
                    "params:attention_pooling",
                    "params:task",
                ],
                ["slice_attention", "attention_pooling"],
                name="learn_pooling",
            ),
            Node(
                nodes.aggregate_slices,
                [
                    "predictions",
                    "slice_attention",
                    "manifest",
                    "training_summary",
                    "params:patients",
                    "params:task",
                ],
                "patient_predictions",
                name="aggregate_slices",
            ),
            Node(
                nodes.judge_patients,
                [
                    "predictions",
                    "patient_predictions",
                    "manifest",
                    "params:resampling",
                    "params:patients",
                    "params:task",
                ],
                [*SCORED, "patient_mistakes"],
                name="judge_patients",
            ),
            Node(
                nodes.summarize_patients,
                [
                    "patient_predictions",
                    "patient_scores",
                    "patient_mistakes",
                    "attention_pooling",
                    "params:resampling",
                    "params:patients",
                    "params:task",
                ],
                "patients",
                name="summarize_patients",
            ),
            Node(
                nodes.plot_patients,
                ["patients", *SCORED, "training_summary"],
                [f"figure_{name}" for name in OF_THE_PATIENTS],
                name="plot_patients",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
