"""What the report says of the price of leakage, where it was measured on the same data."""

from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.leakage_figure import (
    describe_test,
    name_protocol,
    shorten,
    sort_protocols,
)

#: The command that measures it.
COMMAND = "kedro run --pipelines {prefix}leakage"

#: What that command needs, if this run had it.
SAME = "with the --env and --params of this run"

#: From this difference of accuracies on, a score is called too high.
NOTABLE = 0.02

#: From this difference on, a classifier is said not to carry over to another source.
LARGE = 0.05


def select_price(previous: pd.DataFrame, manifest_digest: str) -> pd.DataFrame | None:
    """Pick the newest table that was made on a data set.

    Args:
        previous: All tables of earlier runs, as `PreviousTablesDataset` loads them.
        manifest_digest: Of the data set.

    Returns:
        The table with its `attrs`, or None where there is none.
    """
    if previous.empty:
        return None
    for version, attrs in enumerate(previous.attrs.get("versions", [])):
        rows = previous[previous["version"] == version]
        if attrs.get("manifest_digest") == manifest_digest and len(rows):
            table = rows.drop(columns="version").reset_index(drop=True)
            table.attrs = dict(attrs)
            return table
    return None


def describe_leakage(
    previous: pd.DataFrame, manifest_digest: str, prefix: str = "", unit: str = "slice"
) -> dict[str, Any]:
    """Prepare what the section on leakage shows.

    Args:
        previous: All tables of earlier runs, as `PreviousTablesDataset` loads them.
        manifest_digest: Of the data set that the report is on.
        prefix: What the names of the task's pipelines begin with.
        unit: What one answer is about, `slice` or `patient`.

    Returns:
        `manifest_digest`, `command`, `unit`, `measured` (whether there is a table of these data),
        `rows` (of the table, with `name`), what the table's `attrs` say (`classifier`, `recipe`,
        `git_revision`, `created`, `repeats`, `notes`, `phantom`), and `findings`. Plain values
        that JSON can hold.
    """
    measure = COMMAND.format(prefix=prefix)
    section = {
        "manifest_digest": manifest_digest, "measure": measure, "same": SAME, "unit": unit,
    }  # fmt: skip
    table = select_price(previous, manifest_digest)
    if table is None:
        text = (
            f"What leaks would add to these scores was not measured on these data: {measure}, "
            f"{SAME}."
        )
        return {**section, "measured": False, "rows": [], "findings": [_find("note", text)]}
    plain = sort_protocols(table).astype(object)
    rows = [
        {str(key): value for key, value in row.items()} | {"name": name_protocol(row, unit)}
        for row in plain.where(plain.notna(), None).to_dict("records")
    ]
    findings = [
        *_weigh_random_split(rows, unit), *_weigh_published(rows), *_weigh_left_out(rows),
    ]  # fmt: skip
    about = {str(key): value for key, value in table.attrs.items()}
    ran = {"command": about.get("command", "")}
    return {**about, **section, **ran, "measured": True, "rows": rows, "findings": findings}


def list_scores(table: pd.DataFrame) -> list[str]:
    """Say in a line for every protocol what was scored, for a log.

    Args:
        table: What `leakage_price.tabulate_price` returned.

    Returns:
        Lines of text.
    """
    lines = []
    unit = table.attrs.get("unit", "slice")
    for row in sort_protocols(table).to_dict("records"):
        sure = f"({row['low']:.1%} to {row['high']:.1%})" if pd.notna(row["low"]) else ""
        tested = describe_test({str(key): value for key, value in row.items()})
        line = f"{name_protocol(row, unit):<44} {row['accuracy']:6.1%} {sure:<18} {tested}"
        if row["copy_n"] and row["no_copy_n"]:
            line += (
                f": {row['copy_accuracy']:.1%} on those, {row['no_copy_accuracy']:.1%} on others"
            )
        lines.append(line)
    return lines


def _find(level: str, text: str) -> dict[str, str]:
    return {"level": level, "text": text}


def _pick(rows: list[dict[str, Any]], protocol: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["protocol"] == protocol]


def _weigh_random_split(rows: list[dict[str, Any]], unit: str) -> list[dict[str, str]]:
    merged, apart = _pick(rows, "naive_merge"), _pick(rows, "groups_apart")
    of_patients = unit == "patient"
    single = "slice by slice" if of_patients else "image by image"
    how = "Merged and split at random" if merged else f"Split at random, {single}"
    merged = merged or _pick(rows, "copies_removed")
    if not merged or not apart:
        return []
    high, honest = merged[0]["accuracy"], apart[0]["accuracy"]
    unseen = "patients" if of_patients else "groups"
    between = f"{high:.1%} there, {honest:.1%} on {unseen} it has not seen"
    if high - honest >= NOTABLE:
        points = 100 * (high - honest)
        text = f"{how}, one classifier looks {points:.1f} points better"
        sure, level = _weigh_gain(merged[0], apart[0])
        return [_find(level, f"{text}: {between}. {sure}")]
    text = f"{how}, one classifier does not look clearly better"
    return [_find("good", f"{text}: {between}.")]


def _weigh_gain(mixed: dict[str, Any], apart: dict[str, Any]) -> tuple[str, str]:
    """Say how sure a gain is, and how loudly to say it."""
    low, high = mixed.get("gain_low"), mixed.get("gain_high")
    if low is not None and high is not None:
        ends = (
            f"The 95% interval of the difference is {100 * low:+z.1f} to {100 * high:+z.1f} points"
        )
        if low > 0:
            return f"{ends}.", "warn"
        return f"{ends}: it cannot be told from 0.", "note"
    if mixed["low"] is None or apart["high"] is None:
        return "There are too few groups to say how sure that is.", "note"
    if mixed["low"] > apart["high"]:
        return "Their 95% intervals do not overlap.", "warn"
    return "Their 95% intervals overlap: it may be chance.", "note"


def _weigh_published(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    found = []
    for row in _pick(rows, "published_folders"):
        of_all = f"{row['copy_n']:,} of {row['n_test']:,} published test images"
        text = f"{of_all} of {shorten(row['source'])} have a copy in its training folder"
        if not row["copy_n"]:
            found.append(_find("good", f"{text}."))
            continue
        if row["no_copy_n"]:
            text += (
                f": {row['copy_accuracy']:.0%} of them are right, "
                f"{row['no_copy_accuracy']:.0%} of the others"
            )
        found.append(_find("warn", f"{text}."))
    return found


def _weigh_left_out(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    found = []
    apart = _pick(rows, "groups_apart")
    for row in _pick(rows, "source_left_out"):
        images = f"{row['n_test']:,} images of {shorten(row['source'])}"
        if row["low"] is None:
            text = (
                f"Only {images} ({row['groups']} groups) are unlike all others: too few to judge."
            )
            found.append(_find("note", text))
            continue
        text = (
            f"Trained without that source, it is right on {row['accuracy']:.1%} of {images}, those "
            "that have no relative elsewhere"
        )
        if (row.get("majority") or 1) < 1:
            text += f"; {row['majority']:.1%} would be right by naming their commonest class alone"
        text += "."
        worse = bool(apart) and apart[0]["accuracy"] - row["accuracy"] >= LARGE
        found.append(_find("warn" if worse else "good", text))
    return found
