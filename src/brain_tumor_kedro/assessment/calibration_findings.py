"""What a reader must know of calibration and decisions, in sentences.

What no interval can be given for, since the images are too few, is not called good.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from brain_tumor_kedro.assessment.conformal import LAC
from brain_tumor_kedro.assessment.decision_curve import SENSIBLE
from brain_tumor_kedro.assessment.formatting import join_labels
from brain_tumor_kedro.assessment.weighted import ALL

#: A mean confidence that is off by more is worth a warning.
LARGE_GAP = 0.05

#: A use that is sure at so many of the sensible thresholds is told as good.
MOSTLY = 0.5

#: Classes with fewer images are too few to say that sets fail them.
FEW_IMAGES = 20

Finding = dict[str, str]


def find_calibration(summary: Mapping[str, Any]) -> Iterator[Finding]:
    """Say what the numbers mean.

    Args:
        summary: As `judge_calibration` makes it; of its splits, `test` is told.

    Yields:
        `level` (`good`, `note` or `warn`) and `text`.
    """
    test = summary["splits"]["test"]
    yield _find_honesty(test)
    yield from _find_temperature(summary["temperature"])
    yield from _find_answers(summary, test["abstention"])
    yield from _find_sets(summary, test["sets"])
    yield _find_use(test["decisions"][0], summary["prevalence"])


def _find_honesty(test: Mapping[str, Any]) -> Finding:
    gap, error, chance = test["after"]["overconfidence"], test["after"]["ece"], test["chance"]
    accuracy = test["abstention"]["accuracy"]
    said = f"{_percent(accuracy + gap['value'], 1)}"
    sentence = (
        f"on average the classifier is {said} sure and right in {_percent(accuracy, 1)} of cases"
    )
    within = f"calibration error {error['value']:.3f}; up to {chance['high']:.3f} may be chance"
    if error["value"] <= chance["high"]:
        text = f"No sign that its probabilities are off: {sentence} ({within})."
        return {"level": "good" if test["groups"] > 1 else "note", "text": text}
    sided = "surer than it should be" if gap["value"] > 0 else "less sure than it could be"
    known = gap["low"] is not None and (gap["low"] > 0 or gap["high"] < 0)
    if known and gap["value"] > LARGE_GAP:
        return {"level": "warn", "text": f"It is {sided}: {sentence} ({within})."}
    text = f"Its probabilities are off by more than chance, it is {sided}: {sentence} ({within})."
    return {"level": "note", "text": text}


def _find_temperature(temperature: Mapping[str, Any] | None) -> Iterator[Finding]:
    note = "the classifier is of an earlier version" if temperature is None else temperature["note"]
    if note:
        yield {"level": "note", "text": f"Its probabilities were not calibrated: {note}."}


def _find_answers(summary: Mapping[str, Any], abstention: Mapping[str, Any]) -> Iterator[Finding]:
    target, limit = summary["target_accuracy"], summary["answer_from"]
    if limit is None:
        yield {
            "level": "note",
            "text": f"No confidence reaches {_percent(target)} accuracy on validation: which cases "
            "to leave to a person cannot be told by confidence.",
        }
        return
    answered, accuracy = abstention["above"]["answered"], abstention["above"]["accuracy"]
    if accuracy["value"] is None:
        yield {
            "level": "warn",
            "text": f"It is never {_percent(limit, 1)} sure on the test images.",
        }
        return
    known = accuracy["high"] is not None
    missed = known and accuracy["high"] < target
    yield {
        "level": "good" if known and accuracy["value"] >= target else "warn" if missed else "note",
        "text": f"Where it is at least {_percent(limit, 1)} sure, chosen for {_percent(target)} "
        f"accuracy on validation, it answers {_percent(answered['value'], 1)} of "
        f"the test images and is right in {_spread(accuracy)} of them; of all it is right in "
        f"{_percent(abstention['accuracy'], 1)}.",
    }


def _find_sets(summary: Mapping[str, Any], sets: list[dict[str, Any]]) -> Iterator[Finding]:
    missing = [level for level in summary["levels"] if level not in summary["possible_levels"]]
    if missing:
        levels = " and ".join(f"{_percent(level)}" for level in missing)
        yield {
            "level": "note",
            "text": f"{summary['val_images']} validation images are too few for prediction sets "
            f"of {levels}.",
        }
    for level in summary["possible_levels"]:
        rows = {row["label"]: row for row in sets if (row["method"], row["level"]) == (LAC, level)}
        yield _find_level(level, rows)


def _find_level(level: float, rows: Mapping[str, Mapping[str, Any]]) -> Finding:
    whole = rows[ALL]
    coverage = {"value": whole["coverage"], "low": whole["coverage_low"],
                "high": whole["coverage_high"]}  # fmt: skip
    text = (
        f"Prediction sets meant to hold the true class in {_percent(level)} of cases hold it in "
        f"{_spread(coverage)}, with {whole['size']:.2f} classes each"
    )
    many = {k: row for k, row in rows.items() if k != ALL and row["n"] >= FEW_IMAGES}
    worst = min(many, key=lambda label: float(many[label]["coverage"]), default=None)
    failed = whole["coverage_high"] is not None and whole["coverage_high"] < level
    if worst is not None:
        high = many[worst]["coverage_high"]
        failed = failed or (high is not None and high < level)
        name = worst.replace("_", " ")
        text += f"; the class they fail most is {name}, with {_percent(many[worst]['coverage'], 1)}"
    short = whole["coverage"] < level or whole["coverage_high"] is None
    return {"level": "warn" if failed else "note" if short else "good", "text": f"{text}."}


def _find_use(decision: Mapping[str, Any], prevalence: float | None) -> Finding:
    low, high = SENSIBLE
    labels = join_labels(decision["labels"])
    positives = _percent(decision["positives"])
    if decision["positives"] in (0, 1) and prevalence is None:
        text = f"What acting on it is worth cannot be judged: {positives} of the test images are "
        return {"level": "note", "text": f"{text}{labels}."}
    share = f"{positives} of these images, another share than in a clinic"
    if prevalence is not None:
        share = f"weighed to a prevalence of {positives}"
    about = f"for {labels} against the rest ({share})"
    thresholds = f"thresholds from {_percent(low)} to {_percent(high)}"
    if decision["better"] == 1:
        level = "good" if decision["surely_better"] >= MOSTLY else "note"
        text = f"At all {thresholds}, acting on it does more good than acting on all or on none"
        sure = decision["surely_better"]
        text += f", {about}; at {_percent(sure)} of them the whole 95% interval says so."
        return {"level": level, "text": text}
    text = (
        f"At {_percent(decision['better'])} of the {thresholds}, acting on it does more good than "
        f"acting on all or on none, and at {_percent(decision['worse'])} less, {about}."
    )
    return {"level": "warn" if decision["worse"] > 0 else "note", "text": text}


def _spread(spread: Mapping[str, Any]) -> str:
    value, low, high = (spread[name] for name in ("value", "low", "high"))
    if low is None:
        return _percent(value, 1)
    ends = f"{_percent(low, 1)} to {_percent(high, 1)}"
    return f"{_percent(value, 1)} (95% interval {ends})"


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}%"
