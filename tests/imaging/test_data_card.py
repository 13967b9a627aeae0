from typing import get_args

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from brain_tumor_kedro.imaging.data_card import (
    STRATEGIES,
    ExportSettings,
    SourceTerms,
    list_unlicensed,
    render_data_card,
)
from brain_tumor_kedro.imaging.splitting import SplitSettings

RUN = {"created": "2026-01-02 03:04 UTC", "git_revision": "abc"}
TERMS = SourceTerms(
    match=("Figshare", "kaggle/*known*"), name="A name", license="CC BY 4.0", citation="Somebody"
)
SETTINGS = ExportSettings(sources={"one": TERMS}, notes=("A note of one's own.",))
SUMMARY = {
    "phantom": False,
    "manifest_digest": "0123456789abcdef",
    "found": 1234,
    "groups": 3,
    "sources": {"figshare": {"found": 1200}, "kaggle/other": {"found": 34}},
    "rejected": {"near_copy": 1230},
    "split_strategy": "group",
    "similarity": {"copy_local": 0.876, "search": {"probes": 96}},
    "expert_sources": ["figshare"],
    "source_overlap": {"figshare//kaggle/other": 17},
    "created": "2026-01-01 00:00 UTC",
    "git_revision": "def-dirty",
}


def make_exported(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["source", "split", "label"])
    return table.assign(patient_id=None)


EXPORTED = make_exported(
    ("figshare", "train", "glioma"),
    ("figshare", "train", "pituitary"),
    ("figshare", "external", "glioma"),
    ("kaggle/other", "test", "glioma"),
)


def render(exported=EXPORTED, settings=SETTINGS, **changes) -> str:
    return render_data_card(exported, SUMMARY | changes, settings, RUN)


def test_images_are_counted_by_split_class_and_source():
    card = render()

    assert "| split | glioma | pituitary | all |" in card
    assert "| train | 1 | 1 | 2 |\n| test | 1 | 0 | 1 |\n| external | 1 | 0 | 1 |" in card
    assert "| **all** | 3 | 1 | 4 |" in card
    assert "| `figshare` | 1,200 | 3 | 2 | 1 |" in card
    assert "`external` holds whole sources" in card
    assert "`external`" not in render(EXPORTED[EXPORTED["split"] != "external"])


@pytest.mark.parametrize("strategy", get_args(SplitSettings.model_fields["strategy"].annotation))
def test_every_way_to_split_is_explained(strategy):
    assert STRATEGIES[strategy] in render(split_strategy=strategy)


def test_thresholds_reasons_and_revisions_of_the_curation_are_named():
    card = render()

    assert "| similarity.search.probes | `96` |" in card
    for text in ("`0.876`", "| near_copy | 1,230 |", "0123456789abcdef", "abc", "def-dirty"):
        assert text in card
    assert "A note of one's own." in card
    assert "PHANTOM" not in card


def test_patients_that_copies_gave_back_are_counted():
    patients = {name: {"tumor_files": 9876, "recovered": n} for name, n in (("a", 1234), ("b", 0))}

    card = render(atlas={"patients": patients})

    assert "Of 9,876 tumor files in `a`, 1,234 are copies" in card
    assert "tumor files in `b`" not in card


def test_the_head_is_what_the_hub_reads():
    head = yaml.safe_load(render().split("---\n")[1])

    assert head["size_categories"] == ["n<1K"]
    assert head["configs"][0]["data_files"] == [
        {"split": name, "path": f"{name}/**"} for name in ("train", "test", "external")
    ]


def test_a_source_without_a_license_is_warned_of():
    card = render()

    assert list_unlicensed(EXPORTED, SETTINGS) == ["kaggle/other"]
    assert "No license is recorded for `kaggle/other`." in card
    assert "License: CC BY 4.0. Cite: Somebody" in card
    assert "Check before publishing" not in render(EXPORTED[EXPORTED["source"] == "figshare"])


def test_phantoms_are_called_so_on_top_and_carry_no_published_license():
    card = render(phantom=True)

    text = card.split("---\n")[2]
    assert text.strip().startswith("> **PHANTOM DATA.")
    assert "phantom" in yaml.safe_load(card.split("---\n")[1])["tags"]
    assert "CC BY" not in card
    assert "Somebody" not in card


@pytest.mark.parametrize("name", ["kaggle/a|b", "kaggle/a\nb", "kaggle/`a`", "kaggle/{{ 7 * 7 }}"])
def test_names_from_outside_break_no_table(name):
    card = render(make_exported((name, "train", "glioma")), sources={name: {"found": 7}})

    (row,) = [line for line in card.splitlines() if line.startswith("| `kaggle")]
    assert row.replace("\\|", "").count("|") == 7
    assert "49" not in row


def test_a_summary_may_lack_everything():
    card = render_data_card(EXPORTED, {}, SETTINGS, RUN)

    assert "| **all** | 3 | 1 | 4 |" in card
    assert "None" not in card


def test_packed_images_are_described_as_such():
    card = render(settings=SETTINGS.model_copy(update={"images": "packed"}))

    assert "scaled to fit one square" in card
    assert "at its published size" not in card


@pytest.mark.parametrize(
    ("source", "found"),
    [("figshare", True), ("kaggle/An-UNKNOWN-one", True), ("kaggle/set", False)],
)
def test_terms_are_found_by_the_name_of_the_source(source, found):
    assert (SETTINGS.find_terms(source) is TERMS) == found


def test_a_misspelt_setting_is_refused():
    with pytest.raises(ValidationError, match="licence"):
        ExportSettings(sources={"a": {"match": ["a"], "name": "a", "licence": "MIT"}})
