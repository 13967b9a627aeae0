"""What a guard catches and what it does not: the rules, and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any

from brain_tumor_kedro.assessment.findings import LEVELS
from brain_tumor_kedro.assessment.formatting import format_words

#: What a guard is to reach against images that are no brain MRI.
LEAST_AUROC = 0.99

#: Share of good slices that may be flagged at most.
MOST_FLAGGED = 0.02

#: Share of a foreign kind that is to be flagged.
LEAST_FLAGGED = 0.9

#: Share of slices changed without harm that may be flagged at most.
MOST_HARMLESS = 0.05

#: Share of changed slices flagged below which the guard does not see the change.
UNSEEN = 0.5


def find_gaps(numbers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Say in sentences what a guard catches and what it does not.

    Args:
        numbers: As `guard_judging.judge_scores` makes them.

    Returns:
        `level` and `text` of each finding, what weighs most first.
    """
    if numbers["threshold"] is None:
        few = f"Validation has {numbers['val_images']:,} images, too few for a threshold"
        text = f"{few}: images have a score of how strange they are, and none is flagged."
        return [{"level": "warn", "text": text}]
    found = [
        *_judge_deceiving(numbers),
        *_judge_sources(numbers),
        *_judge_harmless(numbers),
        *_judge_foreign(numbers),
        *_judge_good(numbers),
        *_judge_changed(numbers),
    ]
    order = list(LEVELS)
    found.sort(key=lambda finding: order.index(finding[0]))
    return [{"level": level, "text": text} for level, text in found]


def name_kind(kind: str) -> str:
    """Write a kind as words, such as `MRI turned 90`."""
    return format_words(kind).replace("mri ", "MRI ").replace(" jpeg", " JPEG")


def _judge_foreign(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    together = numbers["families"].get("foreign")
    if not together or not together["auroc"]:
        return
    weak = _pick(numbers, "foreign", most=LEAST_FLAGGED)
    if weak:
        yield "warn", f"Not every foreign kind is caught: {_list(weak)}."
    auroc, flagged = together["auroc"]["value"], together["flagged"]["value"]
    level = "good" if auroc >= LEAST_AUROC and flagged >= LEAST_FLAGGED else "warn"
    yield (
        level,
        f"Of {together['n']:,} images that are no brain MRI, {flagged:.1%} are flagged; AUROC "
        f"against the {numbers['against']} slices {auroc:.4f}.",
    )
    yield (
        "note",
        "Real MRI of other parts of the body can pass: the body parts tried here are simple "
        "phantoms, and say little of it.",
    )
    near = numbers["families"].get("near")
    if near:
        share = near["flagged"]["value"]
        yield "note", f"Phantoms of heads, which resemble slices, are flagged in {share:.0%}."


def _judge_deceiving(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    weak = _pick(numbers, "deceiving", most=LEAST_FLAGGED)
    if weak:
        yield "warn", f"Photographs that are made to look like a head can pass: {_list(weak)}."


def _judge_sources(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A new source: what is flagged of each when the guard has not seen it."""
    rows = sorted(numbers["left_out"]["sources"], key=lambda row: -row["flagged"]["value"])
    if not rows:
        return
    level = "warn" if rows[0]["flagged"]["value"] > MOST_FLAGGED else "note"
    named = "; ".join(
        f"{row['flagged']['value']:.0%} of {row['n']:,} {_slices(numbers)} {_name_part(row)}"
        for row in rows
    )
    yield level, f"Good slices of a source that it was not fitted on are flagged as well: {named}."


def _name_part(row: Mapping[str, Any]) -> str:
    if row["alone"] is None:
        return f"of {row['shown']}, fitted without it"
    return f"of other sources, fitted on {row['alone']} alone"


def _judge_harmless(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = _pick(numbers, "harmless", least=MOST_HARMLESS)
    if found:
        named = _list(dict(reversed(found.items())))
        yield "warn", f"Slices that were changed without harm are flagged: {named}."


def _judge_good(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for split, row in numbers["good"].items():
        if split != "val":
            yield _weigh(row, f"{split} {_slices(numbers)}")
    left_out = numbers["left_out"]["groups"]
    if left_out:
        low, high = min(left_out["folds"]), max(left_out["folds"])
        parts = f"{low:.1%} to {high:.1%} in {len(left_out['folds'])} parts"
        yield _weigh(
            left_out,
            f"{_slices(numbers)} for training and validation, each judged by a guard that was not "
            f"fitted on its group ({parts}),",
        )
    found = numbers["mistakes"]
    if found["wrong"]:
        held = f"{found['wrong_flagged']:,} of {found['wrong']:,} wrong answers"
        yield "note", f"The guard does not look for mistakes: {held} are flagged."


def _weigh(row: Mapping[str, Any], slices: str) -> tuple[str, str]:
    """Good is only what is surely within the limit."""
    value, low, high = (row["flagged"][name] for name in ("value", "low", "high"))
    ends = "" if high is None else f" ({low:.1%} to {high:.1%})"
    text = f"Of {row['n']:,} {slices} {value:.1%}{ends} are flagged"
    if value > MOST_FLAGGED:
        return "warn", f"{text}."
    if high is not None and high <= MOST_FLAGGED:
        return "good", f"{text}."
    groups = f"{row['groups']:,} group{'s' * (row['groups'] != 1)}"
    return (
        "note",
        f"{text}; they are of {groups}, too few to rule out more than {MOST_FLAGGED:.0%}.",
    )


def _judge_changed(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    unseen = _pick(numbers, "changed", most=UNSEEN)
    if unseen:
        yield "note", f"Slices that are changed like this pass: {_list(unseen)}."


def _slices(numbers: Mapping[str, Any]) -> str:
    return "phantom slices" if numbers["phantom"] else "slices"


def _pick(
    numbers: Mapping[str, Any], family: str, least: float = -1.0, most: float = 2.0
) -> dict[str, Mapping[str, Any]]:
    """Kinds of a family of which a share between both is flagged, the smallest first."""
    found = {
        kind: row
        for kind, row in numbers["kinds"].items()
        if row["family"] == family and least < row["flagged"]["value"] < most
    }
    return dict(sorted(found.items(), key=lambda item: item[1]["flagged"]["value"]))


def _list(rows: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{name_kind(kind)} ({row['flagged']['value']:.0%} of {row['n']:,} flagged)"
        for kind, row in rows.items()
    )
