"""What a guard catches and what it does not: the rules, and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any

from brain_tumor_kedro.assessment.formatting import format_words

#: What a guard is to reach against images that are no brain MRI.
LEAST_AUROC = 0.99

#: Share of good slices that may be flagged at most.
MOST_FLAGGED = 0.02

#: Share of a foreign kind that is to be flagged.
LEAST_FLAGGED = 0.9

#: Share of changed slices flagged below which the guard does not see the change.
UNSEEN = 0.5


def find_gaps(numbers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Say in sentences what a guard catches and what it does not.

    Args:
        numbers: As `guard_judging.judge_scores` makes them.

    Returns:
        `level` and `text` of each finding.
    """
    if numbers["threshold"] is None:
        few = f"Validation has {numbers['val_images']:,} images, too few for a threshold"
        text = f"{few}: images have a score of how strange they are, and none is flagged."
        return [{"level": "warn", "text": text}]
    found = (*_judge_foreign(numbers), *_judge_good(numbers), *_judge_changed(numbers))
    return [{"level": level, "text": text} for level, text in found]


def name_kind(kind: str) -> str:
    """Write a kind as words, such as `MRI turned 90`."""
    return format_words(kind).replace("mri ", "MRI ")


def _judge_foreign(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    together = numbers["families"].get("foreign")
    if not together or not together["auroc"]:
        return
    auroc, flagged = together["auroc"]["value"], together["flagged"]["value"]
    level = "good" if auroc >= LEAST_AUROC and flagged >= LEAST_FLAGGED else "warn"
    yield (
        level,
        f"Of {together['n']:,} images that are no brain MRI, {flagged:.1%} are flagged; AUROC "
        f"against the {numbers['against']} slices {auroc:.4f}.",
    )
    weak = {
        kind: row
        for kind, row in numbers["kinds"].items()
        if row["family"] == "foreign" and row["flagged"]["value"] < LEAST_FLAGGED
    }
    if weak:
        named = ", ".join(
            f"{name_kind(kind)} ({row['flagged']['value']:.0%} of {row['n']:,} flagged)"
            for kind, row in weak.items()
        )
        yield "warn", f"Not every foreign kind is caught: {named}."
    near = numbers["families"].get("near")
    if near:
        share = near["flagged"]["value"]
        yield "note", f"Phantoms of heads, which resemble slices, are flagged in {share:.0%}."


def _judge_good(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for split, row in numbers["good"].items():
        if split == "val":
            continue
        flagged = row["flagged"]
        ends = "" if flagged["low"] is None else f" ({flagged['low']:.1%} to {flagged['high']:.1%})"
        level = "good" if flagged["value"] <= MOST_FLAGGED else "warn"
        slices = "phantom slices" if numbers["phantom"] else "slices"
        yield level, f"Of {row['n']:,} {split} {slices}, {flagged['value']:.1%}{ends} are flagged."
    found = numbers["mistakes"]
    if found["wrong"]:
        held = f"{found['wrong_flagged']:,} of {found['wrong']:,} wrong answers"
        yield "note", f"The guard does not look for mistakes: {held} are flagged."


def _judge_changed(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    unseen = {
        kind: row
        for kind, row in numbers["kinds"].items()
        if row["family"] == "changed" and row["flagged"]["value"] < UNSEEN
    }
    if unseen:
        named = ", ".join(
            f"{name_kind(kind)} ({row['flagged']['value']:.0%} flagged)"
            for kind, row in unseen.items()
        )
        yield "note", f"Slices that are changed like this pass: {named}."
