import pandas as pd
import pytest

from brain_tumor_kedro.assessment.sources import score_sources

MANIFEST = pd.DataFrame({"image_id": list("abcd"), "source": ["x", "x", "y", "y"]})
PREDICTIONS = pd.DataFrame(
    {
        "image_id": list("abcd"),
        "split": ["test", "test", "test", "train"],
        "label": ["up", "up", "up", "down"],
        "predicted": ["up", "down", "up", "down"],
    }
)


def test_right_predictions_are_counted_by_class_and_source():
    table = score_sources(PREDICTIONS, MANIFEST, "test", ("down", "up"))

    assert table.to_dict("list") == {
        "label": ["up", "up"],
        "source": ["x", "y"],
        "n": [2, 1],
        "right": [1, 1],
        "recall": [0.5, 1.0],
    }


def test_an_image_that_the_manifest_does_not_know_is_refused():
    with pytest.raises(ValueError, match="one of c"):
        score_sources(PREDICTIONS, MANIFEST[:2], "test", ("down", "up"))
