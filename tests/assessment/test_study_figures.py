import pytest

from brain_tumor_kedro.assessment.study_figures import (
    MOST_ROWS,
    describe_cells,
    plot_strategies,
    plot_study_table,
)
from brain_tumor_kedro.assessment.study_table import tabulate_study
from studied import two_tables


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_table_shows_every_row_and_marks_what_beats_the_baseline():
    table = tabulate_study(*two_tables())

    figure = plot_study_table(table, "title", "subtitle", "phantom")

    rows = table[table["strategy"] != "slice"]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == len(rows) == 15
    assert labels[:2] == ["grade_resnet50 · majority", "soft"]
    bold = [text for text in figure.axes[0].texts if text.get_weight() == "bold"]
    assert 0 < len(bold) == (rows["f1"] > rows["baseline_f1"]).sum() < 15
    assert f"{rows['f1'].iloc[0]:.3f} ± {rows['f1_sd'].iloc[0]:.3f}" in texts(figure)
    assert figure.get_supxlabel() == "phantom"


def test_of_one_cell_no_deviation_is_drawn():
    table = tabulate_study(*two_tables(seeds=(0,)))

    assert not any("±" in text for text in texts(plot_study_table(table, "title")))


def test_a_score_that_no_row_has_is_no_column():
    table = tabulate_study(*two_tables(several_classes=True, strategies=("slice",)))

    ticks = plot_study_table(table, "title").axes[0].get_xticklabels()

    assert "Specificity" not in [tick.get_text() for tick in ticks]


def test_a_very_long_table_is_cut_and_says_so():
    cells, scores = two_tables(variants=tuple("abcdefghijklmnopq"), seeds=(0,))
    table = tabulate_study(cells, scores)

    figure = plot_study_table(table, "title")

    assert f"the first {MOST_ROWS} of 255 rows" in figure.get_suptitle()


def test_strategies_are_lines_over_models_with_their_mean_and_the_baseline():
    table = tabulate_study(*two_tables())

    figure = plot_strategies(table, "title")

    means = table.groupby("strategy")["f1"].mean()
    assert f"{means['soft']:.3f}" in texts(figure)
    assert "baseline 0.882" in texts(figure)
    ticks = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert ticks == ["majority", "soft", "attention"]


@pytest.mark.parametrize("plot", [plot_study_table, plot_strategies])
def test_nothing_finished_is_said(plot):
    cells, scores = two_tables()
    table = tabulate_study(cells.assign(state="failed"), scores)

    assert texts(plot(table, "title")) == ["no cell of the study is finished"]


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, "means ± standard deviation over 3 cells of 71 patients"),
        ({"seeds": (0,)}, "one cell of 71 patients in each row, so nothing is known of its spread"),
        (
            {"seeds": (0, 1), "failed": [("grade_resnet50", "correct", 1)]},
            "means (± where several) over 1 to 2 cells of 71 patients",
        ),
        (
            {"strategies": ("slice",)},
            "means ± standard deviation over 3 cells of 71 slices",
        ),
    ],
)
def test_how_many_cells_is_said(tables, expected):
    assert describe_cells(tabulate_study(*two_tables(**tables))) == expected


def test_of_an_empty_table_nothing_is_said():
    cells, scores = two_tables()

    assert describe_cells(tabulate_study(cells.assign(state="failed"), scores)) == ""
