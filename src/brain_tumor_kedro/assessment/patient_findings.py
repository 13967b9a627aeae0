"""What stands out in the scores of patients, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.assessment.patient_scores import BASELINE, PATIENT, SLICE
from brain_tumor_kedro.assessment.score_findings import say_interval

#: With fewer patients of a class than this, scores of it say little.
FEW_PATIENTS = 20

#: Ends of intervals that lie nearer to a bound are on it, as they are written.
ROUNDING = 5e-4

Finding = dict[str, str]


def find_in_patients(summary: Mapping[str, Any]) -> list[Finding]:
    """Say what a reader must know of the decisions by patient.

    Args:
        summary: See `patient_theme.summarize_patients`.

    Returns:
        `level` (`good`, `note` or `warn`) and `text` of each finding.
    """
    splits = {split["split"]: split for split in summary["splits"]}
    rows = {(row["level"], row["strategy"]): row for row in splits["test"]["rows"]}
    strategies = {name: rows[PATIENT, name] for name in summary["strategies"]}
    return [
        *_find_baseline(summary, strategies, rows[PATIENT, BASELINE]),
        *_find_ranking(strategies[summary["main"]], summary),
        *_find_few(splits["test"], summary["positive"]),
        *_find_strategies(summary, strategies, splits["test"]),
        *_find_slices(summary, strategies[summary["main"]], rows[SLICE, SLICE]),
        *_find_mistakes(summary, splits["test"]),
        *_find_learned(summary),
    ]


def say_score(interval: Mapping[str, Any], sign: str = "") -> str:
    """Write a score with its interval; without one, say so."""
    value = f"{interval['value']:{sign}z.3f}"
    if interval["low"] is None:
        return f"{value} (no interval can be given)"
    return f"{value} (95% interval {interval['low']:{sign}z.3f} to {interval['high']:{sign}z.3f})"


def _find_baseline(
    summary: Mapping[str, Any],
    strategies: Mapping[str, Mapping[str, Any]],
    baseline: Mapping[str, Any],
) -> Iterator[Finding]:
    """The first question: is the classifier worth more than one word?"""
    main = strategies[summary["main"]]
    change, positive = main["difference"]["f1"], summary["positive"]
    if change["value"] is None:
        text = f"No test patient is {positive}: F1 and the baseline's are not defined."
        yield {"level": "warn", "text": text}
        return
    if _is_above(change, 0):
        level, verdict = "good", "is better than"
    elif change["high"] is not None and change["high"] < -ROUNDING:
        level, verdict = "warn", "is worse than"
    elif change["value"] == change["low"] == change["high"] == 0:
        level, verdict = "warn", "says nothing else than"
    else:
        level, verdict = "warn", "is not shown to be better than"
    yield {
        "level": level,
        "text": (
            f"{_name(summary)} {verdict} calling every patient {positive}: F1 "
            f"{main['f1']['value']:.3f} against {baseline['f1']['value']:.3f}, difference "
            f"{say_score(change, '+')}; accuracy {100 * main['accuracy']['value']:.1f}% against "
            f"{100 * baseline['accuracy']['value']:.1f}%."
        ),
    }
    shown = [name for name, row in strategies.items() if _is_above(row["difference"]["f1"], 0)]
    text = (
        f"{len(shown)} of {len(strategies)} strategies are better than that beyond chance in F1, "
        "taken one by one; with several looked at, one may be so by chance."
    )
    yield {"level": "note", "text": text}


def _find_ranking(main: Mapping[str, Any], summary: Mapping[str, Any]) -> Iterator[Finding]:
    area, other = main["auroc"], main["specificity"]
    if area["value"] is None:
        text = "The test patients are all of one class, so there is no AUROC."
        yield {"level": "warn", "text": text}
        return
    # Without a single pair in the wrong order no draw has one, and nothing is known of the spread.
    shown = _is_above(area, 0.5) or area["value"] == 1
    yield {
        "level": "note" if shown else "warn",
        "text": (
            f"{_name(summary)} ranks patients with an AUROC of {say_score(area)}"
            f"{'' if shown else ', which is not shown to be above chance, 0.5'}. Of the patients "
            f"who are not {summary['positive']} it recognizes {say_interval(other)}; F1 does not "
            "count them."
        ),
    }


def _find_few(split: Mapping[str, Any], positive: str) -> Iterator[Finding]:
    sizes = {
        positive: split["positives"],
        f"not {positive}": split["patients"] - split["positives"],
    }
    few = [f"{number} {name}" for name, number in sizes.items() if number < FEW_PATIENTS]
    if few:
        text = (
            f"Of {split['patients']:,} test patients, {' and '.join(few)}: too few to tell "
            "strategies apart, however many slices they have."
        )
        yield {"level": "warn", "text": text}


def _find_strategies(
    summary: Mapping[str, Any],
    strategies: Mapping[str, Mapping[str, Any]],
    split: Mapping[str, Any],
) -> Iterator[Finding]:
    known = {name: row["f1"]["value"] for name, row in strategies.items()}
    known = {name: value for name, value in known.items() if value is not None}
    if len(known) > 1:
        best, worst = max(known, key=lambda name: known[name]), min(known, key=lambda n: known[n])
        disputed = summary["disputed"].get("test", 0)
        if not disputed:
            text = f"All strategies call the {split['patients']:,} test patients the same."
            yield {"level": "note", "text": text}
            return
        text = (
            f"The strategies call {disputed:,} of {split['patients']:,} test patients "
            f"differently; their F1 goes from {known[worst]:.3f} ({format_words(worst)}) to "
            f"{known[best]:.3f} ({format_words(best)}). Which is the best one here says little "
            "of other patients: the findings speak of the one that was chosen beforehand."
        )
        yield {"level": "note", "text": text}


def _find_slices(
    summary: Mapping[str, Any], main: Mapping[str, Any], slices: Mapping[str, Any]
) -> Iterator[Finding]:
    text = (
        f"{100 * slices['accuracy']['value']:.1f}% of the single slices are called right, and "
        f"{100 * main['accuracy']['value']:.1f}% of the patients "
        f"({format_words(summary['main'])}). A score of slices is not one of patients: patients "
        "with many slices weigh more in it."
    )
    yield {"level": "note", "text": text}


def _find_mistakes(summary: Mapping[str, Any], split: Mapping[str, Any]) -> Iterator[Finding]:
    wrong = summary["mistakes"].get("test", 0)
    if wrong:
        text = (
            f"Every strategy is wrong about {wrong:,} of {split['patients']:,} test patients: no "
            "way of putting their slices together helps, see patient_mistakes.csv."
        )
        yield {"level": "note", "text": text}


def _find_learned(summary: Mapping[str, Any]) -> Iterator[Finding]:
    if note := summary["pooling"].get("note"):
        text = f"Pooling was not learned: {note}. The other strategies learn nothing."
    else:
        text = (
            "Gated attention learned from the training patients' features, which come from a "
            "network that was trained on these very slices and knows them better than any others: "
            "it sees training patients that look easier than new ones. Validation patients said "
            "when to stop, so only its test scores count."
        )
    yield {"level": "note", "text": text}


def _is_above(interval: Mapping[str, Any], bound: float) -> bool:
    return interval["low"] is not None and interval["low"] > bound + ROUNDING


def _name(summary: Mapping[str, Any]) -> str:
    return f"The strategy {format_words(summary['main'])}"
