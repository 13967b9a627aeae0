"""What a reader of answers should know of the model that gave them."""

import re
from collections.abc import Mapping
from typing import Any

from brain_tumor_kedro.assessment.formatting import format_number, format_share
from brain_tumor_kedro.serving.bundle import BundleFacts
from brain_tumor_kedro.tasks import TASKS, name_colors

#: Scores that a registered version's tags may tell, the first one that is there counts.
SCORES = {
    "test.patient.accuracy": "Test accuracy, by patient",
    "test.accuracy": "Test accuracy",
    "test_accuracy": "Test accuracy",
}


def describe_model(
    facts: BundleFacts, level: float, guarded: bool, registered: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what `render_answers` shows of a model.

    Args:
        facts: Of the bundle.
        level: Of the prediction sets.
        guarded: Whether it has a guard against foreign images.
        registered: `name`, `number` and `tags` of a registered version; empty for a folder.

    Returns:
        `facts`, `phantom`, `calibrated`, `level`, `answer_from` and `colors`.
    """
    val = f"{format_number(facts.val_images)} images"
    known = {
        "Model": registered.get("name"),
        "Version": registered.get("number"),
        "Task": TASKS[facts.task].title,
        "Recipe": facts.recipe_name,
        "Trained on": "phantoms, which are generated" if facts.phantom else "real images",
        "Split": facts.split_strategy,
        **_find_score(registered.get("tags", {})),
        "Prediction sets": f"{level:.0%}" if str(level) in facts.quantiles else "none",
        "Sure enough from": format_share(facts.answer_from, 1) if facts.answer_from else "unknown",
        "Both by validation on": val,
        "Guard": "fitted on its training images" if guarded else "none",
        "Calibration": _describe_calibration(facts),
        "Manifest digest": facts.manifest_digest,
        "Fingerprint": facts.fingerprint,
        "Code it was trained with": facts.git_revision,
        "Put together": facts.created,
    }
    return {
        "facts": {name: value for name, value in known.items() if value},
        "phantom": facts.phantom,
        "calibrated": facts.calibrated,
        "level": level,
        "answer_from": facts.answer_from,
        "colors": name_colors(TASKS[facts.task]),
    }


def name_version(command: str, known: Mapping[str, Any]) -> str:
    """Write a command so that it asks the version that answered, whatever its alias is by then.

    Args:
        command: As it was given, maybe with an alias or `latest`.
        known: `facts` of `describe_model`, with `Model` and `Version` of a registered one.

    Returns:
        The command with `models:/<name>/<version>`.
    """
    if not {"Model", "Version"} <= known.keys():
        return command
    uri = f"models:/{known['Model']}"
    pattern = rf"{re.escape(uri)}(?:@[\w.-]+|/latest\b)"
    return re.sub(pattern, lambda _: f"{uri}/{known['Version']}", command)


def _describe_calibration(facts: BundleFacts) -> str:
    if not facts.calibrated:
        return "none: validation images gave no temperature"
    return f"temperature {format_number(facts.temperature)}, on validation images"


def _find_score(tags: Mapping[str, str]) -> dict[str, str]:
    """The score on test images, with its interval where the tags have one."""
    for tag, name in SCORES.items():
        if tag in tags:
            ends = [_share(tags[key]) for key in (f"{tag}.low", f"{tag}.high") if key in tags]
            interval = f" (95%: {' to '.join(ends)})" if len(ends) == 2 else ""
            return {name: _share(tags[tag]) + interval}
    return {}


def _share(value: str) -> str:
    return format_share(float(value), 1)
