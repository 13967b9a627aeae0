import re
from typing import get_args

import pandas as pd
import pytest

from brain_tumor_kedro.assessment.curation_report import (
    CAPTIONS,
    MOST_CONFLICTS,
    STRATEGIES,
    render_curation_report,
)
from brain_tumor_kedro.assessment.limits import OF_SLICES
from brain_tumor_kedro.imaging.cohort import CohortSettings
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.imaging.volumes import SliceSettings
from web_page import Page, png

HOSTILE = '<script>alert("x")</script>'
SUMMARY = {
    "phantom": False,
    "manifest_digest": "9f2b6c1e9f2b6c1e",
    "split_strategy": "group",
    "found": 5258,
    "kept": 4012,
    "rejected": {"label_conflict": 10, "near_copy": 1234},
    "sources": {
        "figshare": {"found": 3064, "kept": 2988, "rejected": {"near_copy": 76}},
        "kaggle/set": {
            "found": 2194,
            "kept": 1024,
            "rejected": {"near_copy": 1158, "label_conflict": 10},
        },
    },
    "splits": {"train": {"no_tumor": 7, "glioma": 5}, "test": {"glioma": 1}},
    "groups": 1204,
    "relatives": 3000,
    "label_conflicts": 1,
    "source_overlap": {"figshare//kaggle/set": 903},
    "published_split_leakage": {"kaggle/set": {"test": 394, "copied_from_train": 259}},
    "cross_split_copies": 0,
    "seconds": 80.0,
    "split": {"strategy": "group", "seed": 0},
    "created": "21 November 2026",
    "command": "kedro run --pipelines curation",
}
CONFLICTS = pd.DataFrame(
    {
        "conflict": 1,
        "image_id": ["figshare/1.mat", "kaggle/set/1.jpg"],
        "label": ["glioma", "no_tumor"],
        "trusted": [True, False],
        "verdict": ["kept", "label_conflict"],
        "decision": "kept as glioma: the label of figshare is trusted",
    }
)


def render(summary=None, **changes) -> str:
    arguments = {
        "summary": SUMMARY | (summary or {}),
        "conflicts": CONFLICTS,
        "figures": {name: (png(), caption) for name, caption in CAPTIONS.items()},
        "reasons": {"near_copy": "the same slice again"},
        "classes": ("glioma", "no_tumor"),
    }
    return render_curation_report(**(arguments | changes))


@pytest.fixture(scope="module")
def html() -> str:
    return render()


def test_the_page_is_well_formed_and_stands_alone(html):
    page = Page(html)

    assert html.startswith("<!DOCTYPE html>")
    assert page.open == []
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?:|url\(|@import", html)
    assert page.find("main") and len(page.find("h1")) == 1


def test_every_figure_is_shown_once_in_its_place(html):
    shown = [figure["id"].removeprefix("figure-") for figure in Page(html).find("figure")]
    assert shown == list(CAPTIONS)


def test_every_table_scrolls_in_its_own_box(html):
    tables = html.count("<table")
    assert tables >= 6
    assert html.count("<caption>") == tables
    assert html.count('<div class="scroll"') == tables


@pytest.mark.parametrize(
    "words",
    [
        "4,012 distinct slices in the data set , out of 5,258 files and images, in 1,204 groups",
        "3,000 pairs of kept images are so alike.",
        "Reason Images What it means figshare kaggle/ set near copy 1,234 The same",
        "kaggle/set 2,194 1,024 46.7%",
        "label conflict 10 see the manifest 0 10",
        "The split is by groups",
        "glioma 5 1 6 no tumor 7 0 7 all 12 92.3% 1 7.7% 13",
        "259 of 394 test images of kaggle/set (65.7%) are copies of its training images.",
        "903 slices are in both figshare and kaggle/set.",
        "1 sets of copies carry labels that contradict each other.",
        "1 figshare/ 1.mat glioma, trusted kept kept as glioma: the label of figshare is trusted "
        "kaggle/ set/ 1.jpg no tumor label conflict",
        "Curation took 80 s.",
        "kedro run --pipelines curation",
        "seed 0",
        *OF_SLICES,
    ],
)
def test_the_page_says(html, words):
    text = Page(html).text.replace("The same slice", "the same slice")
    assert words.replace("The same", "the same") in text


def test_what_other_steps_add_is_shown_where_it_is_there(html):
    more = {
        "sources": {"figshare": {"found": 2, "kept": 2, "rejected": {}, "flagged": 3}},
        "external": {"kaggle/other": {"found": 1500, "kept": 1200, "overlapping": 300}},
        "atlas": {
            "files": 5000,
            "pictures": 4100,
            "in_several_sources": 903,
            "label_conflicts": 1,
            "patients": {"kaggle/set": {"tumor_files": 200, "own": 0, "recovered": 150}},
        },
        "folds": {"1": 1200, "2": 1199},
        "published_folds": {"1": 613},
        "notes": ["The index does not fit."],
    }
    text = Page(render(more)).text

    for words in (
        "Kept share Flagged figshare 2 2 100.0% 3",
        "kaggle/other 1,500 1,200 300",
        "5,000 files that show a slice show 4,100 distinct pictures",
        "kaggle/set 200 0 150 75.0%",
        "by group Fold 1 2 Images 1,200 1,199",
        "publishes Fold 1 Images 613",
        "The index does not fit.",
    ):
        assert words in text
        assert words not in Page(html).text


def test_a_figure_without_a_place_comes_last():
    page = Page(render(figures={"new": (png(), "New."), "copies": (png(), "Copies.")}))
    assert [figure["id"] for figure in page.find("figure")] == ["figure-copies", "figure-new"]


def test_a_long_list_of_conflicts_is_cut_and_the_rest_counted():
    many = pd.concat([CONFLICTS.assign(conflict=n) for n in range(MOST_CONFLICTS + 2)])
    text = Page(render(conflicts=many)).text

    assert "2 more sets are in label_conflicts.csv" in text
    assert text.count("figshare/ 1.mat") == MOST_CONFLICTS


def test_phantoms_are_said_to_be_phantoms():
    assert "clinical meaning" not in Page(render()).text
    text = Page(render({"phantom": True})).text
    assert "none has any clinical meaning" in text
    assert "distinct phantom slices" in text


def test_copies_across_splits_are_said_first():
    page = Page(render({"cross_split_copies": 7}))
    assert "7 pairs of copies lie in different splits" in page.text
    assert {"class": "banner", "role": "alert"} in page.find("div")


def test_whatever_comes_in_from_outside_is_escaped():
    html = render(
        {
            "sources": {HOSTILE: {"found": 1, "kept": 1, "rejected": {HOSTILE: 1}}},
            "rejected": {HOSTILE: 1},
            "external": {HOSTILE: {"kept": HOSTILE}},
            "command": HOSTILE,
            "notes": [HOSTILE],
            "folds": {HOSTILE: 1},
        },
        conflicts=CONFLICTS.assign(image_id=HOSTILE, label=HOSTILE, decision=HOSTILE),
        figures={"overlaps": (png(), HOSTILE)},
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_whatever_is_missing_does_not_break_the_page():
    page = Page(
        render_curation_report(
            summary={}, conflicts=CONFLICTS[:0], figures={}, reasons={}, classes=()
        )
    )
    assert page.open == []
    assert "No source publishes a split of its own" in page.text


def test_every_split_strategy_is_explained():
    choices = get_args(SplitSettings.model_fields["strategy"].annotation)

    assert set(STRATEGIES) == set(choices)
    for strategy in choices:
        assert STRATEGIES[strategy] in render({"split_strategy": strategy})


def test_settings_that_decided_nothing_are_not_listed():
    by_group = Page(render({"split": SplitSettings().model_dump()})).text
    by_fold = Page(render({"split": SplitSettings(strategy="published_fold").model_dump()})).text

    assert "train 0.817" in by_group
    assert "test_fold" not in by_group
    assert "test_fold 5" in by_fold
    assert "train 0.817" not in by_fold


def test_of_volumes_the_cohort_and_the_choice_of_slices_are_listed():
    cohort, choice = CohortSettings().model_dump(), SliceSettings(minimum_area=7).model_dump()

    text = Page(render({"cohort": cohort, "slice_choice": choice})).text
    largest = Page(render({"slice_choice": choice | {"choose": "largest"}})).text

    for words in (
        "channels t1ce, t2, flair", "spacing 1.0, 1.0, 1.0", "same_patient first",
        "choose visible", "minimum_area 7",
    ):  # fmt: skip
        assert words in text
    assert "k 10" not in text
    assert "k 10" in largest


def test_folds_of_patients_are_counted_in_patients_and_slices():
    patients = {"classes": {"LGG": 9}, "splits": {"train": {"LGG": 9}}, "folds": {"0": 5, "1": 4}}

    text = Page(render({"patients": patients, "folds": {"0": 300, "1": 290}})).text

    assert "Fold 0 1 Patients 5 4 Slices 300 290" in text


def test_equally_frequent_reasons_come_by_name():
    text = Page(render({"rejected": {"near_copy": 1, "blank": 1, "exact_copy": 2}})).text

    assert text.index("exact copy 2") < text.index("blank 1") < text.index("near copy 1")
