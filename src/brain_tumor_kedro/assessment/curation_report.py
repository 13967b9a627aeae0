"""The report on the data: what came in, what was kept and why, and what the collections hide.

The report of an evaluation contains the very same section.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.limits import OF_SLICES
from brain_tumor_kedro.assessment.pages import Figures, embed_figures, flatten, render_page
from brain_tumor_kedro.assessment.words import WORDS

#: How many sets of contradicting copies the page lists; the table of them has all.
MOST_CONFLICTS = 25

#: What a split strategy means for a number that is reported on it.
STRATEGIES = {
    "group": (
        "The split is by groups: copies were dropped, and slices of one known patient, or so alike "
        "that they may be of one, lie in one split. A classifier sees no relative of a test image "
        "that the search could find; where a source names no patients, it cannot find all."
    ),
    "image": (
        "The split is by single images, as many papers do it: relatives of the test images are in "
        "the training set, so scores on it are higher than what new patients would give."
    ),
    "published_fold": (
        "The test split is a fold that the Figshare collection publishes for cross-validation, as "
        "it is, so scores on it compare with papers that used these folds. Copies were dropped. "
        "What this project takes for related may cross the folds; it is counted under leakage."
    ),
    "published": (
        "The test split is what the collections publish as their test folders, less the copies: of "
        "a slice that lies in training too, one file was kept, wherever it lies. Relatives of the "
        "test images may be in the training set; they are counted under leakage."
    ),
}

#: The same where every patient is known and one answer is about a patient.
OF_PATIENTS = {
    "group": (
        "The split is by patients: all slices of a patient lie in one split, so a classifier is "
        "judged on patients of whom it has seen nothing."
    ),
    "image": (
        "The split is by single slices, as many papers do it: other slices of the test patients "
        "are in the training set, so scores on it are higher than what new patients would give."
    ),
}

#: The settings of a split that decide nothing under a strategy.
UNUSED = {
    "group": ("test_fold", "val_fold"),
    "image": ("test_fold", "val_fold"),
    "published_fold": ("balance", "train", "val", "test"),
    "published": ("balance", "test", "test_fold", "val_fold"),
}

#: What the figures of the data show, by name and in order.
CAPTIONS = {
    "sources": "What was kept of each source, by class, and why the rest was rejected.",
    "sizes": "The sizes in which the images were published.",
    "samples": "A few images of every class, as they are packed.",
    "splits": "How many images of each class every split has.",
    "overlaps": (
        "How many distinct slices each source, or published folder of a source, shares with each "
        "other, and which share of the row's slices that is. On the diagonal: how many distinct "
        "slices it has."
    ),
    "copies": (
        "Copies that were rejected, beside the image that was kept for each: from every pair of "
        "sources the two least alike and a typical one. The number is the correlation after local "
        "normalization, at most 1."
    ),
    "conflicts": (
        "Copies of one slice that carry different labels, with their sources and what was decided."
    ),
}


def render_curation_report(
    *,
    summary: Mapping[str, Any],
    conflicts: pd.DataFrame,
    figures: Figures,
    reasons: Mapping[str, str],
    classes: Sequence[str],
    title: str = "Brain tumor data: curation report",
    limits: Sequence[str] = OF_SLICES,
) -> str:
    """Render the report of one curation as a self-contained HTML page.

    Args:
        summary: See `describe_data`; and `created`, `git_revision`, `command` and `split`, the
            settings of the split; of volumes also `cohort` and `slice_choice`.
        conflicts: See `describe_data`.
        figures: See `describe_data`.
        reasons: See `describe_data`.
        classes: See `describe_data`.
        title: The title of the page.
        limits: What the reader must not conclude, one sentence or two each.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    return render_page(
        "curation_report.html.j2",
        title=title,
        created=summary.get("created"),
        command=summary.get("command"),
        settings_used=_list_settings(summary),
        alarms=find_alarms(summary),
        limits=limits,
        **describe_data(summary, conflicts, figures, reasons, classes),
    )


def describe_data(
    summary: Mapping[str, Any],
    conflicts: pd.DataFrame | None,
    figures: Figures,
    reasons: Mapping[str, str],
    classes: Sequence[str],
    unit: str = "slice",
) -> dict[str, Any]:
    """Prepare what the section on the data shows.

    Args:
        summary: The curation summary; it may lack entries. `found`, `kept`, `rejected` {reason:
            n}, `sources` {source: {found, kept, rejected {reason: n}, flagged}}, `classes` {label:
            n}, `splits` {split: {label: n}}, `groups`, `relatives`, `label_conflicts`,
            `source_overlap` {"a//b": n}, `published_split_leakage` {source: {test,
            copied_from_train}}, `cross_split_copies`, `crossings` {relation: pairs}, `external`
            {source: {found, kept, overlapping}}, `folds` and `published_folds` {fold: n}, `notes`
            [sentence], `atlas`, `seconds`, `split_strategy`, `manifest_digest`, `phantom`.
            Of volumes besides: `slices`, `patients` and `left_out`, of `summarize_cohort`.
        conflicts: The table of label conflicts, one row per image.
        figures: By name: a figure, or the bytes of a PNG, and its caption.
        reasons: What each reason for a rejection means, a phrase each.
        classes: Class labels in the order in which they are shown.
        unit: What one answer is about, `slice` or `patient`.

    Returns:
        The values that `curation.html.j2` needs.
    """
    sources = summary.get("sources", {})
    rows = _list_conflicts(conflicts)
    shown = [row for row in rows if row["place"] < MOST_CONFLICTS]
    return {
        "summary": summary,
        "reasons": reasons,
        "strategies": STRATEGIES | (OF_PATIENTS if summary.get("patients") else {}),
        "words": WORDS[unit],
        "unit": unit,
        "classes_of_patients": list(summary.get("patients", {}).get("classes", {})),
        "split_rows": _count_splits(summary.get("splits", {}), classes),
        "reason_rows": _count_reasons(summary.get("rejected", {}), sources),
        "reason_sources": [source for source, n in sources.items() if "rejected" in n],
        "flagged": _count_flagged(sources),
        "conflict_rows": shown,
        "conflicts_left_out": len({row["conflict"] for row in rows[len(shown) :]}),
        "data_figures": {figure["name"]: figure for figure in embed_figures(figures)},
    }


def _list_settings(summary: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The settings that decided something, by what they are of."""
    split, choice = dict(summary.get("split", {})), dict(summary.get("slice_choice", {}))
    unused = UNUSED.get(split.get("strategy", ""), ())
    if choice.get("choose") != "largest":
        choice.pop("k", None)
    return {
        "The settings of the cohort": flatten(summary.get("cohort", {})),
        "The settings of the choice of slices": flatten(choice),
        "The settings of the split": flatten({k: v for k, v in split.items() if k not in unused}),
    }


def find_alarms(summary: Mapping[str, Any]) -> list[str]:
    """Say what makes every number on these data doubtful."""
    crossing = summary.get("cross_split_copies")
    if not crossing:
        return []
    return [f"{crossing:,} pairs of copies lie in different splits: the scores are too high."]


def _count_splits(
    splits: Mapping[str, Mapping[str, int]], classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Count images by class, one row each, with the sums in the last row and the last column."""
    labels = list(dict.fromkeys([*classes, *(label for n in splits.values() for label in n)]))
    counts = [[n.get(label, 0) for n in splits.values()] for label in labels]
    sums = [sum(column) for column in zip(*counts, strict=True)]
    return [
        {"label": label, "counts": row, "all": sum(row)}
        for label, row in zip([*labels, "all"], [*counts, sums], strict=True)
    ]


def _count_reasons(
    rejected: Mapping[str, int], sources: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Count rejections by reason, the most frequent first, equal ones by name, and by source."""
    by_source = [n["rejected"] for n in sources.values() if "rejected" in n]
    return [
        {"reason": reason, "n": n, "by_source": [part.get(reason, 0) for part in by_source]}
        for reason, n in sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    ]


def _count_flagged(sources: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    return {source: n["flagged"] for source, n in sources.items() if n.get("flagged")}


def _list_conflicts(conflicts: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Number the sets, and mark the first row of each, which says what holds for the whole."""
    if conflicts is None or conflicts.empty:
        return []
    by_set = conflicts.groupby("conflict", sort=False)["conflict"]
    rows = conflicts.assign(
        first=~conflicts["conflict"].duplicated(),
        images=by_set.transform("size"),
        place=by_set.ngroup(),
    )
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
