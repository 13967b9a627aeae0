"""The inference pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.inference import nodes


def create_pipeline() -> Pipeline:
    """Answers about the images of a folder; which task they are about, the model knows."""
    template = Pipeline(
        [
            Node(
                nodes.load_model,
                ["params:model", "params:inference"],
                ["bundle", "model"],
                name="load_model",
            ),
            Node(
                nodes.answer_images,
                ["images", "bundle", "model", "params:inference"],
                "answers",
                name="answer_images",
            ),
            Node(
                nodes.summarize_answers,
                ["answers", "model"],
                "summary",
                name="summarize_answers",
            ),
        ]
    )
    return Pipeline(
        template, namespace="inference", parameters={"params:model", "params:inference"}
    )
