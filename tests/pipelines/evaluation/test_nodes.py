import pandas as pd
import pytest

from brain_tumor_kedro import tracking
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


def test_scores_are_logged_and_tabulated(predictions, monkeypatch):
    logged = []
    monkeypatch.setattr(tracking, "log_scores", logged.append)

    manifest = predictions[["image_id"]].assign(source="figshare")

    metrics, table, sources = nodes.score_predictions(predictions, manifest, "tumor_type")

    assert metrics["test"]["accuracy"] == 1.0
    assert logged == [metrics]
    assert set(TUMOR_TYPE.classes) < set(table["label"])
    assert sources["label"].tolist() == list(TUMOR_TYPE.classes)


def test_a_registered_classifier_other_than_the_evaluated_one_is_refused():
    with pytest.raises(ValueError, match="is not the one that was evaluated"):
        nodes.promote_classifier({"fingerprint": "a"}, {"fingerprint": "b"}, {}, False)


def test_figures_say_the_recipe(predictions):
    summary = {"recipe_name": "vgg16", "phantom": False}

    for draw in (nodes.plot_confusion, nodes.plot_roc):
        assert "vgg16" in draw(predictions, summary, "tumor_type").get_suptitle()


def test_every_figure_of_the_report_has_a_caption():
    assert set(nodes.OF_THE_DATA) < set(nodes.CAPTIONS)
    assert all(caption.endswith(".") for caption in nodes.CAPTIONS.values())
