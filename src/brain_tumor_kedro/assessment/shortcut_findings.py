"""When a shortcut is likely: the rules, and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any

from brain_tumor_kedro.assessment.masking import NO_BACKGROUND, NO_HEAD, WHOLE
from brain_tumor_kedro.assessment.shortcuts import LABEL, LABEL_ALONE, SOURCE

#: How far the lower end of the interval must lie above guessing: where the head is removed; where
#: the class is told from the background or the border; where the source is told, above what the
#: class alone tells of it.
HEAD_MARGIN = 0.1
LABEL_MARGIN = 0.15
SOURCE_MARGIN = 0.1

#: Loss of accuracy without the background from which on it is worth a note.
BACKGROUND_LOSS = 0.1

Finding = dict[str, str]


def find_shortcuts(numbers: Mapping[str, Any]) -> list[Finding]:
    """Say in sentences where a shortcut is likely, and where none is.

    Args:
        numbers: With `probes`, `masking` and `entangled`.

    Returns:
        `level` and `text` of each finding.
    """
    return [
        *_judge_masking(numbers["masking"]),
        *_judge_labels(numbers["probes"]),
        *_judge_sources(numbers["probes"], numbers["entangled"]),
    ]


def _judge_masking(masking: Mapping[str, Any]) -> Iterator[Finding]:
    scores = {name: score["balanced"] for name, score in masking["scores"].items()}
    blind, chance = scores[NO_HEAD], masking["chance"]
    said = masking["scores"][NO_HEAD]["commonest"]
    always = f" It calls all of them {_quote(said['label'])}." if said["share"] == 1 else ""
    reached = (
        f"With the head removed from the image, the classifier names {_with_interval(blind)} of "
        f"the test images, averaged over classes; guessing reaches {chance:.0%}.{always}"
    )
    whole, inside = scores[WHOLE]["value"], scores[NO_BACKGROUND]["value"]
    lost = whole - inside > BACKGROUND_LOSS
    limit = chance + HEAD_MARGIN
    if blind["low"] is not None and blind["low"] > limit:
        yield {"level": "warn", "text": f"{reached} It knows them by what lies around the head."}
    elif blind["value"] > limit:
        yield {
            "level": "note",
            "text": f"{reached} This may be chance, or a use of what lies around the head.",
        }
    else:
        alone = "" if lost else f", and with the head alone it names {inside:.0%}"
        text = f"{reached} No sign that what lies around the head is enough for it{alone}."
        # With one class there is nothing to tell apart; without an interval, nothing is known.
        judged = chance < 1 and blind["low"] is not None
        yield {"level": "good" if judged else "note", "text": text}
    if lost:
        yield {
            "level": "note",
            "text": f"With everything outside the head made black, accuracy averaged over classes "
            f"falls from {whole:.0%} to {inside:.0%}: the background matters to the classifier.",
        }


def _judge_labels(probes: list[dict[str, Any]]) -> Iterator[Finding]:
    told = [found for found in _measured(probes, LABEL) if found["within"] is None]
    for found in told:
        if _is_above(found, found["chance"] + LABEL_MARGIN):
            yield {
                "level": "warn",
                "text": f"The class can be told from the {found['basis']} of the image alone: a "
                f"simple classifier that sees nothing else names {_with_interval(found)} of the "
                f"images, averaged over classes; guessing reaches {found['chance']:.0%}. A "
                "classifier may learn that instead of the disease.",
            }
    bases = [found["basis"] for found in told]
    if told and not any(_is_above(found, found["chance"] + LABEL_MARGIN) for found in told):
        yield {
            "level": "good",
            "text": f"The class cannot be told from the {' or the '.join(bases)} of the images.",
        }


def _judge_sources(
    probes: list[dict[str, Any]], entangled: Mapping[str, list[str]]
) -> Iterator[Finding]:
    told = [found for found in _measured(probes, SOURCE) if found["basis"] != LABEL_ALONE]
    beyond = [found for found in told if _is_above(found, _told_without(found, probes))]
    if beyond:
        best = max(beyond, key=lambda found: found["low"] - _told_without(found, probes))
        among = f" among images of {_words(best['within'])}" if best["within"] else ""
        yield {
            "level": "note",
            "text": f"The source of an image shows in its {best['basis']}: a simple classifier "
            f"names it for {_with_interval(best)} of the images{among}, averaged over sources, "
            f"where {_told_without(best, probes) - SOURCE_MARGIN:.0%} is what can be known "
            "without looking.",
        }
    elif told:
        bases = " or ".join(dict.fromkeys(found["basis"] for found in told))
        text = f"The source of an image cannot be told from its {bases} beyond what its class says."
        yield {"level": "good", "text": text}
    if entangled:
        parts = [
            f"{source} lacks {', '.join(_quote(label) for label in labels)}"
            for source, labels in entangled.items()
        ]
        yield {
            "level": "warn" if beyond else "note",
            "text": f"Not every source holds every class: {'; '.join(parts)}. What tells the "
            "source tells something of the class as well.",
        }


def _told_without(found: Mapping[str, Any], probes: list[dict[str, Any]]) -> float:
    """What the lower end must pass: guessing, or what the class alone tells, and the margin."""
    alone = [
        other["accuracy"]
        for other in _measured(probes, SOURCE)
        if other["basis"] == LABEL_ALONE
        and found["within"] is None
        and other.get("images") == found.get("images")
    ]
    return float(max([found["chance"], *alone])) + SOURCE_MARGIN


def _measured(probes: list[dict[str, Any]], target: str) -> list[dict[str, Any]]:
    return [
        found for found in probes if found["target"] == target and found["accuracy"] is not None
    ]


def _is_above(found: Mapping[str, Any], limit: float) -> bool:
    return found["low"] is not None and found["low"] > limit


def _words(name: str) -> str:
    return name.replace("_", " ")


def _quote(label: str) -> str:
    return f"“{_words(label)}”"


def _with_interval(score: Mapping[str, Any]) -> str:
    value = score["value"] if "value" in score else score["accuracy"]
    if score["low"] is None:
        return f"{value:.0%}"
    return f"{value:.0%} ({score['low']:.0%} to {score['high']:.0%})"
