"""Findings: what every part of the evaluation has to say, in one sentence each."""

from collections.abc import Mapping, Sequence
from typing import Any

#: What a finding may be, in the order in which they are read, and the word before it.
LEVELS = {"warn": "Careful", "note": "Note", "good": "Good"}


def collect_findings(themes: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Put the findings of all themes together, warnings first.

    Args:
        themes: By name, in order: what each theme found, with `findings`, a list of {level, text}.

    Returns:
        `level`, `word`, `text` and `theme` of each; within a level in the order of the themes.

    Raises:
        ValueError: A level is none of `LEVELS`.
    """
    found = [
        {**finding, "theme": name}
        for name, theme in themes.items()
        for finding in theme.get("findings", [])
    ]
    unknown = {finding["level"] for finding in found} - set(LEVELS)
    if unknown:
        raise ValueError(f"Expected findings of the levels {list(LEVELS)}, found {unknown}.")
    order = list(LEVELS)
    found.sort(key=lambda finding: order.index(finding["level"]))
    return [{**finding, "word": LEVELS[finding["level"]]} for finding in found]


def pick_foremost(findings: Sequence[dict[str, str]]) -> dict[str, str] | None:
    """Pick the first of the findings that weigh most; None where there are none.

    Args:
        findings: As `collect_findings` returns them.

    Returns:
        A warning where there is one, else a note, else what is good.
    """
    order = list(LEVELS)
    return min(findings, key=lambda finding: order.index(finding["level"]), default=None)
