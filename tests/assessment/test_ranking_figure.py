import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.ranking_figure import MOST_TREATMENTS, plot_ranking
from brain_tumor_kedro.assessment.rankings import describe_ranking, rank_treatments


def ranks_of(values):
    return describe_ranking("models", rank_treatments(values))


def drawn(treatments=5, blocks=12, step=0.8):
    generator = np.random.default_rng(1)
    values = generator.normal(size=(blocks, treatments)) + step * np.arange(treatments)
    return pd.DataFrame(values, columns=[f"model {n}" for n in range(treatments)])


def test_the_best_is_on_top_and_bars_join_what_is_alike():
    values = drawn()

    figure = plot_ranking(ranks_of(values), "models", "title", "", "phantom")

    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0].startswith("model 4  1.")
    bars = [line for line in axes.lines if line.get_linewidth() == 3]
    assert len(bars) >= 2
    assert all(bar.get_xdata()[0] > 5 for bar in bars)
    assert "Friedman over 12 blocks: " in figure.get_suptitle()
    assert "critical difference 1.76" in [text.get_text() for text in axes.texts]
    assert figure.get_supxlabel() == "phantom"


def test_blocks_that_were_left_out_are_said():
    values = drawn()
    values.iloc[0, 0] = np.nan

    title = plot_ranking(ranks_of(values), "models", "title").get_suptitle()

    assert "Friedman over 11 blocks, 1 incomplete left out" in title


def test_what_was_not_tested_says_why():
    figure = plot_ranking(ranks_of(drawn(treatments=2)), "models", "title")

    (text,) = figure.axes[0].texts
    assert text.get_text() == "not ranked: 2 to compare; Friedman's test needs 3 or more"


def test_a_comparison_that_is_not_there_says_so():
    (text,) = plot_ranking(ranks_of(drawn()), "strategies", "title").axes[0].texts

    assert text.get_text() == "not ranked: no cell is finished"


def test_of_very_many_only_the_best_are_drawn():
    figure = plot_ranking(ranks_of(drawn(treatments=MOST_TREATMENTS + 2)), "models", "title")

    assert len(figure.axes[0].get_yticklabels()) == MOST_TREATMENTS
    assert "2 worse ones are not drawn" in figure.get_suptitle()


def all_equal(treatments):
    """Every treatment has every rank once: all mean ranks are the same, and the bar is long."""
    values = [np.roll(np.arange(treatments), n) for n in range(treatments)]
    return pd.DataFrame(values, columns=[f"model {n}" for n in range(treatments)])


@pytest.mark.parametrize(
    "values",
    [
        drawn(treatments=3, blocks=2),
        drawn(treatments=6, blocks=2),
        drawn(treatments=16, blocks=2, step=0.3),
        all_equal(3),
        all_equal(6),
    ],
)
def test_the_critical_difference_and_its_name_stay_within_the_frame(values):
    figure = plot_ranking(ranks_of(values), "models", "title")
    figure.draw_without_rendering()

    axes = figure.axes[0]
    (bar,) = axes.containers
    (left, _), (right, _) = bar[2][0].get_segments()[0]
    assert axes.get_xlim()[0] <= left < right <= axes.get_xlim()[1]
    (name,) = (text for text in axes.texts if "critical" in text.get_text())
    box, frame = name.get_window_extent(), axes.get_window_extent()
    assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
