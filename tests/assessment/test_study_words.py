import pandas as pd

from brain_tumor_kedro.assessment.rankings import join_rankings
from brain_tumor_kedro.assessment.study_ranks import rank_models, rank_strategies
from brain_tumor_kedro.assessment.study_table import tabulate_study
from brain_tumor_kedro.assessment.study_words import (
    count_verdicts,
    list_limits,
    say_unranked,
    say_what_ran,
    say_where,
    write_point,
)
from studied import two_tables


def test_what_ran_is_counted():
    one = two_tables(models=("grade_resnet50",))
    folded = two_tables(folds=(0, 1), seeds=(0,), strategies=("slice",))

    assert say_what_ran(one[0], tabulate_study(*one)) == (
        "What ran: 1 model (backbone resnet50), 3 strategies, 3 seeds."
    )
    said = say_what_ran(folded[0], tabulate_study(*folded))
    assert said.startswith("What ran: 5 models (5 backbones: convnext_base, densenet201")
    assert said.endswith("1 strategy, 2 folds, 1 repeat, 1 seed.")
    assert say_what_ran(one[0].assign(state="open"), tabulate_study(*one)) == "No cell is finished."


def test_limits_are_of_what_was_run():
    table = tabulate_study(*two_tables())
    other = table.assign(data=["x", *[""] * (len(table) - 1)])

    assert "same test patients" in list_limits({"folds": False}, table)[0]
    assert "Not all models were scored on the same" in list_limits({"folds": False}, other)[0]
    folded = list_limits({"folds": True}, table)
    assert "cross-validation" in folded[0] and "test" not in folded[0] + folded[1]
    assert say_where({"folds": True}) in folded[1]


def test_what_was_not_ranked_says_why():
    cells, scores = two_tables(models=("grade_resnet50",), failed=[])
    table = tabulate_study(cells, scores)
    rankings = {"strategies": rank_strategies(table), "models": rank_models(cells, scores)}

    unranked = say_unranked(join_rankings(rankings)[0])

    assert unranked["models"].startswith("The models were not ranked: 1 to compare")
    assert set(unranked) == {"strategies", "models"}
    whole = {"models": rank_models(*two_tables())}
    assert say_unranked(join_rankings(whole)[0]) == {
        "strategies": "The strategies were not ranked: no cell is finished."
    }


def test_a_point_is_written_with_its_keys():
    point = {"recipe": "grade_resnet50", "head.dropout": 0.2, "phases.head.learning_rate": 0.002}

    assert write_point(point) == (
        "grade_resnet50, head.dropout 0.2, phases.head.learning_rate 0.002"
    )
    assert write_point({}) == ""


def test_verdicts_are_counted_apart():
    ledger = pd.DataFrame(
        {"by": ["review", "authors", "review"], "verdict": ["reproduced", "refuted", "reproduced"]}
    )

    assert count_verdicts(ledger) == {"authors": "1 refuted", "review": "2 reproduced"}
