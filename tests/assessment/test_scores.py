import json

import numpy as np
import pandas as pd
import pytest

from assessment.test_metrics import predictions_of
from brain_tumor_kedro.assessment.forest import plot_scores_forest
from brain_tumor_kedro.assessment.pages import embed_figures, render_page
from brain_tumor_kedro.assessment.score_findings import find_in_scores
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.assessment.scores import score_with_intervals, summarize_scores
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE

SETTINGS = ResamplingSettings(draws=200)


def predict(task, split, strength, n=120, seed=0):
    """Predictions that are the better the stronger, of images in groups of three."""
    random = np.random.default_rng(seed)
    truth = np.arange(n) // 3 % len(task.classes)
    logits = np.random.default_rng(seed + 1).normal(size=(n, len(task.classes)))
    logits[np.arange(n), truth] += strength
    odds = np.exp(logits + 1e-3 * random.normal(size=logits.shape))
    labels = [task.classes[index] for index in truth]
    return predictions_of(labels, odds / odds.sum(axis=1, keepdims=True), task.classes, split)


def inputs_of(task, splits=("train", "val", "test"), strength=3.0, probe_strength=1.0):
    predictions = pd.concat([predict(task, split, strength) for split in splits])
    predictions.attrs["fingerprint"] = "mine"
    probe = pd.concat([predict(task, split, probe_strength, seed=5) for split in splits])
    baselines = probe.assign(baseline="linear_probe").sample(frac=1, random_state=0)
    images = predictions["image_id"]
    groups = images.str.split("/").str[0] + (images.str.split("/").str[1].astype(int) // 3).astype(
        str
    )
    manifest = pd.DataFrame({"image_id": images, "group_id": groups, "source": "figshare"})
    return predictions, baselines, manifest


def summarize(task, *inputs):
    table = score_with_intervals(*inputs, task, SETTINGS)
    return table, summarize_scores(table, inputs[0], inputs[2], task, SETTINGS, inputs[1])


@pytest.mark.parametrize("task", [TUMOR_TYPE, GLIOMA_GRADE], ids=lambda task: task.name)
def test_the_summary_holds_what_the_report_shows(task):
    table, summary = summarize(task, *inputs_of(task))

    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["fingerprint"] == "mine"
    assert [split["split"] for split in summary["splits"]] == ["train", "val", "test"]
    train, _, test = summary["splits"]
    assert (test["n"], test["groups"], test["effective_groups"]) == (120, 40, 40)
    accuracy = test["scores"][0]
    assert set(accuracy) >= {"classifier", "linear_probe", "classifier - linear_probe"}
    assert "linear_probe" not in train["scores"][0]
    assert [row["label"] for row in summary["classes"]] == list(task.classes)
    for row in summary["classes"]:
        assert list(row["baselines"]) == ["linear_probe"]
        assert row["baselines"]["linear_probe"]["recall"]["value"] < row["recall"]["value"]
    for row in summary["sources"]:
        assert 0 < row["linear_probe"] < row["value"]
    assert sum(map(sum, summary["confusion_matrix"])) == 120
    assert list(table.columns[:4]) == ["split", "predictor", "label", "metric"]


@pytest.mark.parametrize("task", [TUMOR_TYPE, GLIOMA_GRADE], ids=lambda task: task.name)
def test_the_section_shows_every_split_with_intervals(task):
    _, summary = summarize(task, *inputs_of(task))
    figure = plot_scores_forest(summary["splits"], list(summary["predictors"]))
    figures = {item["name"]: item for item in embed_figures({"scores": (figure, "Scores.")})}

    section = render_page("scores.html.j2", scores=summary, figures=figures)

    of = {"slice": "images", "patient": "slices"}[task.unit]
    for words in (f"Test split: 120 {of}", "Val split", "Classifier minus probe", "AUROC"):
        assert words in section
    for label in task.classes:
        assert f'<th scope="row">{label.replace("_", " ")}</th>' in section
    assert section.count('class="soft">linear probe</th>') == len(task.classes)
    assert "figure-scores" in section
    assert "<section" not in section


def test_baselines_are_matched_by_image_and_not_by_place():
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE)
    again = baselines.sort_values("image_id")

    tables = [
        score_with_intervals(predictions, table, manifest, TUMOR_TYPE, SETTINGS)
        for table in (baselines, again)
    ]

    pd.testing.assert_frame_equal(*tables)


def test_baselines_of_other_images_are_refused():
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE)
    with pytest.raises(ValueError, match="120 images of the val split, found 119"):
        score_with_intervals(
            predictions,
            baselines.drop(baselines.index[baselines["image_id"] == "val/7"]),
            manifest,
            TUMOR_TYPE,
            SETTINGS,
        )


def test_splits_may_lack_classes_baselines_and_validation():
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE, splits=("train", "test"))
    external = predict(TUMOR_TYPE, "external", 1.0, n=9)
    external["label"] = "no_tumor"
    everything = pd.concat([predictions, external])
    everything.attrs = predictions.attrs
    more = pd.DataFrame({"image_id": external["image_id"], "group_id": None, "source": "there"})

    _, summary = summarize(
        TUMOR_TYPE, everything, baselines, pd.concat([manifest, more], ignore_index=True)
    )

    held_out = summary["splits"][-1]
    assert (held_out["split"], held_out["groups"]) == ("external", 9)
    auroc = next(row for row in held_out["scores"] if row["metric"] == "auroc")
    assert auroc["classifier"]["value"] is None
    assert "\N{EN DASH}" in render_page("scores.html.j2", scores=summary, figures={})
    assert "held-out sources" in " ".join(finding["text"] for finding in summary["findings"])


def findings_of(*inputs):
    return summarize(TUMOR_TYPE, *inputs)[1]["findings"]


def test_findings_say_whether_the_training_was_worth_it():
    better = findings_of(*inputs_of(TUMOR_TYPE))
    worse = findings_of(*inputs_of(TUMOR_TYPE, strength=1.0, probe_strength=3.0))
    alike = findings_of(*inputs_of(TUMOR_TYPE, strength=1.5, probe_strength=1.5))

    said = [
        next(
            (item["level"], item["text"].split(" a linear")[0])
            for item in items
            if "probe" in item["text"]
        )
        for items in (better, worse, alike)
    ]
    assert said == [
        ("good", "The classifier is better than"),
        ("warn", "The classifier is worse than"),
        ("warn", "The classifier is not shown to be better than"),
    ]


@pytest.mark.parametrize(
    ("low", "value", "level"), [(0.7, 0.9, "warn"), (0.4, 0.9, "note"), (None, 0.9, "note"),
                                (0.5, 0.6, None)]
)  # fmt: skip
def test_findings_compare_the_sources_of_a_class(low, value, level):
    _, summary = summarize(TUMOR_TYPE, *inputs_of(TUMOR_TYPE))
    bad = {"label": "glioma", "source": "bad", "n": 9, "groups": 4, "value": 0.5,
           "low": 0.3, "high": 0.6}  # fmt: skip
    good = bad | {"source": "good", "value": value, "low": low, "high": low and 1.0}
    other = good | {"label": "pituitary"}

    found = find_in_scores({**summary, "sources": [bad, good, other]})

    told = [item for item in found if "from bad" in item["text"]]
    assert [item["level"] for item in told] == ([level] if level else [])
    assert all("90.0% of the test images from good are found" in item["text"] for item in told)


def test_findings_name_the_weakest_and_the_smallest_class():
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE)
    rows = (predictions["split"] == "test") & (predictions["label"] == "glioma")
    wrong = predictions[rows].iloc[:15].index
    broken = predictions.copy()
    broken.loc[rows & predictions.index.isin(wrong), "label"] = "pituitary"

    items = findings_of(broken, baselines, manifest)

    weakest = next(item for item in items if "found least often" in item["text"])
    assert weakest["level"] == "warn"
    assert "pituitary" in weakest["text"]
    few = next(item for item in items if "Fewer than 30" in item["text"])
    assert "glioma (15)" in few["text"]


def test_findings_say_where_a_few_patients_hold_a_class():
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE)
    one = manifest.assign(group_id="one")

    items = findings_of(predictions, baselines, one)

    assert any("weigh as much as 1.0 of one size" in item["text"] for item in items)
    assert "(no interval can be given)" in items[0]["text"]


def test_where_all_are_found_no_class_is_called_the_weakest():
    predictions, baselines, manifest = inputs_of(TUMOR_TYPE)
    all_right = predictions.assign(predicted=predictions["label"])
    columns = [column for column in predictions if column.startswith("p_")]
    for column in columns:
        all_right[column] = (all_right["label"] == column.removeprefix("p_")) * 1.0
    items = findings_of(all_right, baselines, manifest)
    told = [item for item in items if "of every class are found" in item["text"]]
    assert len(told) == 1
    assert "glioma 100.0% (95% interval" in told[0]["text"]
    assert not any("found least often" in item["text"] for item in items)
