import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from assessment.test_scores import inputs_of, summarize
from brain_tumor_kedro.assessment.leakage_section import describe_leakage
from brain_tumor_kedro.assessment.limits import list_limits
from brain_tumor_kedro.assessment.metrics import score_splits
from brain_tumor_kedro.assessment.report import render_report
from brain_tumor_kedro.tasks import GLIOMA_GRADE
from web_page import Page, png

AB = ("a_tumor", "b")
SCORES = summarize(GLIOMA_GRADE, *inputs_of(GLIOMA_GRADE))[1]
LEAKAGE = describe_leakage(pd.DataFrame(), "9f2b6c1e9f2b6c1e")
HOSTILE = '<script>alert("x")</script>'


def predictions():
    table = pd.DataFrame({"label": ["a_tumor"] * 3 + ["b"], "p_a_tumor": [0.9, 0.8, 0.3, 0.4]})
    table["p_b"] = 1 - table["p_a_tumor"]
    table["predicted"] = np.where(table["p_a_tumor"] > 0.5, *AB)
    return pd.concat([table.assign(split=split) for split in ("train", "val", "test")])


def summary(**changes):
    return {
        "found": 5258,
        "kept": 4012,
        "rejected": {"near_copy": 1234, "label_conflict": 10, "odd_reason": 2},
        "sources": {
            "figshare": {"found": 3064, "kept": 2988},
            "kaggle/sartaj": {"found": 2194, "kept": 1024},
        },
        "classes": {"a_tumor": 4011, "b": 1},
        "splits": {
            "train": {"a_tumor": 3277, "b": 0},
            "val": {"a_tumor": 365, "b": 0},
            "test": {"a_tumor": 3, "b": 1},
        },
        "groups": 1204,
        "label_conflicts": 9,
        "source_overlap": {"figshare//kaggle/sartaj": 903},
        "published_split_leakage": {"kaggle/sartaj": {"test": 394, "copied_from_train": 259}},
        "cross_split_copies": 0,
        "crossings": {"patient": 12},
        "seconds": 71.25,
        "split_strategy": "group",
        "manifest_digest": "9f2b6c1e9f2b6c1e",
        "phantom": False,
    } | changes


def training(**changes):
    return {
        "recipe_name": "tiny_cnn",
        "backbone": "cnn",
        "recipe": {
            "weights": None,
            "image_size": 1024,
            "head": {"units": [256, 64], "dropout": 0.3},
            "class_weights": True,
            "phases": [{"name": "head", "epochs": 3}, {"name": "fine_tune", "patience": 2}],
        },
        "parameters": {"total": 738148, "trainable": {"head": 327940}},
        "epochs": 3,
        "best_epoch_by_phase": {"head": 1},
        "seconds": 433.8,
        "device": "CPU",
        "precision": "float32",
        "manifest_digest": "9f2b6c1e9f2b6c1e",
        "versions": {"keras": "3.15.1"},
    } | changes


def render(**changes):
    history = pd.DataFrame(
        {
            "epoch": [0, 1, 2],
            "phase": ["head", "head", "fine_tune"],
            "loss": [0.9, 0.5, 0.4],
            "val_loss": [0.8, 0.4321, np.nan],
            "val_accuracy": [0.5, 0.75, 0.75],
        }
    )
    arguments = {
        "summary": summary(),
        "training": training(),
        "metrics": score_splits(predictions(), AB),
        "history": history,
        "themes": {"scores": SCORES, "leakage": LEAKAGE},
        "figures": {
            "confusion": (Figure(figsize=(1, 1)), "Confusions of every class."),
            "augmentation": (png(), "Views."),
            "sizes": (png(), "Sizes & shapes."),
        },
        "registration": {"name": "brain_tumor", "version": 3, "decision": "Champion stays."},
        "created": "21 November 2026",
        "git_revision": "3b1f0aa",
        "command": "kedro run --env sample",
        "reasons": {"near_copy": "the same slice again"},
    }
    return render_report(**(arguments | changes))


@pytest.fixture(scope="module")
def page():
    return Page(render())


def test_the_page_is_well_formed_and_stands_alone():
    html = render()
    page = Page(html)

    assert html.startswith("<!DOCTYPE html>")
    assert page.open == []
    assert not re.search(r"https?:|//[a-z]|url\(|@import", html.replace("base64,", ""))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    references = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "srcset"}
    ]
    inlined = [value for value in references if value.startswith("data:image/webp;base64,")]
    assert len(inlined) == 3
    assert all(value in inlined or value.startswith("#") for value in references)


def test_figures_are_inlined_with_alternative_text_and_caption(page):
    drawn = [base64.b64decode(image["src"].split(",")[1]) for image in page.find("img")]

    assert [image["alt"] for image in page.find("img")] == [
        "Sizes & shapes.",
        "Views.",
        "Confusions of every class.",
    ]
    assert Image.open(io.BytesIO(drawn[0])).size == Image.open(io.BytesIO(png())).size
    assert Image.open(io.BytesIO(drawn[2])).size == (120, 120)
    assert "Confusions of every class." in page.text


def test_every_table_has_a_caption_and_scrolls_in_its_own_box():
    html = render()
    tables = html.count("<table")
    assert tables >= 9
    assert html.count("<caption>") == tables
    assert html.count('<div class="scroll"') == tables


def test_the_headline_names_accuracy_number_and_split():
    text = Page(render()).text
    assert "75.0% of 4 test images classified correctly , group split." in text
    assert "sees no relative of a test image" in text
    image_split = Page(render(summary=summary(split_strategy="image"))).text
    assert "higher than what new patients would give" in image_split


@pytest.mark.parametrize(
    "words",
    [
        "5,258 files or images were found in 2 sources; 4,012 of them (76.3%)",
        "form 1,204 groups",
        "kaggle/sartaj 2,194 1,024 46.7%",
        "near copy 1,234 the same slice again",
        "odd reason 2 see the manifest",
        "a tumor 3,277 365 3 3,645",
        "259 of 394 test images of kaggle/sartaj (65.7%) are copies of its training images.",
        "9 sets of copies carry labels that contradict each other.",
        "903 slices are in both figshare and kaggle/sartaj.",
        "0 pairs of copies cross the splits used here.",
        "12 ties by patient cross the splits used here.",
        "Parameters 738,148",
        "Training time 7 min",
        "head 2 1 0.432 0.750",
        "fine tune 1 - - -",
        "trainable.head 327,940",
        "image_size 1024",
        "head.units 256, 64",
        "weights -",
        "class_weights true",
        "Champion stays.",
        "Manifest digest 9f2b6c1e9f2b6c1e",
        "Git revision 3b1f0aa",
        "keras 3.15.1",
        "kedro run --env sample",
        *list_limits("slice"),
    ],
)
def test_the_page_says(page, words):
    assert words in page.text


def test_phantom_data_is_said_to_be_phantom_data_and_real_data_is_not():
    banner = "none has any clinical meaning"
    assert banner not in Page(render()).text
    text = Page(render(summary=summary(phantom=True))).text
    assert banner in text
    assert "of 4 phantom test images" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"summary": summary(cross_split_copies=7)}, "7 pairs of copies lie in different splits"),
        ({"training": training(manifest_digest="0000")}, "trained on the manifest 0000"),
        (
            {"summary": summary(splits={"test": {"b": 9}})},
            "4 test images were scored, the test split holds 9",
        ),
    ],
)
def test_what_makes_the_numbers_doubtful_is_said_first(changes, words):
    assert 'role="alert"' not in render()
    page = Page(render(**changes))
    assert words in page.text
    assert {"class": "banner", "role": "alert"} in page.find("div")


def test_whatever_comes_in_from_outside_is_escaped():
    html = render(
        summary=summary(
            sources={HOSTILE: {"found": 1, "kept": 1}},
            rejected={HOSTILE: 1},
            published_split_leakage={HOSTILE: {"test": 1, "copied_from_train": 1}},
            source_overlap={f"{HOSTILE}//b": 1},
            splits={HOSTILE: {HOSTILE: 1}},
        ),
        training=training(recipe_name=HOSTILE, recipe={HOSTILE: HOSTILE}, device=HOSTILE),
        registration={HOSTILE: HOSTILE, "decision": HOSTILE},
        figures={'"><script>': (png(), f'">{HOSTILE}')},
        limits=[HOSTILE],
        title=HOSTILE,
        created=HOSTILE,
        command=HOSTILE,
    )
    assert Page(html).find("script") == []
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_whatever_is_missing_does_not_break_the_page():
    empty = pd.DataFrame()
    page = Page(
        render_report(
            summary={},
            training={},
            metrics={},
            history=empty,
            themes={},
            figures={},
            registration={},
            created="today",
        )
    )
    assert page.open == []
    assert "No test images were scored." in page.text
    assert "No source publishes a split of its own" in page.text


def test_an_undefined_auroc_is_a_dash():
    only_a = predictions()[lambda table: table["label"] == "a_tumor"]
    text = Page(
        render(
            metrics=score_splits(only_a, AB),
        )
    ).text
    assert "AUROC -." in text


def test_held_out_sources_are_listed():
    counts = {"kaggle/out": {"found": 1500, "kept": 179, "overlapping": 677}}
    tables = [predictions(), predictions().assign(split="external", label="b")]
    scores = score_splits(pd.concat(tables, ignore_index=True), AB)

    page = render(summary=summary(external=counts), metrics=scores)

    assert "<td>1,500</td><td>179</td><td>677</td>" in page


def test_the_headline_names_the_strategy_in_words():
    assert "published fold split" in render(summary=summary(split_strategy="published_fold"))


@pytest.mark.parametrize("flipped", [True, False])
def test_why_scores_differ_from_those_of_the_epoch_is_said(flipped):
    trained = training(kept_epoch=2)
    trained["recipe"] = {**trained["recipe"], "test_time_flip": flipped}
    html = render(training=trained)

    assert "weights of epoch 2." in html
    assert ("with its mirror image" in html) == flipped


def test_the_summary_has_what_weighs_most_and_the_sections_have_all():
    found = [{"level": "good", "text": "Fine & good."}, {"level": "warn", "text": "Not sure."}]
    themes = {
        "scores": {**SCORES, "findings": found},
        "leakage": {**LEAKAGE, "findings": [{"level": "good", "text": "Nothing leaks."}]},
    }
    summary, _, rest = (
        Page(render(themes=themes)).text.partition("In short This")[2].partition("What came in")
    )
    assert "The price of leakage . Good: Nothing leaks. Results . Careful: Not sure." in summary
    assert "Fine & good." not in summary
    assert "Results Careful: Not sure. Good: Fine & good. Scores by split" in rest


def test_every_link_of_the_contents_has_its_section(page):
    wanted = [link["href"].removeprefix("#") for link in page.find("a")]
    there = [section["id"] for section in page.find("section")]
    assert wanted[: len(there)] == there
    assert set(wanted) == set(there)
    assert {"summary", "data", "leakage", "model", "results", "limits", "reproduce"} == set(there)


def test_the_headline_has_the_interval():
    table = pd.DataFrame(
        [("test", "classifier", "all", "accuracy", 0.5, 0.92)],
        columns=["split", "predictor", "label", "metric", "low", "high"],
    )
    assert "95% interval 50.0% to 92.0%" in Page(render(scores_table=table)).text
    assert "95% interval" not in Page(render()).text.split("In short")[0]


def test_how_far_the_checklists_are_filled_is_told():
    filled = {"name": "CLAIM", "items": [1, 2, 3], "counts": {"filled": 1, "partly": 0, "open": 2}}
    assert "CLAIM 3 1 0 2" in Page(render(checklists=[filled])).text


def test_weights_are_named_without_their_folder():
    recipe = {"backbone": "tiny_cnn", "weights": "/home/me/secret/cnn.weights.h5"}
    page = Page(render(training=training(recipe=recipe)))
    assert "weights cnn.weights.h5" in page.text
    assert "/home/me" not in page.text


def test_the_settings_of_phases_are_rows_and_each_phase_a_column():
    html = render()
    table = html[html.index("recipe&#39;s phases</caption>") :]
    table = re.sub(r"\s+", " ", table[: table.index("</table>")])
    assert '<th scope="col">Setting</th><th scope="col">head</th><th scope="col">fine_tune' in table
    assert '<th scope="row">epochs</th><td>3</td><td>\N{EN DASH}</td>' in table
    assert '<th scope="row">patience</th><td>\N{EN DASH}</td><td>2</td>' in table
