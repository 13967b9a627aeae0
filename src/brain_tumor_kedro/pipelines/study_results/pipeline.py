"""The pipeline of study results."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.assessment.captions import OF_A_STUDY
from brain_tumor_kedro.pipelines.study_results import nodes

FIGURES = [f"figure_{name}" for name in OF_A_STUDY]


def create_pipeline() -> Pipeline:
    """What the cells of a study amount to; the study pipeline ends with it."""
    template = Pipeline(
        [
            Node(
                nodes.tabulate_study,
                ["cells", "cell_scores"],
                ["table", "strategies"],
                name="tabulate_study",
            ),
            Node(
                nodes.rank_study,
                ["cells", "cell_scores", "table", "best"],
                ["ranks", "rank_pairs", "summary"],
                name="rank_study",
            ),
            Node(
                nodes.plot_study,
                ["cells", "table", "ranks", "summary", "params:study"],
                FIGURES,
                name="plot_study",
            ),
            Node(nodes.check_ledger, "params:study", "ledger", name="check_ledger"),
            Node(
                nodes.put_beside_published,
                ["params:study", "table"],
                "published",
                name="put_beside_published",
            ),
            Node(
                nodes.write_study_report,
                [
                    "params:study",
                    "settings",
                    "summary",
                    "cells",
                    "table",
                    "ranks",
                    "ledger",
                    "published",
                    *FIGURES,
                ],
                "report",
                name="write_study_report",
            ),
            Node(nodes.require_finished, ["cells", "report"], None, name="require_finished"),
        ]
    )
    return Pipeline(template, namespace="study", parameters={"params:study"})
