"""What breaks a classifier, and what does not: the rules, and what they say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

#: What corruptions are called where the name alone would not say it.
WORDS = {
    "brightness": "brightening",
    "contrast": "loss of contrast",
    "jpeg": "JPEG compression",
    "resolution": "loss of resolution",
}

#: Severities that clinical images often have.
MILD = 2

#: Loss of accuracy over which a mild corruption is warned of, where its interval lies above zero.
MILD_LOSS = 0.1

#: Loss of accuracy, in any severity, that is worth a note.
SEVERE_LOSS = 0.2

#: Loss of accuracy up to which a corruption does no harm.
HARMLESS_LOSS = 0.05


def find_weaknesses(numbers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Say in sentences what breaks the classifier, and what does not.

    Args:
        numbers: With `clean` {accuracy} and `corruptions`, by name `severity`, `accuracy`, `loss`,
            `loss_low` and `loss_high`, each a list over severities.

    Returns:
        `level` and `text` of each finding.
    """
    clean, corruptions = numbers["clean"]["accuracy"], numbers["corruptions"]
    found = [_judge(name_corruption(name), scores, clean) for name, scores in corruptions.items()]
    harmless = {
        name: scores for name, scores in corruptions.items() if max(scores["loss"]) <= HARMLESS_LOSS
    }
    if harmless:
        found.append(_praise(harmless))
    return [finding for finding in found if finding is not None]


def name_corruption(name: str) -> str:
    """Write a corruption's name as words, such as `loss of contrast`."""
    return WORDS.get(name, name.replace("_", " "))


def _judge(words: str, scores: Mapping[str, Any], clean: float) -> dict[str, str] | None:
    mild = [place for place, severity in enumerate(scores["severity"]) if severity <= MILD]
    for place in mild:
        certain = (scores["loss_low"][place] or 0) > 0
        if certain and scores["loss"][place] > MILD_LOSS:
            return {"level": "warn", "text": f"Even mild {_compare(words, scores, place, clean)}."}
    worst = int(np.argmax(scores["loss"]))
    if scores["loss"][worst] > SEVERE_LOSS:
        text = f"Strong {_compare(words, scores, worst, clean)}"
        if mild and worst not in mild:
            text += f"; at severity {scores['severity'][mild[-1]]} it is "
            text += f"{scores['accuracy'][mild[-1]]:.0%}"
        return {"level": "note", "text": f"{text}."}
    return None


def _compare(words: str, scores: Mapping[str, Any], place: int, clean: float) -> str:
    low, high = scores["loss_low"][place], scores["loss_high"][place]
    ends = "" if low is None else f", 95% interval {100 * low:.0f} to {100 * high:.0f}"
    return (
        f"{words} (severity {scores['severity'][place]} of 5) lowers the mean recall from "
        f"{clean:.0%} to {scores['accuracy'][place]:.0%} "
        f"(by {100 * scores['loss'][place]:.0f} points{ends})"
    )


def _praise(harmless: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    text = (
        f"Little harm, at most {100 * HARMLESS_LOSS:.0f} points of mean recall even at the highest "
        f"severity, is done by {_enumerate([name_corruption(name) for name in harmless])}"
    )
    highs = [high for scores in harmless.values() for high in scores["loss_high"]]
    if None not in highs and max(highs) > HARMLESS_LOSS:
        text += f"; on so few images, up to {100 * max(highs):.0f} points cannot be ruled out"
    elif None in highs:
        text += "; on so few groups of images, that may be chance"
    return {"level": "note" if None in highs else "good", "text": f"{text}."}


def _enumerate(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
