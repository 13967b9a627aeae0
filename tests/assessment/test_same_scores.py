import io

import pandas as pd
import pytest

from assessment.test_scores import inputs_of, predict, summarize
from brain_tumor_kedro.assessment.metrics import score_splits
from brain_tumor_kedro.assessment.same_scores import require_same_scores
from brain_tumor_kedro.tasks import TUMOR_TYPE


@pytest.fixture(scope="module")
def whole():
    """Metrics, table and summary, with an external split of one class."""
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE, splits=("train", "test"))
    external = predict(TUMOR_TYPE, "external", 1.0, n=9).assign(label="no_tumor")
    everything = pd.concat([predictions, external])
    everything.attrs = predictions.attrs
    more = pd.DataFrame({"image_id": external["image_id"], "group_id": None, "source": "there"})
    inputs = everything, baselines, pd.concat([manifest, more], ignore_index=True)
    metrics = score_splits(everything, TUMOR_TYPE.classes, TUMOR_TYPE.positive)
    return metrics, *summarize(TUMOR_TYPE, *inputs)


def through_a_file(table, share=1.0):
    text = table.to_csv(index=False)
    return pd.read_csv(io.StringIO(text[: int(share * len(text))]))


def test_what_belongs_together_passes(whole):
    metrics, table, summary = whole
    require_same_scores(metrics, table, summary)
    require_same_scores(metrics, through_a_file(table), summary)


@pytest.mark.parametrize("share", [0.1, 0.4, 0.6, 0.8, 0.99])
def test_a_table_that_is_cut_short_is_refused(whole, share):
    metrics, table, summary = whole
    with pytest.raises(
        ValueError, match=r"file scores_table.* is not of the scores.*Evaluate again"
    ):
        require_same_scores(metrics, through_a_file(table, share), summary)


def test_metrics_of_other_predictions_are_refused(whole):
    metrics, table, summary = whole
    other = {**metrics, "test": {**metrics["test"], "accuracy": 0.5}}
    with pytest.raises(
        ValueError, match=r"file metrics .* as test classifier all accuracy, found 0\.5"
    ):
        require_same_scores(other, table, summary)
    with pytest.raises(ValueError, match="found nothing"):
        require_same_scores({"test": metrics["test"]}, table, summary)


def test_a_table_of_other_draws_is_refused(whole):
    metrics, table, summary = whole
    with pytest.raises(ValueError, match=r"scores_table \(low\)"):
        require_same_scores(metrics, table.assign(low=table["low"] - 0.01), summary)
