"""The ledger pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.ledger import nodes


def create_pipeline() -> Pipeline:
    """The published claims of all studies, checked without any data."""
    return Pipeline(
        [Node(nodes.check_ledger, "params:ledger.studies", "ledger", name="check_ledger")]
    )
