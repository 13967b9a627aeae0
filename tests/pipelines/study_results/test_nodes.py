import pandas as pd
import pytest
from pydantic import BaseModel

from brain_tumor_kedro.assessment.captions import OF_A_STUDY
from brain_tumor_kedro.pipelines.study_results import create_pipeline, nodes
from studied import two_tables


class Settings(BaseModel):
    task: str = "glioma_grade"
    seeds: tuple[int, ...] = (0, 1, 2)


BEST = {"strategy": "soft", "metric": "f1", "point": None}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Everything, the tables written and read in between as the catalog does."""
    folder = tmp_path_factory.mktemp("study")

    def through_csv(table, name, **how):
        table.to_csv(folder / name, index=False)
        return pd.read_csv(folder / name, **how)

    cells, scores = two_tables(failed=[("grade_resnet50", "correct", 1)])
    cells = through_csv(cells, "cells.csv", dtype={"cell": str, "fold": "Int64"})
    scores = through_csv(scores, "scores.csv", dtype={"cell": str})
    table, strategies = nodes.tabulate_study(cells, scores)
    table = through_csv(table, "table.csv")
    ranks, pairs, summary = nodes.rank_study(cells, scores, table, BEST)
    ranks = through_csv(ranks, "ranks.csv")
    figures = nodes.plot_study(cells, table, ranks, summary, "glioma_grade")
    ledger = through_csv(nodes.check_ledger("glioma_grade"), "ledger.csv")
    published = through_csv(nodes.put_beside_published("glioma_grade", table), "published.csv")
    page = nodes.write_study_report(
        "glioma_grade", Settings(), summary, cells, table, ranks, ledger, published, *figures
    )
    return strategies, ranks, pairs, summary, figures, page


def test_tables_become_ranks_figures_and_a_page(results):
    strategies, ranks, pairs, summary, figures, page = results

    assert list(strategies["strategy"]) == ["slice", "majority", "soft", "attention"]
    assert set(ranks["comparison"]) == set(pairs["comparison"]) == {"strategies", "models"}
    assert strategies["phantom"].all() and ranks["phantom"].all()
    assert summary["failed"] == 1 and summary["command"]
    assert len(figures) == len(OF_A_STUDY)
    assert {figure.get_label() for figure in figures} == {summary["manifest_digest"]}
    assert all("Phantom" in figure.get_supxlabel() for figure in figures)
    assert "Glioma grade from BraTS 2020" in page and "What was published" in page
    assert "Beside the published scores" in page and "nothing of each other" in page


def test_a_run_of_which_no_cell_succeeded_fails():
    some, _ = two_tables(failed=[("grade_resnet50", "correct", 1)])
    none, _ = two_tables(("grade_resnet50",), (1,), failed=[("grade_resnet50", "correct", 1)])

    nodes.require_finished(some, "page")
    with pytest.raises(ValueError, match="1 of 1 failed, the first with ValueError: out of memory"):
        nodes.require_finished(none, "page")


def test_a_study_of_ones_own_has_no_ledger():
    assert nodes.check_ledger("mine").empty


def test_the_pipeline_begins_where_the_cells_are():
    pipeline = create_pipeline()

    assert pipeline.inputs() == {
        "study.cells", "study.cell_scores", "study.best", "study.settings", "params:study",
    }  # fmt: skip
    assert "study.report" in pipeline.all_outputs()
