import json

import pandas as pd
import pytest
from pydantic import ValidationError

from assessment.test_scores import inputs_of
from brain_tumor_kedro.assessment.comparison import (
    ComparisonSettings,
    compare_runs,
)
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE

SETTINGS = ResamplingSettings(draws=200)
SPLITS = ("val", "test", "external")


def two_runs(task=TUMOR_TYPE, strength=3.0, other_strength=1.0):
    this, _, manifest = inputs_of(task, strength=strength)
    other, _, _ = inputs_of(task, strength=other_strength)
    other.attrs["fingerprint"] = "theirs"
    return this.reset_index(drop=True), other.reset_index(drop=True), manifest


def compare(this, other, manifest, task=TUMOR_TYPE, splits=SPLITS):
    return compare_runs(this, other, manifest, task, splits, SETTINGS)


@pytest.mark.parametrize("task", [TUMOR_TYPE, GLIOMA_GRADE], ids=lambda task: task.name)
def test_a_better_run_is_better_by_every_measure(task):
    table, summary = compare(*two_runs(task), task)

    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert (summary["fingerprint"], summary["other_fingerprint"]) == ("mine", "theirs")
    assert [split["split"] for split in summary["splits"]] == ["val", "test"]
    test = summary["splits"][1]
    accuracy = test["scores"][0]
    assert accuracy["difference"]["low"] > 0
    gap = accuracy["this"]["value"] - accuracy["other"]["value"]
    assert accuracy["difference"]["value"] == pytest.approx(gap)
    assert test["mcnemar"]["first_only"] > test["mcnemar"]["second_only"]
    assert set(test["delong"]) == {"positive", *task.classes}
    assert test["delong"][task.classes[0]]["z"] > 2
    assert summary["sentence"].startswith("On 120 test images of 40 groups this run is right on")
    assert "this run is better" in summary["sentence"]
    assert set(table["predictor"]) == {"this", "other", "this - other"}


def test_the_other_way_round_every_difference_changes_its_sign():
    this, other, manifest = two_runs()

    forth, back = (
        compare(*runs, manifest)[1]["splits"][1] for runs in ((this, other), (other, this))
    )

    for one, two in zip(forth["scores"], back["scores"], strict=True):
        assert one["difference"]["value"] == pytest.approx(-two["difference"]["value"])
        assert one["difference"]["low"] == pytest.approx(-two["difference"]["high"])
    assert forth["mcnemar"]["p"] == back["mcnemar"]["p"]


def test_a_run_is_no_better_than_itself_in_any_order():
    this, _, manifest = two_runs()

    _, summary = compare(this, this.sample(frac=1, random_state=0), manifest)

    assert "+0.0 points (95% interval +0.0 to +0.0, neither is shown" in summary["sentence"]
    assert summary["splits"][1]["mcnemar"]["p"] == 1


def test_the_very_same_predictions_are_refused():
    this, _, manifest = two_runs()
    this.attrs["fingerprint"] = "mine"
    with pytest.raises(ValueError, match="found the same ones, of mine"):
        compare(this, this.copy(), manifest)


def without(table, image):
    return table[table["image_id"] != image]


def relabel(table, image, label):
    return table.assign(label=table["label"].where(table["image_id"] != image, label))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: without(t, "test/3"), r"1 \('test/3'\) in this run alone and none in the other"),
        (
            lambda t: t.replace({"image_id": {f"val/{n}": f"val/x{n}" for n in range(5)}}),
            r"same val images, found 5 \('val/0', 'val/1', 'val/2', …\) in this run alone and 5",
        ),
        (lambda t: relabel(t, "test/0", "pituitary"), "1 test images with others, 'test/0'"),
        (lambda t: t.assign(split="train"), r"120 \(.* in this run alone"),
        (lambda t: t.drop(columns="p_glioma"), "are missing"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused_in_words(change, words):
    this, other, manifest = two_runs()
    with pytest.raises(ValueError, match=words):
        compare(this, change(other), manifest)


def test_runs_on_two_manifests_are_refused():
    this, other, manifest = two_runs()
    this.attrs["manifest_digest"], other.attrs["manifest_digest"] = "a1", "b2"
    with pytest.raises(ValueError, match="one on a1 and one on b2"):
        compare(this, other, manifest)


def test_there_must_be_something_to_compare():
    with pytest.raises(ValueError, match=r"\['external'\] to compare, found .*'test'"):
        compare(*two_runs(), splits=("external",))


def test_what_to_compare_with_must_be_said():
    with pytest.raises(ValueError, match=r"comparison\.with="):
        ComparisonSettings().named()
    assert ComparisonSettings.model_validate({"with": "there"}).named() == "there"
    with pytest.raises(ValidationError):
        ComparisonSettings.model_validate({"splits": ["holdout"]})


def test_a_single_image_a_class_is_compared_without_areas():
    this, other, manifest = two_runs()
    few = [table[table["image_id"].isin(["test/0", "test/3"])] for table in (this, other)]

    _, summary = compare(*few, manifest, splits=("test",))

    assert summary["splits"][0]["delong"]["glioma"] is None
    assert isinstance(summary["splits"][0]["mcnemar"]["p"], float)


def test_the_table_names_its_split():
    table, _ = compare(*two_runs())
    assert isinstance(table, pd.DataFrame)
    assert table.columns[0] == "split"
    assert set(table["split"]) == {"val", "test"}
