import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.plots import (
    plot_confusion,
    plot_roc,
    plot_training_curves,
)

AB = ("a", "b")


def predictions():
    return pd.DataFrame(
        {
            "image_id": ["1", "2", "3", "4"],
            "split": "test",
            "label": ["a", "a", "a", "b"],
            "predicted": ["a", "a", "b", "b"],
            "p_a": [0.9, 0.8, 0.3, 0.4],
            "p_b": [0.1, 0.2, 0.7, 0.6],
        }
    )


def history():
    random = np.random.default_rng(0)
    names = ["loss", "accuracy", "precision", "recall", "f1"]
    columns = [*names, *(f"val_{name}" for name in names)]
    table = pd.DataFrame(random.random((5, len(columns))), columns=columns)
    phases = ["head", "head", "fine_tune", "fine_tune", "fine_tune"]
    return table.assign(epoch=range(1, 6), phase=phases, learning_rate=[1e-3] * 2 + [1e-5] * 3)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def draw(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def test_confusion_shows_counts_and_shares_of_the_true_class():
    figure = plot_confusion(predictions(), "test", AB, "recipe tiny")
    counts, shares = ([text.get_text() for text in axes.texts] for axes in figure.axes)

    assert counts == ["2", "1", "0", "1"]
    assert shares == ["66.7%", "33.3%", "0.0%", "100.0%"]
    assert figure.get_suptitle() == "Confusion matrix, test split, n = 4\nrecipe tiny"
    assert draw(figure).startswith(b"\x89PNG")


def test_confusion_leaves_the_shares_of_an_absent_class_blank():
    figure = plot_confusion(predictions().iloc[:3], "test", AB)

    assert len(figure.axes[0].texts) == 4
    assert [text.get_text() for text in figure.axes[1].texts] == ["66.7%", "33.3%"]
    draw(figure)


def test_roc_names_the_area_of_every_class_and_of_chance():
    figure = plot_roc(predictions(), "test", AB)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]

    assert legend == ["a, 0.667", "b, 0.667", "macro average, 0.667", "chance, 0.500"]
    draw(figure)


def test_roc_curves_run_from_corner_to_corner():
    for line in plot_roc(predictions(), "test", AB).axes[0].lines:
        points = np.column_stack(line.get_data())
        assert points[0].tolist() == [0, 0]
        assert points[-1].tolist() == [1, 1]


def test_roc_says_which_class_has_no_curve():
    figure = plot_roc(predictions().iloc[:2], "test", AB)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]

    assert legend == [
        "a, undefined in this split",
        "b, undefined in this split",
        "chance, 0.500",
    ]
    draw(figure)


@pytest.mark.parametrize("plot", [plot_confusion, plot_roc])
def test_a_split_without_predictions_is_refused(plot):
    with pytest.raises(ValueError, match="'val'"):
        plot(predictions(), "val", AB)


def test_training_curves_have_a_panel_per_metric_and_mark_the_phases():
    figure = plot_training_curves(history())
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]

    panels = [
        "Loss",
        "Accuracy",
        "Precision",
        "Recall",
        "F1, mean over classes",
        "Learning rate, at the epoch's end",
    ]
    assert titles == panels
    assert [text.get_text() for text in figure.axes[0].texts] == ["head", "fine tune"]
    assert [text.xy[0] for text in figure.axes[0].texts] == [0.5, 2.5]
    draw(figure)


def test_with_a_positive_class_the_curves_say_whose_they_are():
    figure = plot_training_curves(history().assign(f1_positive=0.5, val_f1_positive=0.4))
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]

    assert titles[2:6] == [
        "Precision of the positive class",
        "Recall of the positive class",
        "F1, mean over classes",
        "F1 of the positive class",
    ]
    draw(figure)


def test_training_curves_do_with_what_the_history_has():
    figure = plot_training_curves(history()[["loss"]].iloc[:1])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss"]
    draw(figure)


@pytest.mark.parametrize(
    ("rates", "scale"),
    [
        ([1e-3, 1e-3, 1e-5, 1e-5, 1e-5], "log"),
        ([1e-3, 9e-4, 5e-4, 1e-4, 0.0], "linear"),
        ([1e-3, 9e-4, 5e-4, 1e-4, 1e-7], "linear"),
    ],
)
def test_a_learning_rate_that_falls_to_nothing_is_drawn_on_a_linear_scale(rates, scale):
    axes = plot_training_curves(history().assign(learning_rate=rates)).axes[5]
    assert (axes.get_title(loc="left"), axes.get_yscale()) == (
        "Learning rate, at the epoch's end",
        scale,
    )


def test_epochs_that_start_again_with_a_phase_are_counted_through():
    figure = plot_training_curves(history().assign(epoch=[0, 1, 0, 1, 2]))
    assert figure.axes[0].lines[0].get_xdata().tolist() == [1, 2, 3, 4, 5]


def test_a_history_without_epochs_is_said_to_be_empty():
    figure = plot_training_curves(history().iloc[:0])
    assert "no epochs were trained" in texts(figure)
    draw(figure)


def test_every_figure_carries_the_note_on_its_data_and_no_empty_one():
    for plot in [
        lambda note: plot_confusion(predictions(), "test", AB, data_note=note),
        lambda note: plot_roc(predictions(), "test", AB, data_note=note),
        lambda note: plot_training_curves(history(), data_note=note),
        lambda note: plot_training_curves(history().iloc[:0], data_note=note),
    ]:
        assert "phantom data" in texts(plot("phantom data"))
        assert plot("").get_supxlabel() == ""
