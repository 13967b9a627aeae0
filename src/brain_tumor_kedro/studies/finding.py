"""What a check of a published claim says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from brain_tumor_kedro.studies.publications import Published

Verdict = Literal["reproduced", "refuted", "not testable"]

#: In the order in which they are counted.
VERDICTS: tuple[Verdict, ...] = ("reproduced", "refuted", "not testable")


By = Literal["authors", "review"]

#: Whose claims are counted apart.
BY: tuple[By, ...] = ("authors", "review")


class Finding(NamedTuple):
    """A claim and what became of it.

    Attributes:
        claim: What was stated, with the stated figures.
        verdict: Computed from published figures alone.
        evidence: One sentence with the computed figures.
    """

    claim: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class Check:
    """A line of the ledger.

    Attributes:
        line: Its name, unique within its study.
        by: Who stated the claim: the study's `authors`, or a `review` of what they published,
            which is this project's own.
        check: From what was published to the finding.
    """

    line: str
    by: By
    check: Callable[[Published], Finding]


def holds(true: bool) -> Verdict:
    """The verdict on a claim that the published figures decide."""
    return "reproduced" if true else "refuted"
