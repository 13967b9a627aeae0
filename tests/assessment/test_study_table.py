import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.study_table import (
    COLUMNS,
    count_above,
    judge_by,
    list_strategies,
    name_models,
    tabulate_strategies,
    tabulate_study,
)
from studied import STRATEGIES, two_tables


def test_each_model_and_strategy_has_a_row_in_the_order_of_the_study():
    cells, scores = two_tables()

    table = tabulate_study(cells, scores.sample(frac=1, random_state=0))

    assert tuple(table.columns) == COLUMNS
    assert list(dict.fromkeys(table["model"])) == list(dict.fromkeys(cells["recipe"]))
    assert len(table) == 5 * len(STRATEGIES)


def test_scores_are_means_over_cells_with_their_deviation():
    cells, scores = two_tables(models=("grade_densenet201",))

    row = tabulate_study(cells, scores).iloc[0]

    own = scores.query("strategy == 'slice' and split == 'test'")
    assert (row["strategy"], row["cells"], row["n_least"], row["n_most"]) == ("slice", 3, 71, 71)
    assert row["f1"] == pytest.approx(own["f1"].mean())
    assert row["f1_sd"] == pytest.approx(own["f1"].std())
    assert row["baseline_f1"] == pytest.approx(2 * 56 / (56 + 71))
    train = scores.query("strategy == 'slice' and split == 'train'")
    assert row["train_f1"] == pytest.approx(train["f1"].mean())
    assert row["above_baseline"] == (own["f1"] > own["baseline_f1"]).sum()


def test_a_mean_that_is_the_baseline_but_for_rounding_is_not_above_it():
    rows = pd.DataFrame({"f1": [0.1 + 0.2, 0.31], "baseline_f1": [0.3, 0.3]})

    assert count_above(rows, "f1") == 1


def test_of_one_cell_there_is_no_deviation_rather_than_none_at_all():
    table = tabulate_study(*two_tables(seeds=(0,)))

    assert table.filter(like="_sd").isna().all(axis=None)
    assert (table["cells"] == 1).all()


def test_failed_cells_are_left_out():
    cells, scores = two_tables(
        failed=[("grade_resnet50", "correct", 1), *(
            ("grade_mobilenet_v2", "correct", seed) for seed in range(3)
        )]
    )  # fmt: skip

    table = tabulate_study(cells, scores)

    assert set(table.loc[table["model"] == "grade_resnet50", "cells"]) == {2}
    assert "grade_mobilenet_v2" not in set(table["model"])


def test_without_a_finished_cell_the_table_is_empty_but_has_its_columns():
    cells, _ = two_tables(
        models=("grade_resnet50",), seeds=(0,), failed=[("grade_resnet50", "correct", 0)]
    )
    empty = pd.DataFrame([], columns=two_tables()[1].columns)

    table = tabulate_study(cells, empty)

    assert table.empty and tuple(table.columns) == COLUMNS
    assert tabulate_strategies(table).empty


def test_models_are_named_by_what_varies():
    cells, _ = two_tables(variants=("correct", "as_published"), seeds=(0,))

    assert name_models(cells)[1] == "grade_resnet50, as_published"
    assert name_models(cells[cells["space.variant"] == "correct"])[0] == "grade_resnet50"
    assert name_models(cells.head(1))[0] == "grade_resnet50"
    assert name_models(cells.head(2))[1] == "grade_resnet50, as_published"


def test_numbers_are_named_by_their_last_word_or_by_all_where_that_says_too_little():
    cells = pd.DataFrame(
        {
            "recipe": "vgg16",
            "space.batch_size": [16, 32],
            "space.phases.head.learning_rate": [0.1, 0.2],
            "space.phases.tail.learning_rate": [0.3, 0.4],
        }
    )

    assert name_models(cells)[0] == (
        "batch_size 16, phases.head.learning_rate 0.1, phases.tail.learning_rate 0.3"
    )
    assert name_models(cells.iloc[:, :3])[1] == "batch_size 32, learning_rate 0.2"


def test_a_clear_gain_over_the_baseline_is_counted_and_a_small_one_is_not():
    cells, scores = two_tables(models=("grade_resnet50",), seeds=(0, 1), strategies=("soft",))
    test = scores["split"] == "test"
    perfect = test & (scores["cell"] == cells["cell"][0])
    right = dict.fromkeys(("accuracy", "precision", "recall", "specificity", "f1"), 1.0)
    scores.loc[perfect, list(right)] = list(right.values())
    # Two of 15 negatives found, none of the positives lost.
    scores.loc[test & ~perfect, ["recall", "specificity"]] = [1.0, 2 / 15]

    (row,) = tabulate_study(cells, scores).to_dict("records")

    assert row["shown_above_baseline"] == 1


def test_of_several_classes_a_gain_is_not_tested():
    table = tabulate_study(*two_tables(several_classes=True))

    assert table["shown_above_baseline"].isna().all()
    assert table["specificity"].isna().all()


def test_of_several_classes_accuracy_is_held_against_the_baseline():
    cells, scores = two_tables(several_classes=True, models=("grade_resnet50",), seeds=(0,))
    scores = scores.assign(accuracy=scores["baseline_accuracy"], f1=0.9)

    table = tabulate_study(cells, scores)

    assert (judge_by(table), judge_by(tabulate_study(*two_tables()))) == ("accuracy", "f1")
    assert (table["above_baseline"] == 0).all()
    assert (tabulate_strategies(table)["above_baseline"] == 0).all()


def test_strategies_are_averaged_over_models():
    table = tabulate_study(*two_tables())

    strategies = tabulate_strategies(table).set_index("strategy")

    soft = table[table["strategy"] == "soft"]
    assert list(strategies.index) == list(STRATEGIES)
    assert strategies.loc["soft", "f1"] == pytest.approx(soft["f1"].mean())
    assert strategies.loc["soft", ["models", "cells"]].tolist() == [5, 15]
    assert np.isclose(strategies.loc["soft", "f1_most"], soft["f1"].max())


def test_slices_are_compared_only_where_there_is_nothing_else():
    assert list_strategies(tabulate_study(*two_tables())) == ["majority", "soft", "attention"]
    assert list_strategies(tabulate_study(*two_tables(strategies=("slice",)))) == ["slice"]
