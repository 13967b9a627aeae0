import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from assessment.test_weighted import CLASSES, POSITIVE, random_outcome
from brain_tumor_kedro.assessment.metrics import Outcome, score_outcome
from brain_tumor_kedro.assessment.score_table import (
    ResamplingSettings,
    tabulate_scores,
    tabulate_sources,
)

SETTINGS = ResamplingSettings(draws=300)
GROUPS = np.arange(240) // 4


def table_of(*outcomes, groups=GROUPS, settings=SETTINGS, differences=()):
    named = dict(zip(["one", "two"], outcomes, strict=False))
    table = tabulate_scores(named, groups, CLASSES, POSITIVE, settings, differences)
    return table.set_index(["predictor", "label", "metric"])


def test_values_are_the_scores_and_lie_in_their_intervals():
    outcome = random_outcome()

    table = table_of(outcome)

    scores = score_outcome(outcome, CLASSES, POSITIVE)
    for (_, label, metric), row in table.iterrows():
        expected = scores[metric] if label == "all" else scores["per_class"][label][metric]
        assert row["value"] == pytest.approx(expected)
        assert row["low"] <= row["value"] <= row["high"]
        assert row["low"] < row["high"]
    assert (table["draws"] == 300).all()


def test_every_score_says_which_images_and_groups_it_is_about():
    outcome = random_outcome()
    table = table_of(outcome).loc["one"]

    assert table.loc[("all", "accuracy"), ["n", "groups"]].tolist() == [240, 60]
    assert table.loc[("all", "accuracy"), "effective_groups"] == pytest.approx(60)
    assert table.loc[("b", "recall"), "n"] == (outcome.truth == 1).sum()
    assert table.loc[("b", "specificity"), "n"] == (outcome.truth != 1).sum()
    assert table.loc[("b", "precision"), "n"] == (outcome.predicted == 1).sum()
    assert table.loc[("b", "npv"), "n"] == (outcome.predicted != 1).sum()
    detection = table.loc[("all", "sensitivity_at_specificity")]
    assert detection["n"] == 240
    assert detection["effective_groups"] < 60


def test_images_of_a_group_that_are_alike_make_the_interval_longer():
    small = random_outcome(n=60)
    outcome = Outcome(*(np.repeat(values, 4, axis=0) for values in small))

    by_group = table_of(outcome).loc[("one", "all", "accuracy")]
    by_image = table_of(outcome, settings=ResamplingSettings(draws=300, unit="image"))
    by_image = by_image.loc[("one", "all", "accuracy")]

    assert by_image["groups"] == 240
    longer = (by_group["high"] - by_group["low"]) / (by_image["high"] - by_image["low"])
    assert longer == pytest.approx(2, rel=0.25)


def test_a_difference_is_that_of_the_same_draws():
    first, second = random_outcome(), random_outcome(seed=0)
    worse = Outcome(second.truth, np.roll(second.predicted, 1), np.roll(second.probabilities, 1, 0))

    table = table_of(first, worse, differences=[("one", "two"), ("one", "one")])

    gap = table.loc[("one - two", "all", "mcc")]
    values = [table.loc[(name, "all", "mcc"), "value"] for name in ("one", "two")]
    assert gap["value"] == pytest.approx(values[0] - values[1])
    assert gap["low"] > 0
    same = table.loc["one - one"]
    assert (same[["value", "low", "high"]] == 0).all(axis=None)


def test_a_split_of_one_class_and_one_group_has_scores_without_intervals():
    outcome = random_outcome()
    alike = Outcome(*(values[outcome.truth == 0] for values in outcome))

    table = table_of(alike, groups=np.zeros(len(alike.truth), int)).loc["one"]

    assert table["low"].isna().all()
    assert np.isfinite(table.loc[("all", "accuracy"), "value"])
    assert np.isnan(table.loc[("all", "auroc"), "value"])
    assert np.isnan(table.loc[("b", "recall"), "value"])
    assert table.loc[("b", "recall"), "n"] == 0


def test_recall_by_source_is_counted_and_drawn():
    outcome = random_outcome()
    sources = pd.Series(np.where(np.arange(240) < 200, "here", "there"))
    sources[outcome.truth == 3] = "here"

    table = tabulate_sources(outcome, sources, GROUPS, CLASSES, SETTINGS)

    assert len(table) == 7
    row = table[(table["label"] == "b") & (table["source"] == "there")].iloc[0]
    inside = (outcome.truth == 1) & (np.arange(240) >= 200)
    assert (row["n"], row["right"]) == (inside.sum(), (outcome.predicted[inside] == 1).sum())
    assert row["value"] == row["right"] / row["n"]
    assert row["low"] <= row["value"] <= row["high"]


def test_settings_are_checked():
    with pytest.raises(ValidationError):
        ResamplingSettings(draws=10)
    with pytest.raises(ValidationError):
        ResamplingSettings(unit="patient")
