"""Published figures, whole or changed, and what the ledger says of them."""

import copy
from collections.abc import Callable

from brain_tumor_kedro.studies.finding import VERDICTS, Check, Finding
from brain_tumor_kedro.studies.publications import Published, load_published

Change = Callable[[Published], None]


def find(study: str, checks: tuple[Check, ...], line: str, change: Change | None = None) -> Finding:
    """What a check says of the figures as published, or of changed ones."""
    original = load_published(study)
    published = Published(study, copy.deepcopy(original.facts), original.table.copy())
    if change:
        change(published)
    (check,) = (check for check in checks if check.line == line)
    finding = check.check(published)
    assert finding.verdict in VERDICTS
    assert finding.claim[-1] != "." and finding.evidence[-1] == "."
    return finding


def put(path: str, value) -> Change:
    """Replace a figure: `put("split.test", 108)`."""

    def change(published: Published) -> None:
        *above, last = path.split(".")
        facts = published.facts
        for key in above:
            facts = facts[int(key) if key.isdigit() else key]
        assert facts[last] != value
        facts[last] = value

    return change


def write(column: str, value, model: str | None = None, aggregation: str | None = None) -> Change:
    """Replace figures of a table; `value` may be a function of the column."""

    def change(published: Published) -> None:
        table = published.table
        rows = table["model"].eq(model) if model else table["model"].notna()
        rows &= table["aggregation"].eq(aggregation) if aggregation else True
        before = table.loc[rows, column].copy()
        table.loc[rows, column] = value(before) if callable(value) else value
        assert not table.loc[rows, column].equals(before)

    return change


def all_of(*changes: Change) -> Change:
    """Several changes at once."""

    def change(published: Published) -> None:
        for one in changes:
            one(published)

    return change
