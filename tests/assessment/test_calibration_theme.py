import json

import pandas as pd
import pytest

from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.calibration_theme import judge_calibration
from brain_tumor_kedro.assessment.findings import LEVELS
from brain_tumor_kedro.assessment.pages import render_page
from predicted import CLASSES, POSITIVE, draw_predictions

SETTINGS = CalibrationSettings(draws=100)
TEMPERATURE = {"value": 1.5, "images": 300, "wrong": 20, "note": ""}


def judge(predictions, manifest, classes=CLASSES, positive=POSITIVE, settings=SETTINGS):
    theme = judge_calibration(predictions, manifest, classes, positive, settings, TEMPERATURE)
    summary = json.loads(json.dumps(theme.summary, allow_nan=False))
    page = render_page("calibration.html.j2", calibration=summary, figures={})
    assert {finding["level"] for finding in summary["findings"]} <= set(LEVELS)
    return theme, summary, page


def texts(summary, level=None):
    found = [row["text"] for row in summary["findings"] if level in (None, row["level"])]
    return "\n".join(found)


def test_everything_is_said_of_a_calibrated_classifier():
    theme, summary, page = judge(*draw_predictions({"val": 500, "test": 800}, sharpness=2))
    assert "No sign that its probabilities are off" in texts(summary, "good")
    assert "does more good than acting on all or on none" in texts(summary)
    assert "in 90% of cases hold it in" in texts(summary)
    assert set(theme.reliability["split"]) == {"test"}
    assert summary["answer_from"] is not None
    for words in ("temperature of 1.500", "Threshold", "a threshold by class", "Empty", "80.0%"):
        assert words in page
    assert "exchangeable" in page and "not as in a clinic" in page


def test_a_classifier_that_is_too_sure_is_warned_of():
    predictions, manifest = draw_predictions({"val": 300, "test": 900}, sharpness=4)
    for label in CLASSES:
        predictions[f"p_{label}"] = predictions[f"raw_{label}"]
    _, summary, _ = judge(predictions, manifest)
    assert "surer than it should be" in texts(summary, "warn")


def test_external_images_may_lack_classes():
    predictions, manifest = draw_predictions({"val": 200, "test": 200, "external": 150})
    some = (predictions["split"] != "external") | (predictions["label"] == "glioma")
    theme, summary, page = judge(predictions[some], manifest)
    assert list(summary["splits"]) == ["test", "external"]
    assert set(theme.sets["split"]) == {"test", "external"}
    rows = summary["splits"]["external"]["sets"]
    assert {row["label"] for row in rows} == {"all", "glioma"}
    assert "Calibration of the external images" in page


def test_a_perfect_classifier_is_said_to_be_calibrated():
    predictions, manifest = draw_predictions({"val": 60, "test": 31})
    for label in CLASSES:
        right = (predictions["label"] == label).astype(float)
        predictions[f"p_{label}"] = predictions[f"raw_{label}"] = right
    _, summary, _ = judge(predictions.assign(predicted=predictions["label"]), manifest)
    assert "100.0% sure and right in 100.0%" in texts(summary, "good")


@pytest.mark.parametrize("images", [0, 8, 12])
def test_little_validation_is_said(images):
    _, summary, page = judge(*draw_predictions({"val": images, "test": 31}))
    assert f"{images} validation images are too few for prediction sets" in texts(summary, "note")
    assert summary["val_images"] == images
    assert page


def test_one_group_alone_has_no_intervals():
    _, summary, _ = judge(*draw_predictions({"val": 100, "test": 40}, per_group=1000))
    assert summary["splits"]["test"]["after"]["ece"]["low"] is None
    assert texts(summary, "good") == ""


def test_images_of_one_side_alone_do_not_tell_what_acting_is_worth():
    predictions, manifest = draw_predictions({"val": 60, "test": 100})
    tested = (predictions["split"] == "test") & (predictions["label"] != "no_tumor")
    _, summary, _ = judge(predictions[~tested], manifest)
    assert "cannot be judged: 0% of the test images are glioma" in texts(summary, "note")


def test_another_task_needs_nothing_else():
    predictions, manifest = draw_predictions({"val": 80, "test": 60}, ("LGG", "HGG"))
    settings = CalibrationSettings(draws=100, prevalence=0.6, levels=(0.8,))
    _, summary, page = judge(predictions, manifest, ("LGG", "HGG"), ("HGG",), settings)
    assert "for HGG against the rest (weighed to a prevalence of 60%)" in texts(summary)
    assert "weighed to a prevalence of 60.0%" in page


def test_without_test_images_there_is_nothing_to_judge():
    with pytest.raises(ValueError, match="Expected predictions of the split 'test'"):
        judge(*draw_predictions({"val": 100}))


def test_tables_come_back_from_their_files(tmp_path):
    theme, _, _ = judge(*draw_predictions({"val": 5, "test": 31}))
    for table in theme[1:]:
        table.to_csv(tmp_path / "table.csv", index=False)
        assert len(pd.read_csv(tmp_path / "table.csv")) == len(table)
