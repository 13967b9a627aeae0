import json

import pandas as pd
import pytest

from brain_tumor_kedro.assessment.leakage_figure import plot_price
from brain_tumor_kedro.assessment.leakage_price import SUBSETS
from brain_tumor_kedro.assessment.leakage_section import describe_leakage, list_scores, select_price
from brain_tumor_kedro.assessment.pages import embed_figures, render_page
from brain_tumor_kedro.tasks import note_data
from web_page import Page

DIGEST = "0123456789abcdef"


def make_row(protocol: str, accuracy: float, source: str | None = None, **fields) -> dict:
    row = {
        "protocol": protocol, "source": source, "repeats": 1, "n_train": 1000, "n_test": 100,
        "groups": 80, "tested": "glioma,no_tumor", "lacking": "", "accuracy": accuracy,
        "low": accuracy - 0.05, "high": accuracy + 0.02, "macro_f1": accuracy,
        "macro_f1_low": accuracy - 0.05, "macro_f1_high": accuracy + 0.02,
        "copy_share": 0.0, "relative_share": 0.0,
    }  # fmt: skip
    for name in SUBSETS:
        row |= {f"{name}_n": 0, **{f"{name}_{end}": None for end in ("accuracy", "low", "high")}}
    ends = {"no_copy_low": accuracy - 0.05, "no_copy_high": accuracy + 0.02}
    rest = {"no_copy_n": 100, "no_copy_accuracy": accuracy, **ends}
    return row | rest | fields


def make_table(*rows: dict, **attrs) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    table.attrs = {
        "manifest_digest": DIGEST, "classifier": "Linear probe", "images": 1234, "repeats": 5,
        "sources": ["figshare", "kaggle/set"], "phantom": False, "notes": ["What was left out."],
        "git_revision": "abc", "created": "today", "recipe": "vgg16", **attrs,
    }  # fmt: skip
    return table


COPIES = {
    "relative_n": 80,
    "copy_n": 69,
    "copy_share": 0.69,
    "copy_accuracy": 0.98,
    "copy_low": 0.9,
    "copy_high": 1.0,
}
OTHERS = {"no_copy_n": 31, "no_copy_accuracy": 0.42, "no_copy_low": 0.3, "no_copy_high": 0.5}


@pytest.fixture
def table() -> pd.DataFrame:
    return make_table(
        make_row("naive_merge", 0.967, **COPIES, **OTHERS),
        make_row("groups_apart", 0.86),
        make_row("published_folders", 0.8, "kaggle/set", **COPIES, **OTHERS),
        make_row("source_left_out", 0.5, "kaggle/set", tested="no_tumor"),
        make_row("source_left_out", 1.0, "figshare", low=None, high=None, n_test=15, groups=2),
    )


def stack(*tables: pd.DataFrame) -> pd.DataFrame:
    """As `PreviousTablesDataset` loads them, the newest first."""
    if not tables:
        return pd.DataFrame()
    numbered = [table.assign(version=n) for n, table in enumerate(tables)]
    together = pd.concat(numbered, ignore_index=True)
    together.attrs = {"versions": [table.attrs for table in tables]}
    return together


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def render(section: dict, table: pd.DataFrame | None) -> Page:
    figures = {} if table is None else {"leakage": (plot_price(table), "The price.")}
    shown = {figure["name"]: figure for figure in embed_figures(figures)}
    return Page(render_page("leakage.html.j2", leakage=section, figures=shown))


def test_the_newest_table_of_the_same_data_is_taken(table):
    other = make_table(make_row("groups_apart", 0.1), manifest_digest="other")
    older = make_table(make_row("groups_apart", 0.2))

    chosen = select_price(stack(other, table, older), DIGEST)

    pd.testing.assert_frame_equal(chosen, table, check_dtype=False)
    assert chosen.attrs == table.attrs
    assert select_price(stack(other), DIGEST) is None
    assert select_price(stack(), DIGEST) is None


def test_findings_say_what_was_measured(table):
    section = describe_leakage(stack(table), DIGEST)

    found = {finding["text"]: finding["level"] for finding in section["findings"]}
    assert list(found.values()) == ["warn", "warn", "warn", "note"]
    said = " ".join(found)
    assert "looks 10.7 points better: 96.7% there, 86.0% on groups" in said
    assert "69 of 100 published test images of set have a copy" in said
    assert "98% of them are right, 42% of the others" in said
    assert (
        "it is right on 50.0% of 100 images of set, those that have no relative elsewhere." in said
    )
    assert "Only 15 images of figshare (2 groups)" in said
    assert json.loads(json.dumps(section)) == section


def test_without_leaks_the_findings_are_good():
    table = make_table(
        make_row("published_folders", 0.9, "kaggle/set"),
        make_row("naive_merge", 0.9),
        make_row("groups_apart", 0.9),
        make_row("source_left_out", 0.89, "kaggle/set", majority=0.456),
    )

    found = describe_leakage(stack(table), DIGEST)["findings"]

    assert [finding["level"] for finding in found] == ["good"] * 3
    assert "45.6% would be right by naming their commonest class alone" in found[-1]["text"]


def test_protocols_that_were_not_run_are_not_compared():
    section = describe_leakage(stack(make_table(make_row("groups_apart", 0.9))), DIGEST)

    assert section["measured"]
    assert section["findings"] == []


def test_the_page_shows_every_row_with_its_interval(table):
    page = render(describe_leakage(stack(table), DIGEST), table)

    assert len(page.find("tr")) == (1 + len(table)) + (1 + 2)
    assert len(page.find("img")) == 1
    for words in ("86.0%", "81.0 to 88.0", "69.0%", "no tumor alone", "What was left out."):
        assert words in page.text
    assert not page.open
    assert "nan" not in page.text.lower()


def test_where_nothing_was_measured_the_page_says_what_to_run():
    page = render(describe_leakage(stack(), DIGEST), None)

    assert "kedro run --pipelines leakage" in page.text
    assert not page.find("table")


def test_the_figure_names_data_classifier_and_every_protocol(table):
    said = texts(plot_price(table))

    assert any("1,234 images of figshare, set" in text and "Linear probe" in text for text in said)
    assert "Published folders: set" in said
    assert {"96.7%", "98%", "42%", "86.0%"} <= set(said)
    assert "n = 100, all no tumor, no relative in training" in said
    assert "n = 15, only 2 groups" in said
    assert note_data(True) not in said


def test_a_figure_of_phantoms_says_so_and_an_empty_one_too():
    lone = make_table(make_row("groups_apart", 0.9), phantom=True)

    assert note_data(True) in texts(plot_price(lone))
    assert "those without" not in texts(plot_price(lone))
    assert "no protocol could be run" in texts(plot_price(make_table()))


def test_the_log_has_a_line_for_every_protocol(table):
    lines = list_scores(table)

    assert len(lines) == len(table)
    assert lines[0].startswith("Published folders: set")
    assert "80.0% (75.0% to 82.0%)" in lines[0]
    assert lines[0].endswith("69% with a copy in training: 98.0% on those, 42.0% on others")
    assert "100.0% n = 15, only 2 groups" in " ".join(lines[-1].split())


@pytest.mark.parametrize(
    ("gain", "level", "said"),
    [
        ({}, "note", "Their 95% intervals overlap: it may be chance."),
        ({"gain_low": -0.2, "gain_high": 0.43}, "note", "is -20.0 to +43.0 points: it cannot be"),
        ({"gain_low": 0.02, "gain_high": 0.2}, "warn", "difference is +2.0 to +20.0 points."),
        ({"low": None, "high": None}, "note", "too few groups to say how sure"),
    ],
)
def test_a_gain_that_may_be_chance_is_no_warning(gain, level, said):
    table = make_table(make_row("copies_removed", 0.9, **gain), make_row("groups_apart", 0.88))
    (found,) = describe_leakage(stack(table), DIGEST, "grading_", "patient")["findings"]
    assert found["level"] == level
    assert found["text"].startswith("Split at random, slice by slice, one classifier looks 2.0")
    assert "88.0% on patients it has not seen" in found["text"]
    assert said in found["text"]


def test_slices_of_patients_are_not_spoken_of_as_copies_or_sources():
    related = {"relative_n": 100, "relative_share": 1.0}
    rows = make_row("copies_removed", 0.9, **related), make_row("groups_apart", 0.8)
    table = make_table(*rows, unit="patient")
    page = render(describe_leakage(stack(table), DIGEST, "grading_", "patient"), table)
    assert "Slice by slice, at random: 100.0% of the test slices have another slice" in page.text
    assert "Patients kept apart" in page.text
    for words in ("Copies removed", "One source left out", "contrast agent", "copy in training"):
        assert words not in page.text
    assert len(page.find("table")) == 1
    assert "Slice by slice, at random" in texts(plot_price(table))
    assert list_scores(table)[0].startswith("Slice by slice, at random")
