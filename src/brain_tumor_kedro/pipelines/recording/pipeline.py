"""The pipeline that records versions."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.recording import nodes
from brain_tumor_kedro.tasks import Task

#: What is said of patients, where they are the unit.
TABLES_OF: dict[str, tuple[str, ...]] = {"slice": (), "patient": ("patient_scores",)}

RESULTS = (
    "registration",
    "training_summary",
    "curation_summary",
    "manifest",
    "predictions",
    "metrics",
    "scores_table",
    "guard",
    "model_card",
)


def create_pipeline(task: Task) -> Pipeline:
    """Keep what was found of the classifier that was evaluated last with its version."""
    template = Pipeline(
        [
            Node(
                nodes.record_version,
                {
                    **{name: name for name in (*RESULTS, *TABLES_OF[task.unit])},
                    "resampling": "params:resampling",
                    "task": "params:task",
                },
                "version",
                name="record_version",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
