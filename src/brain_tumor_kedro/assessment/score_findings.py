"""What stands out in the scores, in sentences."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.assessment.words import Words

#: A recall below this is a warning.
WEAK_RECALL = 0.8

#: A class with fewer test images than this cannot be judged on its own.
FEW_IMAGES = 30

#: With fewer effective groups than this, the interval of a class tells little.
FEW_GROUPS = 10

#: A recall that differs from source to source by more is told, even where it may be chance.
LARGE_GAP = 0.2

Finding = dict[str, str]


def find_in_scores(summary: Mapping[str, Any]) -> list[Finding]:
    """Say what a reader must know of the scores.

    Args:
        summary: See `scores.summarize_scores`.

    Returns:
        `level` (`good`, `note` or `warn`) and `text` of each finding.
    """
    splits = {split["split"]: split for split in summary["splits"]}
    words = Words(**summary["words"])
    return [
        *_find_difference(splits["test"]),
        *_find_accuracy(splits, words),
        *_find_weakest(summary["classes"], words),
        *_find_sources(summary["sources"]),
        *_find_small(summary["classes"], words),
    ]


def say_interval(interval: Mapping[str, Any], sign: str = "") -> str:
    """Write a share with its interval in percent; without one, say so."""
    value = f"{100 * interval['value']:{sign}z.1f}%"
    if interval["low"] is None:
        return f"{value} (no interval can be given)"
    low, high = (f"{100 * interval[end]:{sign}z.1f}%" for end in ("low", "high"))
    return f"{value} (95% interval {low} to {high})"


def _find_accuracy(splits: Mapping[str, Mapping[str, Any]], words: Words) -> Iterator[Finding]:
    images = words.images
    for name, what in (("test", f"test {images}"), ("external", f"{images} of held-out sources")):
        if name in splits:
            split = splits[name]
            accuracy = _score(split, "accuracy")["classifier"]
            text = (
                f"{say_interval(accuracy)} of the {split['n']:,} {what} are classified correctly. "
                f"They are of {split['groups']:,} {words.groups}."
            )
            yield {"level": "note", "text": text}


def _find_weakest(classes: list[dict[str, Any]], words: Words) -> Iterator[Finding]:
    known = [row for row in classes if row["recall"]["value"] is not None]
    if known:
        worst = min(known, key=lambda row: row["recall"]["value"])
        if worst["recall"]["value"] == 1:
            said = "; ".join(
                f"{format_words(row['label'])} {say_interval(row['recall'])}" for row in known
            )
            text = f"All test {words.images} of every class are found: {said}."
            yield {"level": "note", "text": text}
            return
        weak = worst["recall"]["value"] < WEAK_RECALL
        text = (
            f"The class found least often is {format_words(worst['label'])}: "
            f"{say_interval(worst['recall'])} of its {worst['n']:,} test {words.images}."
        )
        yield {"level": "warn" if weak else "note", "text": text}


def _find_sources(recalls: list[dict[str, Any]]) -> Iterator[Finding]:
    for good, bad in permutations(recalls, 2):
        if good["label"] != bad["label"] or good["value"] <= bad["value"]:
            continue
        known = good["low"] is not None and bad["high"] is not None
        apart = known and good["low"] > bad["high"]
        if apart or good["value"] - bad["value"] > LARGE_GAP:
            verdict = "more than chance explains" if apart else "this may be chance"
            text = (
                f"Of {format_words(good['label'])}, {100 * good['value']:.1f}% of the test images "
                f"from {good['source']} are found ({good['n']:,} images, {good['groups']:,} "
                f"groups), but {100 * bad['value']:.1f}% of those from {bad['source']} "
                f"({bad['n']:,} images, {bad['groups']:,} groups): {verdict}."
            )
            yield {"level": "warn" if apart else "note", "text": text}


def _find_difference(split: Mapping[str, Any]) -> Iterator[Finding]:
    score = _score(split, "macro_f1")
    change = score.get("classifier - linear_probe")
    if change is None or change["value"] is None or change["low"] is None:
        return
    ends = f"95% interval {change['low']:+z.3f} to {change['high']:+z.3f}"
    if change["low"] > 0:
        level, verdict = "good", "The classifier is better than"
    elif change["high"] < 0:
        level, verdict = "warn", "The classifier is worse than"
    else:
        level, verdict = "warn", "The classifier is not shown to be better than"
    text = (
        f"{verdict} a linear probe on frozen features: macro F1 {change['value']:+z.3f} ({ends})."
    )
    yield {"level": level, "text": text}


def _find_small(classes: list[dict[str, Any]], words: Words) -> Iterator[Finding]:
    missing = [format_words(row["label"]) for row in classes if row["n"] == 0]
    if missing:
        yield {"level": "warn", "text": f"No test image is of: {', '.join(missing)}."}
    few = [row for row in classes if 0 < row["n"] < FEW_IMAGES]
    if few:
        sizes = ", ".join(f"{format_words(row['label'])} ({row['n']})" for row in few)
        text = (
            f"Fewer than {FEW_IMAGES} test {words.images}, too few to judge a class on its own: "
            f"{sizes}."
        )
        yield {"level": "warn", "text": text}
    lumped = [row for row in classes if 0 < row["effective_groups"] < FEW_GROUPS]
    if lumped:
        sizes = ", ".join(
            f"{format_words(row['label'])} ({row['groups']} {words.few} that weigh as much as "
            f"{row['effective_groups']:.1f} of one size)"
            for row in lumped
        )
        text = (
            f"A few patients hold most test {words.images} of a class, so its recall is known "
            f"poorly however many {words.images} there are: {sizes}."
        )
        yield {"level": "warn", "text": text}


def _score(split: Mapping[str, Any], metric: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in split["scores"] if row["metric"] == metric)
    return found
