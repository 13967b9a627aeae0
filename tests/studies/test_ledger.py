import pandas as pd
import pytest

from brain_tumor_kedro.studies.finding import VERDICTS, Check, Finding
from brain_tumor_kedro.studies.ledger import (
    CHECKS,
    COLUMNS,
    WIDTH,
    check_claims,
    check_studies,
    count_apart,
    count_verdicts,
    write_ledger,
)
from brain_tumor_kedro.studies.publications import Published, list_published, load_published


def test_every_study_that_has_published_has_a_ledger():
    assert sorted(CHECKS) == list(list_published())


@pytest.mark.parametrize("study", CHECKS)
def test_lines_have_names_of_their_own(study):
    ledger = check_claims(load_published(study))

    assert tuple(ledger.columns) == COLUMNS
    assert ledger["line"].is_unique and len(ledger) == len(CHECKS[study]) > 5
    assert set(ledger["verdict"]) <= set(VERDICTS)
    assert set(ledger["by"]) <= {"authors", "review"}


def test_a_study_that_has_published_nothing_has_no_claims():
    assert check_claims(Published("mine", {}, pd.DataFrame())).empty
    assert check_studies(["mine"]).empty and tuple(check_studies([]).columns) == COLUMNS


def test_verdicts_are_counted_those_that_never_came_too():
    ledger = check_studies(CHECKS)

    assert sum(count_verdicts(ledger).values()) == len(ledger)
    assert count_verdicts(ledger.head(0)) == {"reproduced": 0, "refuted": 0, "not testable": 0}


def test_claims_of_authors_are_counted_apart_from_those_of_a_review():
    ledger = pd.DataFrame({"by": ["authors", "review"], "verdict": ["refuted", "reproduced"]})

    apart = count_apart(ledger)

    assert list(apart) == ["authors", "review"]
    assert apart["authors"] == {"reproduced": 0, "refuted": 1, "not testable": 0}
    assert apart["review"] == {"reproduced": 1, "refuted": 0, "not testable": 0}


def test_the_log_shows_every_claim_and_its_evidence_in_lines_of_their_width():
    ledger = check_studies(CHECKS)

    text = write_ledger(ledger)

    assert max(map(len, text.splitlines())) <= WIDTH
    words = " ".join(text.split())
    assert all(f"{row.verdict} {row.claim}" in words for row in ledger.itertuples())
    assert all(row.evidence in words for row in ledger.itertuples())
    heading = "\n".join(
        [
            "vgg16_lora: 13 claims",
            "  by its authors: 2 reproduced, 1 refuted, 1 not testable",
            "  by this project's review: 6 reproduced, 0 refuted, 3 not testable",
        ]
    )
    assert heading in text


def test_what_a_review_found_is_told_from_what_authors_claim(monkeypatch):
    said = Finding("It is so", "reproduced", "It is.")
    checks = tuple(Check(by, by, lambda _: said) for by in ("authors", "review"))
    monkeypatch.setitem(CHECKS, "mine", checks)

    lines = write_ledger(check_claims(Published("mine", {}, pd.DataFrame()))).splitlines()

    assert lines == [
        "mine: 2 claims",
        "  by its authors: 1 reproduced, 0 refuted, 0 not testable",
        "  by this project's review: 1 reproduced, 0 refuted, 0 not testable",
        "reproduced    It is so.",
        "                It is.",
        "reproduced    It is so (review).",
        "                It is.",
    ]
