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
        numbers: With `clean` {accuracy} and `corruptions`, by name `severity`, `accuracy`, `loss`
            and `loss_low`, each a list over severities.

    Returns:
        `level` and `text` of each finding.
    """
    clean = numbers["clean"]["accuracy"]
    found = [
        _judge(name_corruption(name), scores, clean)
        for name, scores in numbers["corruptions"].items()
    ]
    harmless = [
        name_corruption(name)
        for name, scores in numbers["corruptions"].items()
        if max(scores["loss"]) <= HARMLESS_LOSS
    ]
    if harmless:
        text = (
            f"Hardly any harm, at most {100 * HARMLESS_LOSS:.0f} points of accuracy even at the "
            f"highest severity, is done by {_enumerate(harmless)}."
        )
        found.append({"level": "good", "text": text})
    return [finding for finding in found if finding is not None]


def name_corruption(name: str) -> str:
    """Write a corruption's name as words, such as `loss of contrast`."""
    return WORDS.get(name, name.replace("_", " "))


def _judge(words: str, scores: Mapping[str, Any], clean: float) -> dict[str, str] | None:
    for place, severity in enumerate(scores["severity"]):
        certain = (scores["loss_low"][place] or 0) > 0
        if severity <= MILD and certain and scores["loss"][place] > MILD_LOSS:
            text = f"Even mild {words} {_compare(scores, place, clean)}."
            return {"level": "warn", "text": text}
    worst = int(np.argmax(scores["loss"]))
    if scores["loss"][worst] > SEVERE_LOSS:
        text = f"Strong {words} {_compare(scores, worst, clean)}; mild {words} costs far less."
        return {"level": "note", "text": text}
    return None


def _compare(scores: Mapping[str, Any], place: int, clean: float) -> str:
    return (
        f"(severity {scores['severity'][place]} of 5) lowers the accuracy from {clean:.0%} to "
        f"{scores['accuracy'][place]:.0%}"
    )


def _enumerate(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
