"""The registration pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.registration import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task) -> Pipeline:
    """Registration of the classifier that was trained last, as a model that answers."""
    template = Pipeline(
        [
            Node(
                nodes.predict_reference,
                ["classifier", "training_summary", "images", "manifest", "params:task"],
                ["reference_predictions", "reference_features", "reference_styles"],
                name="predict_reference",
            ),
            Node(
                nodes.fit_guard,
                [
                    "reference_predictions",
                    "reference_features",
                    "reference_styles",
                    "params:guard",
                ],
                "fitted_guard",
                name="fit_guard",
            ),
            Node(
                nodes.assemble_bundle,
                [
                    "classifier",
                    "training_summary",
                    "curation_summary",
                    "images",
                    "reference_predictions",
                    "fitted_guard",
                    "params:calibration",
                ],
                "bundle",
                name="assemble_bundle",
            ),
            Node(
                nodes.register_classifier,
                ["bundle", "training_summary", "params:task"],
                "registration",
                name="register_classifier",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
