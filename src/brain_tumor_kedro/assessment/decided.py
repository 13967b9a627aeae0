"""What a classifier reaches on test patients by the strategy that was chosen beforehand."""

from collections.abc import Mapping
from typing import Any

#: The split that counts.
SPLIT = "test"


def pick_decided(patients: Mapping[str, Any]) -> dict[str, Any]:
    """Pick what the chosen strategy reaches, and what always saying the positive class does.

    Args:
        patients: The theme `patients`, see `patient_theme.summarize_patients`; empty where the
            unit of the task is a slice.

    Returns:
        `strategy`, `positive`, `n` (test patients), and `own` and `always`: by metric, a score
        with `value`, `low` and `high`. Nothing where there are no test patients.
    """
    tests = [split for split in patients.get("splits", []) if split["split"] == SPLIT]
    if not tests:
        return {}
    rows = {row["strategy"]: row for row in tests[0]["rows"] if row["level"] == "patient"}
    chosen = patients["settings"]["strategy"]
    found = {"own": rows.get(chosen), "always": rows.get(patients["baseline"])}
    about = {"strategy": chosen, "positive": patients["positive"], "n": tests[0]["patients"]}
    return {**about, **found} if all(found.values()) else {}


def say_decided(patients: Mapping[str, Any]) -> str:
    """Say it in a sentence; nothing where there is nothing to say.

    Args:
        patients: As of `pick_decided`.

    Returns:
        The sentence.
    """
    decided = pick_decided(patients)
    if not decided:
        return ""
    own, always = decided["own"], decided["always"]
    return (
        f"Of {decided['n']:,} test patients (strategy {decided['strategy'].replace('_', ' ')}): "
        f"accuracy {_say(own['accuracy'])}, F1 of {decided['positive']} {_say(own['f1'])}; always "
        f"saying {decided['positive']} would reach {_say(always['accuracy'])} and "
        f"{_say(always['f1'])}."
    )


def _say(score: Mapping[str, Any]) -> str:
    if score["value"] is None:
        return "undefined"
    if score["low"] is None:
        return f"{score['value']:.3f}"
    return f"{score['value']:.3f} (95% interval {score['low']:.3f} to {score['high']:.3f})"
