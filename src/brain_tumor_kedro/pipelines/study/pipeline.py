"""The study pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.study import nodes


def create_pipeline() -> Pipeline:
    """A comparison of recipes on the curated images of the task that the study is about."""
    template = Pipeline(
        [
            Node(
                nodes.choose_study,
                ["params:study", "params:studies"],
                "settings",
                name="choose_study",
            ),
            Node(
                nodes.run_study,
                [
                    "images",
                    "manifest",
                    "curation_summary",
                    "settings",
                    "params:study",
                    "params:recipes",
                    "params:study_compute",
                    "params:pretrained",
                    "params:study_aggregation",
                    "params:study_attention_pooling",
                    "folder",
                ],
                ["cells", "cell_scores"],
                name="run_study",
            ),
            Node(
                nodes.choose_best,
                ["settings", "cells", "cell_scores"],
                "best",
                name="choose_best",
            ),
        ]
    )
    names = (
        "study",
        "studies",
        "recipes",
        "study_compute",
        "pretrained",
        "study_aggregation",
        "study_attention_pooling",
    )
    return Pipeline(template, namespace="study", parameters={f"params:{name}" for name in names})
