import re

import pytest

from brain_tumor_kedro.assessment.checklists import (
    CHECKLISTS,
    fill_checklist,
    render_checklists,
)
from run_facts import make_facts


def by_item(name, **changes):
    return {item["item"]: item for item in fill_checklist(name, make_facts(**changes))["items"]}


@pytest.mark.parametrize(("name", "items"), [("tripod_ai", 52), ("claim", 42)])
def test_every_item_is_there_once_and_says_something(name, items):
    checklist = fill_checklist(name, make_facts())
    numbers = [item["item"] for item in checklist["items"]]
    assert len(numbers) == len(set(numbers)) == items
    assert all(item["answer"] or item["authors"] for item in checklist["items"])
    assert sum(checklist["counts"].values()) == items
    assert min(checklist["counts"].values()) > 0


def test_answers_come_from_the_run():
    items = by_item("tripod_ai")
    assert "5,258 files found, 4,012 kept" in items["6b"]["answer"]
    assert "near copy 1,246" in items["6b"]["answer"]
    assert "0.750 (95% interval" in items["23a"]["answer"]
    assert by_item("claim")["30"]["answer"] == "Noise breaks it."


@pytest.mark.parametrize(
    ("patience", "said"), [(None, "the last epoch"), (3, "best on the validation split")]
)
def test_the_epoch_is_said_to_be_chosen_only_where_it_was(patience, said):
    phase = {"name": "head", "early_stopping": patience and {"patience": patience}}
    training = {**make_facts()["training"], "recipe": {"phases": [phase]}}
    assert said in by_item("tripod_ai", training=training)["12c"]["answer"]


def test_without_external_images_the_data_are_compared_all_the_same():
    assert by_item("tripod_ai")["16"]["state"] == "filled"


def test_what_the_run_does_not_know_stays_open():
    item = by_item("claim")["31"]
    assert (item["state"], item["answer"]) == ("open", "")
    assert by_item("claim")["32"]["state"] == "open"


def test_external_images_are_told():
    splits = {"test": {"glioma": 3}, "external": {"glioma": 12}}
    summary = {**make_facts()["data"], "splits": splits}
    assert "12 images" in by_item("claim", summary=summary)["32"]["answer"]


@pytest.mark.parametrize("phantom", [True, False])
def test_the_text_has_a_table_for_each_and_says_what_is_phantom(phantom):
    text = render_checklists(make_facts(summary={**make_facts()["data"], "phantom": phantom}))
    rows = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 52 + 42
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert text.count("## ") == len(CHECKLISTS)
    assert ("Phantom data" in text) == phantom
