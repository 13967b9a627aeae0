"""The short table with which a curation ends in the log: plain text, at most 100 columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from brain_tumor_kedro.assessment.formatting import (
    format_duration,
    format_number,
    format_share,
    format_words,
)

WIDTH = 100
#: How many reasons for a rejection have a column of their own; the rest is taken together.
MOST_REASONS = 4
#: Longest name of a source or class; of a longer one the end is shown.
NAME = 30
#: How many sources and pairs of sources are listed.
MOST_LINES = 12


def tabulate_curation(summary: Mapping[str, Any]) -> list[str]:
    """Say in a few lines what came in, what was kept, and what the collections hide.

    Args:
        summary: The curation summary, see `curation_report.describe_data`; it may lack entries.

    Returns:
        Lines of at most 100 letters.
    """
    people = summary.get("patients", {})
    patients = people.get("splits", {})
    blocks = (
        _tabulate_sources(summary),
        _tabulate_splits("Patients", patients, people.get("classes")),
        _tabulate_splits("Slices" if patients else "Class", summary.get("splits", {})),
        _list_findings(summary),
    )
    return [line[:WIDTH] for block in blocks for line in block]


def _tabulate_sources(summary: Mapping[str, Any]) -> list[str]:
    """Per source: found, kept, and rejected by as many of the main reasons as there is room for."""
    rejected = summary.get("rejected", {})
    reasons = sorted(rejected, key=lambda reason: -rejected[reason])
    for number in range(MOST_REASONS, 0, -1):
        lines = _align(_source_rows(summary, reasons[:number], rest=len(reasons) > number))
        if max(map(len, lines)) <= WIDTH:
            break
    return lines


def _source_rows(
    summary: Mapping[str, Any], reasons: Sequence[str], rest: bool
) -> Iterator[list[str]]:
    other = ["other"] if rest else []
    yield ["Source", "found", "kept", *map(format_words, reasons), *other]
    for name, n in [*_first(summary.get("sources", {})), ("all", summary)]:
        rejected = n.get("rejected", {})
        counts = [rejected.get(reason, 0) for reason in reasons]
        left = [sum(rejected.values()) - sum(counts)] if rest else []
        cells = [n.get("found"), n.get("kept"), *counts, *left]
        yield [_end(name), *map(format_number, cells)]


def _tabulate_splits(
    counted: str,
    splits: Mapping[str, Mapping[str, int]],
    whole: Mapping[str, int] | None = None,
) -> list[str]:
    """Per class: how many images or patients each split has, and all; else the sum of the splits.

    A patient can lie in several splits, where single slices were split.
    """
    labels = list(dict.fromkeys(label for n in splits.values() for label in n))
    table = {label: [n.get(label, 0) for n in splits.values()] for label in labels}
    ends = {label: sum(n) if whole is None else whole.get(label, 0) for label, n in table.items()}
    table["all"] = [sum(n.values()) for n in splits.values()]
    ends["all"] = sum(ends.values())
    rows = [
        [_end(format_words(label)), *map(format_number, [*n, ends[label]])]
        for label, n in table.items()
    ]
    return ["", *_align([[counted, *splits, "all"], *rows])] if labels else []


def _list_findings(summary: Mapping[str, Any]) -> Iterator[str]:
    """What was found between the images: overlaps, leakage, conflicts, groups, and the time."""
    yield ""
    for pair, n in _first(summary.get("source_overlap", {})):
        names = " and ".join(_end(name) for name in pair.split("//"))
        yield _line("Overlap", f"{n:,} slices are in both {names}")
    for source, n in _first(summary.get("published_split_leakage", {})):
        copied, test = n["copied_from_train"], n["test"]
        part = f"{copied:,} of {test:,} test images ({format_share(copied, test)})"
        yield _line("Leakage", f"{_end(source)}: {part} are copies of its training")
    if "label_conflicts" in summary and summary.get("similarity") != {}:
        yield _line(
            "Labels", f"{summary['label_conflicts']:,} sets of copies contradict each other"
        )
    if summary.get("counted") == "cases":
        slices = f"{summary['slices']:,} slices of {summary['groups']:,} patients"
        whole = {"group": "patient"}.get(summary["split_strategy"], summary["split_strategy"])
        yield _line("Patients", f"{slices}, split by {whole}")
    elif "groups" in summary:
        groups = f"{summary['groups']:,} groups of relatives"
        yield _line("Groups", f"{groups}, split by {summary.get('split_strategy')}")
    for source, n in _first(summary.get("external", {})):
        overlap = f"{n['overlapping']:,} overlap with other sources"
        yield _line("External", f"{_end(source)}: {n['kept']:,} of {n['found']:,} kept, {overlap}")
    if "seconds" in summary:
        yield _line("Time", _say_time(summary))


def _say_time(summary: Mapping[str, Any]) -> str:
    """The seconds of the whole and of the longest stages, where known."""
    stages = summary.get("seconds_by_stage", {})
    longest = sorted(stages, key=lambda stage: -stages[stage])[:3]
    words = [f"{format_words(stage)} {stages[stage]:.0f} s" for stage in longest]
    return ", ".join([format_duration(summary.get("seconds")), *words])


def _align(rows: Iterable[Sequence[str]]) -> list[str]:
    """Names to the left, numbers to the right, columns as wide as they need."""
    table = [list(row) for row in rows]
    first, *others = (max(map(len, column)) for column in zip(*table, strict=True))
    return [
        f"{name:<{first}}"
        + "".join(f"{n:>{width + 2}}" for n, width in zip(cells, others, strict=True))
        for name, *cells in table
    ]


def _line(word: str, words: str) -> str:
    return f"{word:<10}{words}"


def _first(items: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The first of many lines, for a log."""
    return list(items.items())[:MOST_LINES]


def _end(name: str) -> str:
    return name if len(name) <= NAME else f"...{name[3 - NAME :]}"
