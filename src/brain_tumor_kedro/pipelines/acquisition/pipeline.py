"""The acquisition pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.acquisition import nodes


def create_pipeline() -> Pipeline:
    """Acquisition of the published sources that curation reads; needs a network."""
    return Pipeline(
        [
            Node(
                nodes.acquire_sources,
                ["raw_folder", "params:acquisition"],
                "acquired",
                name="acquire_sources",
            ),
            Node(nodes.check_acquired, "acquired", None, name="check_acquired"),
        ]
    )
