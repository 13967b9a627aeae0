import pandas as pd
import pytest

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.pipelines.evaluation import nodes
from brain_tumor_kedro.tasks import TUMOR_TYPE


@pytest.fixture
def predictions() -> pd.DataFrame:
    """One right prediction of every class, in every split."""
    classes = TUMOR_TYPE.classes
    rows = [
        {"image_id": f"{split}/{label}", "split": split, "label": label, "predicted": label}
        | {f"p_{other}": 0.7 if other == label else 0.1 for other in classes}
        for split in ("train", "val", "test")
        for label in classes
    ]
    return pd.DataFrame(rows)


def whole_manifest(predictions: pd.DataFrame) -> pd.DataFrame:
    columns = predictions[["image_id", "split", "label"]]
    hashes = dict.fromkeys(("pixel_hash", "packed_hash"), columns["image_id"])
    return columns.assign(
        source="figshare", status="kept", group_id=None, row=range(len(columns)), **hashes
    )


def test_scores_are_logged_and_tabulated(predictions, monkeypatch):
    logged = []
    monkeypatch.setattr(tracking, "log_scores", logged.append)

    manifest = predictions[["image_id"]].assign(source="figshare")

    metrics, table, sources = nodes.score_predictions(predictions, manifest, "tumor_type")

    assert metrics["test"]["accuracy"] == 1.0
    assert logged == [metrics]
    assert set(TUMOR_TYPE.classes) < set(table["label"])
    assert sources["label"].tolist() == list(TUMOR_TYPE.classes)


def test_scores_get_intervals_beside_the_baselines(predictions, monkeypatch):
    logged = []
    monkeypatch.setattr(tracking, "log_intervals", logged.append)
    predictions.attrs["fingerprint"] = "mine"
    manifest = whole_manifest(predictions)
    probe = predictions.assign(baseline="linear_probe")
    settings = ResamplingSettings(draws=100)
    summary = {
        "recipe_name": "vgg16",
        "phantom": True,
        "fingerprint": "mine",
        "manifest_digest": digest_manifest(manifest),
    }

    table, scores, figure = nodes.resample_scores(
        predictions, probe, manifest, settings, summary, "tumor_type"
    )

    assert logged == [table]
    assert set(table["predictor"]) == {"classifier", "linear_probe", "classifier - linear_probe"}
    assert scores["fingerprint"] == figure.get_label() == "mine"
    assert "Phantom" in figure.get_supxlabel()
    for other, said in (("fingerprint", "predictions are not of"), ("manifest_digest", "present")):
        with pytest.raises(ValueError, match=said):
            nodes.resample_scores(
                predictions, probe, manifest, settings, {**summary, other: "x"}, "tumor_type"
            )


def test_figures_say_the_recipe(predictions):
    predictions.attrs["fingerprint"] = "mine"
    summary = {"recipe_name": "vgg16", "phantom": False, "fingerprint": "mine"}

    for figure in nodes.plot_scores(predictions, summary, "tumor_type"):
        assert "vgg16" in figure.get_suptitle()
        assert figure.get_label() == "mine"
    with pytest.raises(ValueError, match="trained last: expected other, found mine"):
        nodes.plot_scores(predictions, {**summary, "fingerprint": "other"}, "tumor_type")
