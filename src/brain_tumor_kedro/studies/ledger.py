"""The ledger: what studies have published, claim by claim, and whether it can be true."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

import pandas as pd

from brain_tumor_kedro.studies.claims import (
    beyond_figures,
    glioma_grade_cohort,
    glioma_grade_rows,
    glioma_grade_statistics,
    imagenet_vs_radimagenet,
    vgg16_lora,
    xception_vs_vgg16,
)
from brain_tumor_kedro.studies.finding import BY, VERDICTS, Check
from brain_tumor_kedro.studies.publications import Published, load_published

#: The checks that published figures decide, by study.
_OF_FIGURES: dict[str, tuple[Check, ...]] = {
    "glioma_grade": (
        *glioma_grade_cohort.CHECKS,
        *glioma_grade_rows.CHECKS,
        *glioma_grade_statistics.CHECKS,
    ),
    "xception_vs_vgg16": xception_vs_vgg16.CHECKS,
    "vgg16_lora": vgg16_lora.CHECKS,
    "imagenet_vs_radimagenet": imagenet_vs_radimagenet.CHECKS,
}

#: The checks of each study, in the order in which they are read.
CHECKS: dict[str, tuple[Check, ...]] = {
    study: (*checks, *beyond_figures.list_needed(study)) for study, checks in _OF_FIGURES.items()
}

COLUMNS = ("study", "line", "by", "claim", "verdict", "evidence")

#: Whose claims they are, in a heading.
_SAID_BY = {"authors": "by its authors", "review": "by this project's review"}

#: Letters in a line of the log, and in front of a claim.
WIDTH, INDENT = 100, 14


def check_claims(published: Published) -> pd.DataFrame:
    """Check every claim of a study.

    Args:
        published: Its figures and its table.

    Returns:
        One row per claim: `study`, `line`, `by` (authors or review), `claim`, `verdict`
        (reproduced, refuted, not testable), `evidence`. Empty for a study without a ledger.
    """
    rows = [
        (published.study, check.line, check.by, *check.check(published))
        for check in CHECKS.get(published.study, ())
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_studies(studies: Iterable[str]) -> pd.DataFrame:
    """Check every claim of several studies.

    Args:
        studies: Names; one without published figures has no rows.

    Returns:
        See `check_claims`.
    """
    tables = [check_claims(load_published(study)) for study in studies if study in CHECKS]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def count_verdicts(ledger: pd.DataFrame) -> dict[str, int]:
    """How many claims have each verdict, all three of them."""
    return {verdict: int((ledger["verdict"] == verdict).sum()) for verdict in VERDICTS}


def count_apart(ledger: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count the verdicts on what authors claim and on what a review finds, apart.

    What a review says of a publication was written with its figures at hand, so most of it is
    reproduced; together with the claims of the authors it would make a study look sounder.

    Args:
        ledger: See `check_claims`.

    Returns:
        For `authors` and `review` what `count_verdicts` gives of their lines.
    """
    return {by: count_verdicts(ledger[ledger["by"] == by]) for by in BY}


def write_ledger(ledger: pd.DataFrame) -> str:
    """Write a ledger for the log.

    Args:
        ledger: See `check_claims`.

    Returns:
        Lines of at most 100 letters: for each study a heading with the counts of its verdicts,
        those on its authors' claims and those on a review's apart, then its claims with their
        evidence below.
    """
    blocks = [_write_study(str(study), rows) for study, rows in ledger.groupby("study", sort=False)]
    return "\n\n".join("\n".join(block) for block in blocks)


def _write_study(study: str, rows: pd.DataFrame) -> Iterator[str]:
    yield f"{study}: {len(rows)} claims"
    for by, counts in count_apart(rows).items():
        said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
        yield f"  {_SAID_BY[by]}: {said}"
    for row in rows.itertuples():
        said = f"{row.claim}." if row.by == "authors" else f"{row.claim} (review)."
        yield from _write_claim(str(row.verdict), said, str(row.evidence))


def _write_claim(verdict: str, claim: str, evidence: str) -> Sequence[str]:
    lines = [" " * INDENT + line for line in wrap(claim, WIDTH - INDENT)]
    lines[0] = f"{verdict:<{INDENT}}{lines[0][INDENT:]}"
    return [*lines, *(" " * (INDENT + 2) + line for line in wrap(evidence, WIDTH - INDENT - 2))]
