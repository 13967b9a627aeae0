"""What many answers amount to, counted as they come."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from brain_tumor_kedro.assessment.abstention import ROUNDING
from brain_tumor_kedro.doubts import find_doubts

#: Why a person should look at an image, the gravest first, and what a reader calls it.
KINDS = {
    "unreadable": "cannot be read",
    "foreign": "unlike the images that the classifier knows",
    "quality": "poor quality",
    "doubtful": "doubtful by what the file says of it",
    "several": "more than one class in the prediction set",
    "unsure": "the classifier is less sure than it should be",
    "blank": "nothing to be seen, or almost nothing",
}

#: Qualities of images that show nothing, such as the ends of a volume: last among those to look at.
BLANK = ("blank", "nearly_blank")

#: Of an image that no person need look at.
GOOD = "good"


def find_kinds(row: Mapping[str, Any], answer_from: float | None) -> list[str]:
    """Say in one word each why a person should look at an image.

    Args:
        row: Of a table of answers.
        answer_from: The least top probability of an answer that no person need look at.

    Returns:
        Keys of `KINDS`, the gravest first; empty where no review is needed.
    """
    if not row["needs_review"]:
        return []
    if row["label"] is None:
        return ["unreadable"]
    held = row["prediction_set"]
    found = {
        "foreign": bool(row["out_of_distribution"]),
        "quality": row["quality"] not in (GOOD, *BLANK),
        "doubtful": bool(find_doubts(row["reason"])),
        "several": held is not None and "|" in held,
        "unsure": answer_from is not None and top_probability(row) < answer_from - ROUNDING,
        "blank": row["quality"] in BLANK,
    }
    return [kind for kind, holds in found.items() if holds]


def find_group(row: Mapping[str, Any], answer_from: float | None) -> str:
    """Say what an image is shown among: its gravest kind, though a blank one shows nothing else.

    Returns:
        A key of `KINDS`, or `GOOD`.
    """
    kinds = find_kinds(row, answer_from)
    return "blank" if "blank" in kinds else next(iter(kinds), GOOD)


def is_reliable(row: Mapping[str, Any]) -> bool:
    """Whether an image is one that the classifier can say something of: good, and not foreign."""
    return row["quality"] == GOOD and not row["out_of_distribution"]


def find_caution(row: Mapping[str, Any]) -> str:
    """What is said before a class, where there is one, that does not stand by itself.

    Returns:
        Empty where no review is needed.
    """
    if not row["needs_review"]:
        return ""
    return "to be reviewed" if is_reliable(row) else "not to be relied on"


def top_probability(row: Mapping[str, Any]) -> float:
    """The probability of the class that is named."""
    return float(row[f"p_{row['label']}"])


class AnswerCounts:
    """Counts of answers; of constant size however many there are."""

    def __init__(self, classes: Sequence[str], answer_from: float | None) -> None:
        """Start at zero.

        Args:
            classes: Class labels in the order of the classifier's outputs.
            answer_from: As for `find_kinds`.
        """
        self._answer_from = answer_from
        self._labels = Counter(dict.fromkeys(classes, 0))
        self._clear = Counter(dict.fromkeys(classes, 0))
        self._kinds: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
        self._quality: Counter[str] = Counter()
        self._unreliable = self._images = self._review = self._files = self._guarded = 0
        self._last: str | None = None

    def add(self, row: Mapping[str, Any]) -> None:
        """Count an answer; those about one file come one after the other."""
        self._images += 1
        self._files += row["file"] != self._last
        self._last = row["file"]
        self._review += row["needs_review"]
        self._guarded += row["out_of_distribution"] is not None
        self._quality[row["quality"]] += 1
        self._kinds.update(find_kinds(row, self._answer_from))
        if row["label"] is None:
            return
        if not is_reliable(row):
            self._unreliable += 1
            return
        self._labels[row["label"]] += 1
        self._clear[row["label"]] += not row["needs_review"]

    def summarize(self) -> dict[str, Any]:
        """Say what was counted.

        Returns:
            `files`, `images` (frames of files with several), `answered`, `needs_review`,
            `guarded` (images that the guard judged), counts `labels` of answers about good images
            that are not foreign, `unreliable` (all other answers), `without_review`
            {class: answers that no person need look at}, `review` {key of `KINDS`: images; one
            may count several times} and `quality`. Plain numbers.
        """
        return {
            "files": self._files,
            "images": self._images,
            "answered": self._labels.total() + self._unreliable,
            "needs_review": self._review,
            "guarded": self._guarded,
            "labels": dict(self._labels),
            "unreliable": self._unreliable,
            "without_review": dict(self._clear),
            "review": dict(self._kinds),
            "quality": dict(self._quality.most_common()),
        }
