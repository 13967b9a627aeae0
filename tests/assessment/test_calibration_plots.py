import io

import numpy as np
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment import calibration_plots as plots
from brain_tumor_kedro.assessment.calibration import stages_of
from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.calibration_theme import judge_calibration
from predicted import CLASSES, POSITIVE, draw_predictions

SETTINGS = CalibrationSettings(draws=100, prevalence=0.2)
ABOUT = {"subtitle": "recipe small", "data_note": "Phantom data"}


def draw(figure: Figure) -> str:
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    words = [figure.get_suptitle(), figure.get_supxlabel()]
    for axes in figure.axes:
        titles = [axes.get_title(loc=where) for where in ("left", "center")]
        words += [*titles, axes.get_xlabel(), axes.get_ylabel()]
        words += [text.get_text() for text in (*axes.texts, *axes.get_yticklabels())]
    return "\n".join(words)


@pytest.mark.parametrize("images", [31, 2])
def test_all_figures_are_drawn(images):
    predictions, manifest = draw_predictions({"val": 60, "test": images})
    theme = judge_calibration(predictions, manifest, CLASSES, POSITIVE, SETTINGS)
    stages = stages_of(predictions, "test", CLASSES)
    confidences = {stage: one.probabilities.max(axis=1) for stage, one in stages.items()}
    summary = theme.summary["splits"]["test"]["abstention"]
    drawn = [
        plots.plot_reliability(theme.reliability, confidences, **ABOUT),
        plots.plot_class_reliability(theme.reliability, CLASSES, **ABOUT),
        plots.plot_decisions(theme.decisions, POSITIVE, **ABOUT, prevalence=0.2),
        plots.plot_sets(theme.sets, **ABOUT),
        plots.plot_abstention(theme.abstention, summary, **ABOUT),
    ]
    words = [draw(figure) for figure in drawn]
    assert all("recipe small" in one and "Phantom data" in one for one in words)
    assert f"n = {images}" in words[0]
    assert "before temperature scaling" in words[0]
    assert "no tumor" in words[1]
    assert "glioma, meningioma or pituitary, prevalence 20%" in words[2]
    assert f"all classes, n = {images}" in words[3]
    assert "95%" in words[3]
    assert "Accuracy of the answers" in words[4]


def test_without_sets_it_says_why():
    predictions, manifest = draw_predictions({"val": 5, "test": 31})
    theme = judge_calibration(predictions, manifest, CLASSES, POSITIVE, SETTINGS)
    assert "too few validation images" in draw(plots.plot_sets(theme.sets))


def test_the_band_is_that_of_the_advantage():
    predictions, manifest = draw_predictions({"val": 60, "test": 100})
    curves = judge_calibration(predictions, manifest, CLASSES, POSITIVE, SETTINGS).decisions
    figure = plots.plot_decisions(curves, POSITIVE)
    rows = curves[curves["target"] == "positive"]
    (band,) = figure.axes[0].collections
    heights = band.get_paths()[0].vertices[:, 1]
    top = np.maximum(rows["treat_all"], 0) + rows["advantage_high"]
    assert heights.max() == pytest.approx(top.max())
