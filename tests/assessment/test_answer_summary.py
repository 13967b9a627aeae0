import json

import pytest

from answered import CLASSES, make_row, make_unreadable, review
from brain_tumor_kedro.assessment.answer_summary import (
    KINDS,
    AnswerCounts,
    find_caution,
    find_group,
    find_kinds,
)
from brain_tumor_kedro.doubts import BURNED_IN, NOT_SQUARE


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        (make_row(), []),
        (make_unreadable(), ["unreadable"]),
        (make_row(out_of_distribution=True, **review()), ["foreign"]),
        (make_row(quality="blank", **review()), ["blank"]),
        (make_row(p=0.55, prediction_set="glioma|no_tumor", **review()), ["several", "unsure"]),
        (make_row(**review(BURNED_IN)), ["doubtful"]),
        (make_row(quality="noise", **review(f"poor; {NOT_SQUARE}")), ["quality", "doubtful"]),
        (make_row(prediction_set=None, out_of_distribution=None), []),
    ],
)
def test_every_reason_has_a_kind(row, kinds):
    assert find_kinds(row, 0.6) == kinds


def test_without_a_threshold_nobody_is_unsure():
    assert find_kinds(make_row(p=0.51, quality="noise", **review()), None) == ["quality"]


@pytest.mark.parametrize(
    ("changes", "caution", "group"),
    [
        ({}, "", "good"),
        (review(prediction_set="glioma|no_tumor"), "to be reviewed", "several"),
        (review(quality="low_contrast"), "not to be relied on", "quality"),
        (review(out_of_distribution=True), "not to be relied on", "foreign"),
        (review(out_of_distribution=True, quality="nearly_blank"), "not to be relied on", "blank"),
    ],
)
def test_what_is_said_before_a_class_and_where_it_is_shown(changes, caution, group):
    row = make_row(**changes)

    assert (find_caution(row), find_group(row, 0.6)) == (caution, group)


def test_answers_are_counted():
    rows = [
        make_row("a"),
        make_row("b", frame=0, p=0.2),
        make_row("b", frame=1, out_of_distribution=True, quality="blank", **review()),
        make_unreadable("c"),
    ]
    counts = AnswerCounts(CLASSES, 0.6)
    for row in rows:
        counts.add(row)

    summary = counts.summarize()

    assert summary == {
        "files": 3,
        "images": 4,
        "answered": 3,
        "needs_review": 2,
        "guarded": 3,
        "labels": {"glioma": 1, "no_tumor": 1},
        "unreliable": 1,
        "without_review": {"glioma": 1, "no_tumor": 1},
        "review": dict.fromkeys(KINDS, 0) | {"unreadable": 1, "foreign": 1, "blank": 1},
        "quality": {"good": 2, "blank": 1, "not_an_image": 1},
    }
    assert json.loads(json.dumps(summary)) == summary


def test_nothing_counted_is_no_error():
    assert AnswerCounts(CLASSES, None).summarize()["labels"] == {"glioma": 0, "no_tumor": 0}
