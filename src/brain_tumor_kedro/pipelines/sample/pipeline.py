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
                ["figshare", "kaggle", "planted_images"],
                name="make_sources",
            ),
            Node(
                nodes.make_volumes,
                "params:sample.seed",
                ["brats", "planted_volumes"],
                name="make_volumes",
            ),
            Node(
                nodes.record_planted,
                ["planted_images", "planted_volumes"],
                "planted",
                name="record_planted",
            ),
        ]
    )
