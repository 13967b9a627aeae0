"""The sample pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.sample import nodes


def create_pipeline() -> Pipeline:
    """Phantom sources, written where curation looks for real ones; needs `--env sample`."""
    return Pipeline(
        [
            Node(
                nodes.make_sources,
                "params:sample.seed",
                ["figshare", "kaggle", "planted"],
                name="make_sources",
            )
        ]
    )
