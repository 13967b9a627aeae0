from itertools import combinations

import numpy as np
import pytest

from brain_tumor_kedro.assessment.study_costs import (
    correlate_parameters,
    plot_parameters,
    plot_times,
)
from brain_tumor_kedro.assessment.study_table import tabulate_study
from studied import MODELS, two_tables


def words(figure):
    found = [figure.get_suptitle(), *(text.get_text() for text in figure.texts)]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts]
        found += [label.get_text() for label in (*axes.get_yticklabels(), axes.xaxis.label)]
    return "\n".join(found)


def test_more_parameters_and_a_higher_f1_go_together():
    table = tabulate_study(*two_tables(strategies=("soft",)))
    table["f1"] = np.log(table["parameters"].astype(float))

    assert correlate_parameters(table)[::2] == (pytest.approx(1.0), 5)


def test_variants_of_a_backbone_are_one():
    table = tabulate_study(*two_tables(variants=("correct", "as_published")))

    assert correlate_parameters(table).n == 5


@pytest.mark.parametrize("several", [True, False])
def test_too_few_or_too_alike_is_said(several):
    cells, scores = two_tables(models=tuple(MODELS)[: 5 if several else 4])
    table = tabulate_study(cells, scores)
    if several:
        table["f1"] = 0.5

    assert np.isnan(correlate_parameters(table).rho)
    assert "too few, or too alike" in words(plot_parameters(table, "title"))


def test_every_backbone_is_named_once_and_the_correlation_said():
    figure = plot_parameters(
        tabulate_study(*two_tables(variants=("correct", "as_published"))), "title", "", "phantom"
    )

    text = words(figure)
    assert text.count("densenet201") == 1
    assert "over 5 backbones" in text and "baseline 0.882" in text
    assert figure.axes[0].get_xscale() == "log"
    assert figure.get_supxlabel() == "phantom"


def test_times_are_of_finished_cells_the_shortest_first():
    cells, _ = two_tables(failed=[("grade_resnet50", "correct", 1)])

    figure = plot_times(cells, "title")

    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "grade_mobilenet_v2" and labels[-1] == "grade_convnext_base"
    dots = sum(len(line.get_xdata()) for line in figure.axes[0].lines)
    assert dots == 14
    assert "Seconds a cell" in words(figure)


def test_long_times_are_in_minutes():
    cells, _ = two_tables()

    assert "Minutes a cell" in words(plot_times(cells.assign(seconds=600.0), "title"))


def test_nothing_finished_is_said():
    cells, scores = two_tables()
    failed = cells.assign(state="failed", seconds=np.nan)

    assert "no cell of the study is finished" in words(plot_times(failed, "title"))
    table = tabulate_study(failed, scores)
    assert "no cell of the study is finished" in words(plot_parameters(table, "title"))


def test_names_of_backbones_with_the_same_scores_do_not_hide_each_other():
    table = tabulate_study(*two_tables())

    figure = plot_parameters(table.assign(f1=0.9, parameters=2e6), "title")

    figure.draw_without_rendering()
    names = [text for text in figure.axes[0].texts if not text.get_text().startswith("baseline")]
    boxes = [name.get_window_extent() for name in names]
    assert len(boxes) == 5
    assert not any(one.overlaps(two) for one, two in combinations(boxes, 2))
