import json

import pytest

from brain_tumor_kedro.assessment.study_costs import correlate_parameters
from brain_tumor_kedro.assessment.study_findings import find_study, summarize_study
from brain_tumor_kedro.assessment.study_ranks import count_trainings, rank_models, rank_strategies
from brain_tumor_kedro.assessment.study_table import tabulate_study
from studied import two_tables


def find(cells, scores, change=None):
    table = tabulate_study(cells, scores)
    if change:
        change(table)
    return find_study(
        cells, table, rank_strategies(table), rank_models(cells, scores),
        count_trainings(cells), correlate_parameters(table),
    )  # fmt: skip


def say(findings):
    return " ".join(finding["text"] for finding in findings)


def test_failed_and_open_cells_are_said_first():
    cells, scores = two_tables(failed=[("grade_resnet50", "correct", 1)])
    cells.loc[cells.index[-1], "state"] = "open"

    first = find(cells, scores)[0]

    assert first["level"] == "warn"
    assert first["text"] == (
        "13 of 15 cells are finished, 1 failed and 1 was not run. All other findings are of the "
        "finished ones. One cell failed (grade_resnet50): ValueError: out of memory."
    )


def test_a_whole_study_says_nothing_of_its_cells():
    assert "cells are finished" not in say(find(*two_tables()))


@pytest.mark.parametrize(("f1", "level", "above"), [(0.95, "good", 15), (0.5, "warn", 0)])
def test_the_baseline_is_beside_every_row(f1, level, above):
    findings = find(*two_tables(), lambda table: table.__setitem__("f1", f1))

    (finding,) = (f for f in findings if "rows (models x strategies) have" in f["text"])
    assert finding["level"] == level
    assert finding["text"].startswith(f"{above} of 15 rows (models x strategies) have a higher F1")
    assert "(0.882)" in finding["text"]


def test_one_training_each_is_a_warning():
    findings = find(*two_tables(seeds=(0,)))

    assert {"warn"} == {f["level"] for f in findings if "was trained once" in f["text"]}
    assert "one cell)" in say(findings) and "±" not in say(findings)


def test_rankings_are_said_or_why_there_are_none():
    whole = say(find(*two_tables(seeds=range(6))))
    few = say(find(*two_tables(models=("grade_resnet50",))))

    assert "Friedman's test of the models over 6 blocks of folds and seeds" in whole
    assert "has the best mean rank" in whole and "critical difference" in whole
    assert (
        "All models judge the same patients, so the test says nothing about other patients."
        in whole
    )
    assert "The models were not ranked: 1 to compare" in few
    assert "The strategies were not ranked: 1 whole block;" in few


def test_of_several_classes_gains_are_not_tested_and_slices_are_called_slices():
    text = say(find(*two_tables(several_classes=True, strategies=("slice",))))

    assert "McNemar" not in text and "for every slice (0.789)" in text
    assert "(models x strategies) have a higher accuracy than" in text


def test_without_a_finished_cell_nothing_but_that_is_said():
    cells, scores = two_tables()

    findings = find(cells.assign(state="failed", error="ValueError: no\nmore"), scores)

    assert len(findings) == 1 and "ValueError: no." in findings[0]["text"]
    assert "All other findings" not in findings[0]["text"]


def test_the_summary_is_json_and_says_whether_the_data_are_phantoms():
    cells, scores = two_tables(failed=[("grade_resnet50", "correct", 1)])

    summary = summarize_study(cells, find(cells, scores), {"point": None})

    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["phantom"] is True
    assert (summary["cells"], summary["finished"], summary["failed"]) == (15, 14, 1)
    assert not summarize_study(cells.assign(phantom=False), [], {})["phantom"]


def test_rows_that_tell_nothing_apart_are_counted():
    def always(table):
        table.loc[table["model"] == "grade_resnet50", ["recall", "specificity"]] = [1.0, 0.0]
        table.loc[table["model"] != "grade_resnet50", ["recall", "specificity"]] = [1.0, 0.5]

    text = say(find(*two_tables(), always))

    assert (
        "In 3 of 15 rows (models x strategies) every cell gives one answer to all patients." in text
    )
    assert "one answer to all" not in say(find(*two_tables(several_classes=True)))


def test_every_finding_is_understood_alone():
    """They are sorted by level: what "that" or "what follows" points to may stand elsewhere."""
    cells, scores = two_tables(seeds=(0,), failed=[("grade_resnet50", "correct", 0)])

    text = say(find(cells, scores))

    assert "than that" not in text and "What follows" not in text and ": it says" not in text
    # 4 finished trainings, each with the patients put together in three ways.
    assert "of 12 scored predictions (4 trainings x 3 strategies)" in text
    assert "right more often than the same answer for every patient" in text


def test_all_other_reasons_are_counted():
    cells, scores = two_tables()
    cells["state"] = ["failed"] * 6 + ["finished"] * 9
    cells.loc[:5, "error"] = [f"ValueError: reason {n} of many" for n in (1, 1, 2, 3, 4, 5)]

    first = find(cells, scores)[0]["text"]

    assert "2 cells failed (grade_resnet50): ValueError: reason 1 of many." in first
    assert "Another 2 failed for other reasons" in first
