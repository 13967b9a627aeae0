"""Why cells of a study failed, what is the same said once."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from brain_tumor_kedro.assessment.study_table import name_models

#: A sentence ends here; a full stop within a number or a path does not end one.
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

#: Letters of a sentence that are shown: an error may hold a whole table.
LONGEST = 500

#: More cells that are not finished are listed by their reason, not one by one.
MOST_UNFINISHED = 5

#: So many recipes of a reason are named.
MOST_NAMES = 16

#: Shorter words tell nothing of the model that an error names.
SHORTEST_NAME = 4


class Failure(NamedTuple):
    """What went wrong in one or more cells.

    Attributes:
        text: The first sentence of the first error.
        cells: How many cells have it.
        recipes: Theirs, each once, in order.
        alike: Whether the errors are the same to the letter; else they differ in the names of the
            recipes alone.
    """

    text: str
    cells: int
    recipes: tuple[str, ...]
    alike: bool


def first_sentence(error: Any) -> str:
    """The first sentence of an error; says so where there is none."""
    lines = "" if pd.isna(error) else str(error).strip()
    if not lines:
        return "no reason given"
    sentence = SENTENCE_ENDS.split(lines.splitlines()[0].strip())[0]
    return sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]}…"


def group_failures(cells: pd.DataFrame) -> list[Failure]:
    """Put together the cells that failed for the same reason.

    Args:
        cells: Of a study, one row per training.

    Returns:
        The reasons, that of the most cells first. Errors that differ only in the recipe or the
        backbone they name are one.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for row in cells[cells["state"] == "failed"].itertuples():
        text, recipe = first_sentence(row.error), str(row.recipe)
        found.setdefault(_without_names(text, recipe), []).append((text, recipe))
    failures = [
        Failure(
            members[0][0],
            len(members),
            tuple(dict.fromkeys(recipe for _, recipe in members)),
            len({text for text, _ in members}) == 1,
        )
        for members in found.values()
    ]
    return sorted(failures, key=lambda failure: -failure.cells)


def list_unfinished(cells: pd.DataFrame) -> list[dict[str, Any]]:
    """List the cells that are not finished; of many, those of one reason as one row.

    Args:
        cells: Of a study, one row per training.

    Returns:
        `state`, `point` and `error` each; `fold` and `seed` too, where cells stand alone.
    """
    rows = cells.assign(point=name_models(cells)).query("state != 'finished'")
    if len(rows) > MOST_UNFINISHED:
        return _group_unfinished(rows)
    return [
        {
            "state": row["state"],
            "point": row["point"],
            "fold": row["fold"],
            "seed": row["seed"],
            "error": first_sentence(row["error"]) if row["state"] == "failed" else "",
        }
        for row in rows.to_dict("records")
    ]


def _group_unfinished(rows: pd.DataFrame) -> list[dict[str, Any]]:
    grouped: list[dict[str, Any]] = [
        {
            "state": f"{failure.cells} failed",
            "point": _name_some(failure.recipes),
            "error": failure.text + ("" if failure.alike else " (the first of them)"),
        }
        for failure in group_failures(rows)
    ]
    for state, others in rows[rows["state"] != "failed"].groupby("state", sort=False):
        names = tuple(dict.fromkeys(others["recipe"].astype(str)))
        grouped.append({"state": f"{len(others)} {state}", "point": _name_some(names), "error": ""})
    return grouped


def _name_some(names: Sequence[str]) -> str:
    left = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {left} more" if left > 0 else "")


def _without_names(text: str, recipe: str) -> str:
    def blank(found: re.Match[str]) -> str:
        word = found.group()
        return "…" if len(word) >= SHORTEST_NAME and word in recipe else word

    return re.sub(r"\w+", blank, text)
