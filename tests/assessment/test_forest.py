import pytest

from brain_tumor_kedro.assessment.forest import plot_differences, plot_scores_forest


def interval(value, low=None, high=None):
    return {"value": value, "low": low, "high": high, "draws": 100}


def split_of(name, **predictors):
    row = {"metric": "accuracy", "title": "Accuracy", "lower": False, **predictors}
    loss = {"metric": "log_loss", "title": "Log loss", "lower": True, **predictors}
    return {"split": name, "n": 1200, "groups": 30, "scores": [loss, row]}


def test_every_split_but_training_has_a_panel_with_a_mark_and_a_line_for_each_predictor():
    splits = [
        split_of("train", one=interval(1.0)),
        split_of("val", one=interval(0.9, 0.8, 0.95), two=interval(0.5, 0.4, 0.6)),
        split_of("test", one=interval(0.7, 0.6, 0.8), two=interval(None)),
    ]

    figure = plot_scores_forest(splits, ["one", "two"], "recipe x", "phantom data")

    panels = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "val: 1,200 images, 30 groups",
        "test: 1,200 images, 30 groups",
    ]
    assert [text.get_text() for text in panels[0].get_yticklabels()] == ["Accuracy"]
    assert [len(axes.lines) for axes in panels] == [4, 2]
    assert panels[0].lines[0].get_xdata() == pytest.approx([0.8, 0.95])


def test_a_run_with_training_images_alone_is_drawn():
    assert len(plot_scores_forest([split_of("train", one=interval(1.0))], ["one"]).axes) == 1


def test_an_interval_without_zero_is_told_from_one_with_it():
    rows = [
        {"title": "Accuracy", "lower": False, "difference": interval(0.1, 0.05, 0.2)},
        {"title": "Log loss", "lower": True, "difference": interval(-0.1, -0.2, 0.1)},
        {"title": "AUROC", "lower": False, "difference": interval(None)},
        {"title": "MCC", "lower": False, "difference": interval(0.1)},
    ]

    axes = plot_differences(rows, "This run minus the other").axes[0]

    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == ["Accuracy", "Log loss, lower is better", "MCC"]
    marks = [line for line in axes.lines if line.get_marker() in "os"]
    assert [mark.get_marker() for mark in marks] == ["o", "s", "s"]
    assert marks[0].get_color() != marks[1].get_color()
