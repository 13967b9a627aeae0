import pytest

from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.captions import OF_THE_CALIBRATION
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.pipelines.calibration import nodes
from predicted import draw_predictions


@pytest.fixture
def predictions():
    table, manifest = draw_predictions({"train": 20, "val": 40, "test": 31})
    table.attrs["fingerprint"] = "mine"
    return table, manifest


def test_what_is_judged_is_drawn_and_stamped(predictions):
    table, manifest = predictions
    settings = CalibrationSettings(draws=100)
    hashes = dict.fromkeys(("pixel_hash", "packed_hash", "label", "split", "row"), "")
    manifest = manifest.assign(status="kept", **hashes)
    summary = {
        "recipe_name": "vgg16",
        "phantom": True,
        "fingerprint": "mine",
        "manifest_digest": digest_manifest(manifest),
    }
    judged, *tables = nodes.judge_calibration(table, manifest, summary, settings, "tumor_type")
    assert judged["fingerprint"] == "mine"
    assert judged["temperature"] is None
    assert [one.columns[0] for one in tables] == ["split"] * 4
    figures = nodes.plot_calibration(judged, *tables, table, summary, "tumor_type")
    assert len(figures) == len(OF_THE_CALIBRATION)
    for figure in figures:
        assert "vgg16" in figure.get_suptitle()
        assert "Phantom data" in figure.get_supxlabel()
        assert figure.get_label() == "mine"
    for other, said in (("fingerprint", "predictions are not of"), ("manifest_digest", "present")):
        stale = {**summary, other: "x"}
        with pytest.raises(ValueError, match=said):
            nodes.judge_calibration(table, manifest, stale, settings, "tumor_type")
