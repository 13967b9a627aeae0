import pandas as pd
import pytest

from brain_tumor_kedro.assessment.captions import OF_A_STUDY
from brain_tumor_kedro.assessment.study_report import FIGURES, render_study_report, write_rows
from brain_tumor_kedro.assessment.study_table import tabulate_study
from studied import two_tables
from web_page import Page, png

LEDGER = pd.DataFrame(
    [("f1", "authors", "F1 <is> so", "refuted", "It is 0.5.")],
    columns=["line", "by", "claim", "verdict", "evidence"],
)
PUBLISHED = pd.DataFrame(
    [("grade_resnet50", "soft", 3, 0.870, 0.5, float("nan"), 0.4)],
    columns=["model", "strategy", "cells", "published_f1", "f1", "published_recall", "recall"],
)
BEST = {
    "strategy": "soft", "metric": "f1", "point": {"recipe": "grade_densenet201"},
    "test": {"mean": 0.891, "sd": 0.01, "n": 3}, "val": {"mean": 0.9, "n": 3},
    "tied": 2, "compared": 5,
}  # fmt: skip


def render(cells, scores, ledger=LEDGER, best=BEST, phantom=True, title=""):
    from brain_tumor_kedro.assessment.rankings import join_rankings
    from brain_tumor_kedro.assessment.study_findings import summarize_study
    from brain_tumor_kedro.assessment.study_ranks import rank_models

    findings = [{"level": "warn", "text": "Mind this."}, {"level": "good", "text": "Well."}]
    return render_study_report(
        study="mine",
        title=title,
        settings={"seeds": [0, 1], "space": {"recipe": ["a", "b"]}},
        summary=summarize_study(cells.assign(phantom=phantom), findings, best),
        cells=cells,
        table=tabulate_study(cells, scores),
        ranks=join_rankings({"models": rank_models(cells, scores)})[0],
        ledger=ledger,
        published=PUBLISHED if len(ledger) else PUBLISHED.head(0),
        figures=dict.fromkeys(OF_A_STUDY, png()),
        about={"created": "today", "command": "kedro run --pipelines study", "git_revision": "abc"},
    )


def test_every_figure_has_its_chapter():
    assert sorted(name for names in FIGURES.values() for name in names) == sorted(OF_A_STUDY)


def test_the_page_is_whole_and_begins_with_what_was_found():
    page = Page(render(*two_tables(failed=[("grade_resnet50", "correct", 1)])))

    assert not page.open and not page.find("script")
    # The strategies have no ranks here, and what has none has no figure.
    assert len(page.find("img")) == len(OF_A_STUDY) - 1
    assert "The strategies were not ranked: no cell is finished." in page.text
    text = page.text
    assert "14 of 15 cells of the study are finished" in text and "1 failed" in text
    assert text.index("Careful: Mind this.") < text.index("Scores on the test split")
    assert "Phantom data. Every image" in text
    assert "by F1 (soft): grade_densenet201 (0.900 there). 2 of 5 points are equally good" in text
    assert "On the test split its F1 is 0.891 ± 0.010" in text
    assert "ValueError: out of memory" in text
    assert "kedro run --pipelines study" in text
    assert "space.recipe a, b" in text
    assert "grade_resnet50 soft 3 0.870 0.500" in text and "Recall, published" not in text
    assert "refuted F1 <is> so. authors It is 0.5." in text
    assert "What its authors claim: 1 refuted." in text and "review finds" not in text


def test_the_title_is_of_what_ran_and_the_published_one_of_what_was_published():
    page = Page(render(*two_tables(models=("grade_resnet50",)), title="Sixteen backbones"))

    assert "Study: mine" in page.text
    assert "Study: Sixteen backbones" not in page.text
    assert "What ran: 1 model (backbone resnet50), 3 strategies, 3 seeds." in page.text
    assert "The publication: Sixteen backbones." in page.text


def test_with_folds_nothing_is_said_of_a_test_split():
    page = Page(render(*two_tables(folds=(0, 1)), ledger=LEDGER.head(0)))

    assert "On the folds left out its F1 is" in page.text and "test split" not in page.text


def test_a_study_without_publication_has_no_ledger():
    page = Page(render(*two_tables(), ledger=LEDGER.head(0), phantom=False))

    assert "What was published" not in page.text
    assert "hantom" not in page.text


@pytest.mark.parametrize("best", [{"strategy": "soft", "metric": "f1", "point": None}, {}])
def test_where_nothing_was_finished_the_page_says_so(best):
    cells, scores = two_tables()

    page = Page(render(cells.assign(state="failed", error=float("nan")), scores, best=best))

    assert "0 of 15 cells" in page.text and "Chosen on validation" not in page.text
    assert not page.find("img") and "No cell of the study is finished." in page.text
    assert "15 failed" in page.text and "no reason given" in page.text


def test_a_single_cell_has_no_deviation():
    (row, *_) = write_rows(tabulate_study(*two_tables(seeds=(0,))))

    assert row["cells"] == 1 and "±" not in "".join(row["scores"].values())


def test_a_model_is_named_where_its_rows_begin():
    rows = write_rows(tabulate_study(*two_tables(models=("grade_resnet50",))))

    assert [row["model"] for row in rows] == ["grade_resnet50", "", "", ""]
    assert rows[0]["n"] == "71"
