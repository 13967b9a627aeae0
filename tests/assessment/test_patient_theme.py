import json

import pytest

from brain_tumor_kedro.assessment.aggregation import STRATEGIES, aggregate
from brain_tumor_kedro.assessment.patient_mistakes import find_patient_mistakes
from brain_tumor_kedro.assessment.patient_plots import (
    plot_patient_calibration,
    plot_patient_decisions,
    plot_patient_scores,
)
from brain_tumor_kedro.assessment.patient_scores import score_patients
from brain_tumor_kedro.assessment.patient_settings import PatientSettings
from brain_tumor_kedro.assessment.patient_theme import judge_probabilities, summarize_patients
from brain_tumor_kedro.assessment.report import render_report
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from patient_tables import CLASSES, POSITIVE, draw_patients

FEW = ResamplingSettings(draws=100)
SETTINGS = PatientSettings(decisions={"first": 0.4, "last": 0.6})
FITTED = {"note": "", "epochs": 9, "best_epoch": 4, "loss": 0.1, "val_loss": 0.2, "parameters": 65}


def judge(per_split, pooling=FITTED, **fields):
    predictions, manifest = draw_patients(per_split, **fields)
    patient_of = manifest.set_index("image_id")["patient_id"]
    patients = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    scores = score_patients(predictions, patients, manifest, CLASSES, POSITIVE, FEW)
    mistakes = find_patient_mistakes(patients, "HGG")
    summary = summarize_patients(patients, scores, mistakes, pooling, POSITIVE, FEW, SETTINGS)
    tables = judge_probabilities(patients, manifest, CLASSES, POSITIVE, FEW, SETTINGS)
    return summary, scores, *tables


def texts(summary, level=None):
    return [found["text"] for found in summary["findings"] if level in (None, found["level"])]


@pytest.fixture(scope="module")
def usual():
    return judge({"train": (8, 20), "val": (4, 9), "test": (12, 30)}, skill=3)


def test_a_summary_is_json_without_gaps(usual):
    summary = usual[0]
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    test = next(split for split in summary["splits"] if split["split"] == "test")
    assert (test["patients"], test["positives"]) == (42, 30)
    names = [row["strategy"] for row in test["rows"]]
    assert names == [*STRATEGIES, "always_positive", "slice", "always_positive"]
    soft = test["rows"][1]
    difference = soft["f1"]["value"] - test["rows"][5]["f1"]["value"]
    assert soft["difference"]["f1"]["value"] == pytest.approx(difference)


def test_a_strategy_that_beats_the_baseline_is_good():
    summary, *_ = judge({"train": (2, 2), "test": (30, 30)}, skill=6)
    assert "is better than calling every patient HGG: F1" in texts(summary, "good")[0]


def test_a_strategy_that_says_nothing_is_not_shown_to_be_better():
    summary, *_ = judge({"train": (2, 2), "test": (5, 25)}, skill=0, seed=3)
    warnings = texts(summary, "warn")
    assert "not shown to be better than" in warnings[0] or "is worse than" in warnings[0]
    assert any("which is not shown to be above chance" in text for text in warnings)
    assert any("5 not HGG: too few" in text for text in warnings)


def test_a_strategy_that_says_what_the_baseline_says_is_told_so():
    predictions, manifest = draw_patients({"train": (2, 2), "test": (4, 8)})
    predictions = predictions.assign(p_LGG=0.2, p_HGG=0.8)
    patient_of = manifest.set_index("image_id")["patient_id"]
    patients = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    scores = score_patients(predictions, patients, manifest, CLASSES, POSITIVE, FEW)
    mistakes = find_patient_mistakes(patients, "HGG")
    summary = summarize_patients(patients, scores, mistakes, FITTED, POSITIVE, FEW, SETTINGS)
    first = summary["findings"][0]
    assert first["level"] == "warn"
    assert "The strategy soft says nothing else than calling every patient HGG" in first["text"]
    assert "All strategies call the 12 test patients the same." in texts(summary, "note")


def test_a_ranking_without_a_mistake_is_no_warning():
    summary, *_ = judge({"train": (2, 2), "test": (20, 20)}, skill=40)
    told = next(text for text in texts(summary) if "ranks patients" in text)
    assert "AUROC of 1.000 (no interval can be given). Of the patients" in told
    assert told not in texts(summary, "warn")


def test_what_weakens_learned_pooling_is_said(usual):
    assert any("a network that was trained on these very slices" in t for t in texts(usual[0]))
    none, *_ = judge({"train": (2, 2), "test": (4, 4)}, {"note": "there are no patients"})
    assert "Pooling was not learned: there are no patients. The other" in " ".join(texts(none))


def test_a_test_split_of_one_class_is_judged_as_far_as_it_goes():
    for numbers in ((0, 4), (4, 0)):
        summary, scores, bins, curves = judge({"train": (3, 3), "test": numbers})
        json.dumps(summary, allow_nan=False)
        assert any("all of one class" in t or "No test patient is" in t for t in texts(summary))
    for figure in (
        plot_patient_scores(scores, "test", "HGG"),
        plot_patient_calibration(bins, STRATEGIES, "test", "HGG"),
        plot_patient_decisions(curves, STRATEGIES, "test", "HGG"),
    ):
        figure.draw_without_rendering()


def test_one_patient_can_be_judged():
    summary, scores, *_ = judge({"train": (1, 1), "test": (0, 1)})
    json.dumps(summary, allow_nan=False)
    plot_patient_scores(scores, "test", "HGG").draw_without_rendering()


def test_without_test_patients_nothing_is_judged():
    with pytest.raises(ValueError, match="patients of the split 'test', found only"):
        judge({"train": (2, 2), "val": (2, 2)})


def test_held_out_sources_are_judged_beside():
    _, _, bins, curves = judge({"train": (2, 2), "test": (4, 4), "external": (5, 6)})
    assert set(bins["split"]) == set(curves["split"]) == {"test", "external"}
    assert (bins[bins["split"] == "external"].groupby("strategy")["n"].sum() == 11).all()


def test_figures_say_what_they_show(usual):
    _, scores, bins, curves = usual
    about = ("test", "HGG", "recipe grade", "Phantom data")
    figure = plot_patient_scores(scores, *about)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:4] == ["Accuracy", "Balanced accuracy", "Precision of HGG", "Recall of HGG"]
    lines = [line for axes in figure.axes for line in axes.lines if line.get_linestyle() == "--"]
    baseline = scores[
        (scores["level"] == "patient")
        & (scores["split"] == "test")
        & (scores["strategy"] == "always_positive")
    ]["value"]
    assert [line.get_xdata()[0] for line in lines] == pytest.approx(list(baseline))
    test = bins[bins["split"] == "test"]
    calibration = plot_patient_calibration(test, STRATEGIES, *about)
    told = [text.get_text() for axes in calibration.axes for text in axes.texts]
    assert told == [str(n) for n in test["n"]]
    decisions = plot_patient_decisions(curves[curves["split"] == "test"], STRATEGIES, *about)
    for one in (figure, calibration, decisions):
        assert "recipe grade" in one.get_suptitle()
        assert one.get_supxlabel() == "Phantom data"


def test_the_report_has_a_chapter_where_there_are_patients(usual):
    import pandas as pd

    facts = {
        "summary": {}, "training": {}, "metrics": {}, "history": pd.DataFrame(), "figures": {},
        "registration": {}, "created": "today",
    }  # fmt: skip
    page = render_report(themes={"patients": usual[0]}, **facts)
    assert '<section id="patients">' in page
    assert "always HGG" in page
    assert "calling every patient HGG" in page
    assert '<section id="patients">' not in render_report(themes={}, **facts)


def test_few_patients_have_no_bins_and_no_band_is_cut_off():
    _, _, bins, curves = judge({"train": (2, 2), "test": (2, 3)}, skill=2)
    few = plot_patient_calibration(bins, STRATEGIES, "test", "HGG", "recipe grade")
    assert "too few patients (n = 5)" in [text.get_text() for text in few.axes[0].texts]
    assert "recipe grade" in few.get_suptitle()
    highest = (curves["treat_all"].clip(lower=0) + curves["advantage_high"]).max()
    for axes in plot_patient_decisions(curves, STRATEGIES, "test", "HGG").axes:
        assert not axes.axison or axes.get_ylim()[1] > highest
