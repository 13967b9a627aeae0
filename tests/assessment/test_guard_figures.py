import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.guard_figures import plot_guard_examples, plot_guard_scores


def make_scores(flagged: object = True) -> pd.DataFrame:
    row = {"group": "g", "source": None, "label": None, "predicted": "some_class"}
    kinds = [("good", "test"), ("foreign", "page"), ("changed", "mri_turned_90")]
    return pd.DataFrame(
        [
            {**row, "family": family, "kind": kind, "image": f"{kind}/{number}", "score": number,
             "probability": 0.5, "quality": "good", "flagged": flagged}
            for family, kind in kinds
            for number in range(4)
        ]
    )  # fmt: skip


@pytest.mark.parametrize("threshold", [None, 2.0])
def test_every_kind_has_a_line(threshold):
    figure = plot_guard_scores(make_scores(), threshold, "recipe x", "Phantom data")
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["test slices", "MRI turned 90", "page"]
    assert len(axes.collections) == 3
    figure.savefig("/dev/null", format="png")


@pytest.mark.parametrize("flagged", [True, False, None])
def test_examples_show_what_there_are_pictures_of(flagged):
    scores = make_scores(flagged)
    pictures = {name: np.zeros((20, 20), np.uint8) for name in scores["image"] if "3" not in name}
    figure = plot_guard_examples(scores, pictures)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words.count("page") == 1
    assert words.count("test") == 3
    assert words.count("MRI turned 90") == 2
    assert "No brain MRI" in words
    begin = {True: "flagged, score 1", False: "passes, score 1", None: "score 1"}[flagged]
    assert begin in words


def test_unread_images_are_left_out():
    scores = make_scores()
    scores.loc[scores["kind"] == "page", "score"] = None
    figure = plot_guard_scores(scores, 2.0)
    assert len(figure.axes[0].collections) == 2
