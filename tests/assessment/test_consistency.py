import io

import pandas as pd
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.consistency import (
    STAMP,
    describe_features,
    require_features_of,
    require_figure_of,
    require_same_classifier,
    require_same_data,
    require_table_of,
    require_whole_history,
)
from brain_tumor_kedro.assessment.metrics import score_splits

CLASSES = ("down", "up")


@pytest.fixture
def predictions() -> pd.DataFrame:
    table = pd.DataFrame(
        {"split": "test", "label": ["up", "down"], "predicted": ["up", "up"], "p_up": [0.9, 0.6]}
    ).assign(p_down=lambda rows: 1 - rows["p_up"])
    table.attrs["fingerprint"] = "f1"
    return table


def draw(stamp: str) -> bytes:
    buffer = io.BytesIO()
    Figure().savefig(buffer, format="png", metadata={STAMP: stamp})
    return buffer.getvalue()


def test_the_summary_of_the_present_manifest_passes_and_another_does_not():
    require_same_data({"manifest_digest": "m1"}, "m1")
    with pytest.raises(ValueError, match="is of manifest m0, the present manifest is m1"):
        require_same_data({"manifest_digest": "m0"}, "m1")


def test_predictions_and_scores_of_the_classifier_pass(predictions):
    scores = score_splits(predictions, CLASSES)

    require_same_classifier(predictions, scores, {"fingerprint": "f1"}, CLASSES)


def test_predictions_of_another_classifier_and_other_scores_do_not(predictions):
    scores = score_splits(predictions, CLASSES)

    with pytest.raises(ValueError, match="predictions are not of the classifier"):
        require_same_classifier(predictions, scores, {"fingerprint": "f2"}, CLASSES)
    scores["test"]["accuracy"] = 0.9
    with pytest.raises(ValueError, match="scores are not of the classifier"):
        require_same_classifier(predictions, scores, {"fingerprint": "f1"}, CLASSES)


def test_a_history_of_other_length_is_refused():
    require_whole_history(pd.DataFrame({"epoch": [0, 1]}), {"epochs": 2})
    with pytest.raises(ValueError, match="history of 3 epochs, found 2"):
        require_whole_history(pd.DataFrame({"epoch": [0, 1]}), {"epochs": 3})


def test_a_figure_that_shows_something_else_or_is_cut_short_is_refused():
    require_figure_of("roc", draw("f1"), "f1")
    with pytest.raises(ValueError, match="one of f0, expected f1"):
        require_figure_of("roc", draw("f0"), "f1")
    with pytest.raises(ValueError, match="a broken file"):
        require_figure_of("roc", draw("f1")[:-400], "f1")


def test_a_table_of_another_data_set_is_refused_and_an_empty_one_fits_all():
    table = pd.DataFrame({"image_id": ["a"], "manifest_digest": ["d1"]})

    require_table_of("label_conflicts", table, "d1")
    require_table_of("label_conflicts", table[:0], "d2")
    with pytest.raises(ValueError, match=r"table label_conflicts .* one of d1, expected d2"):
        require_table_of("label_conflicts", table, "d2")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"manifest_digest": "m0"}, "of manifest digest m0, expected m1"),
        ({"weights": "none"}, "of weights none, expected imagenet"),
        ({"contract": "unit"}, "of contract unit, expected None"),
    ],
)
def test_features_of_another_data_set_or_backbone_are_refused(changed, said):
    recipe = {
        "backbone": "vgg16", "weights": "imagenet", "image_size": None, "head": {"pooling": "avg"},
    }  # fmt: skip
    summary = {"recipe": recipe, "task": "tumor_type"}
    features = pd.DataFrame()
    features.attrs = {"manifest_digest": "m1", **describe_features(recipe)}
    require_features_of(features, summary, "m1")

    features.attrs |= changed
    with pytest.raises(ValueError, match=f"{said}.*--nodes tumor_type.compute_frozen_features"):
        require_features_of(features, summary, "m1")
