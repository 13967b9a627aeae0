"""The gates of promotion: what must hold before a classifier takes the champion's place.

Whether it is as good as the champion is a question of non-inferiority: the difference of macro F1
on the same validation images is drawn anew by groups of related images, for both classifiers from
the same draws, and the lower end of its 95% interval must not be below minus a margin that was
stated before. "Not significantly worse" would not do: on few images everything passes. Validation
and not test, since a test split that chooses champions is no test split any more. See Piaggio et
al., "Reporting of noninferiority and equivalence randomized trials", JAMA 308:24, 2012.

What a margin of 0.05 means, on 327 real validation images of 65 groups: another head on the same
network, 0.019 worse, has the interval -0.046 to -0.004 and may replace it, though it is surely
worse; a linear probe, 0.126 worse (-0.212 to -0.071), may not.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from brain_tumor_kedro.assessment.champion_comparison import compare_answers
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.tasks import Task

#: What champions are chosen by.
CHOSEN_ON, METRIC = "val", "macro_f1"


class Evidence(NamedTuple):
    """What an evaluation of a version recorded.

    Attributes:
        manifest: Columns `image_id`, `group_id`, `patient_id`.
        predictions: Of all splits, with the classifier's `fingerprint` in `attrs`.
        scores: The `scores_table`.
        curation: The `curation_summary`.
        training: The `training_summary`.
        guard: What was found of the guard, see `guard_judging.judge_scores`; empty where none was
            tried.
    """

    manifest: pd.DataFrame
    predictions: pd.DataFrame
    scores: pd.DataFrame
    curation: Mapping[str, Any]
    training: Mapping[str, Any]
    guard: Mapping[str, Any]


class Contender(NamedTuple):
    """A version of the registry.

    Attributes:
        number: Of the version.
        fingerprint: Of its classifier.
        manifest_digest: Of the data set that it was trained on.
        phantom: Whether that is generated.
        evidence: What its evaluation recorded; None where it was not evaluated.
    """

    number: str
    fingerprint: str
    manifest_digest: str
    phantom: bool
    evidence: Evidence | None


class Gate(NamedTuple):
    """One condition of a promotion.

    Attributes:
        name: Of the gate.
        passed: Whether it holds.
        number: What was measured, if it is a number.
        limit: What the number was held against.
        text: A sentence that says so.
    """

    name: str
    passed: bool
    text: str
    number: float | None = None
    limit: float | None = None


def judge_gates(
    candidate: Contender,
    champion: Contender | None,
    task: Task,
    settings: PromotionSettings,
    resampling: ResamplingSettings,
) -> list[Gate]:
    """Hold a candidate against every gate.

    Args:
        candidate: What is to be champion.
        champion: What is champion; None where there is none.
        task: The task.
        settings: How strictly it is judged.
        resampling: How intervals are drawn.

    Returns:
        All gates, passed or not; of a version that was not evaluated, that alone.
    """
    if candidate.evidence is None:
        return [Gate("evaluated", False, "It was never evaluated.")]
    return [
        _judge_evaluation(candidate, candidate.evidence),
        _judge_leakage(candidate.evidence),
        _judge_data(candidate, champion),
        _judge_calibration(candidate.evidence, settings),
        _judge_guard(candidate.evidence, settings),
        _judge_difference(candidate, candidate.evidence, champion, task, settings, resampling),
    ]


def _judge_evaluation(candidate: Contender, evidence: Evidence) -> Gate:
    found = evidence.predictions.attrs.get("fingerprint")
    if found != candidate.fingerprint:
        text = f"Its recorded predictions are of another classifier, {str(found)[:16]}."
        return Gate("evaluated", False, text)
    images = int((evidence.predictions["split"] == CHOSEN_ON).sum())
    if not images:
        return Gate("evaluated", False, "There are no validation images to judge it by.", 0)
    text = f"Evaluated, {images:,} validation images among the recorded predictions."
    return Gate("evaluated", True, text, images)


def _judge_leakage(evidence: Evidence) -> Gate:
    crossings, strategy = (evidence.curation[key] for key in ("crossings", "split_strategy"))
    number = sum(crossings.values())
    if number:
        what = ", ".join(f"{count:,} {name}" for name, count in crossings.items())
        text = f"Relatives cross its splits, made by {strategy}: {what}. Split by group."
        return Gate("leakage", False, text, number, 0)
    return Gate("leakage", True, f"Split by {strategy}, nothing crosses the splits.", 0, 0)


def _judge_data(candidate: Contender, champion: Contender | None) -> Gate:
    word = "phantoms" if candidate.phantom else "real images"
    if champion and candidate.phantom and not champion.phantom:
        text = f"Trained on phantoms, it cannot replace version {champion.number} of real images."
        return Gate("data", False, text)
    return Gate("data", True, f"Trained on {word}.")


def _judge_calibration(evidence: Evidence, settings: PromotionSettings) -> Gate:
    row = _score(evidence, "ece")
    limit = settings.calibration_error
    if row is None:
        text = "No calibration error was measured on validation images."
        return Gate("calibration", False, text, None, limit)
    fitted = (evidence.training.get("temperature") or {}).get("note") == ""
    low, high = (row[end] if pd.notna(row[end]) else row["value"] for end in ("low", "high"))
    text = (
        f"Calibration error {row['value']:.3f} ({low:.3f} to {high:.3f}) on validation, "
        f"{'with' if fitted else 'without'} a fitted temperature; its 95% interval must not lie "
        f"above {limit:g}."
    )
    return Gate("calibration", bool(low <= limit), text, float(low), limit)


def _judge_guard(evidence: Evidence, settings: PromotionSettings) -> Gate:
    limit = settings.flagged
    if evidence.guard.get("threshold") is None:
        text = "It has no guard with a threshold against foreign images."
        return Gate("guard", False, text, None, limit)
    good = evidence.guard["good"].get(CHOSEN_ON)
    if good is None:
        text = "Its guard was not tried on validation images."
        return Gate("guard", False, text, None, limit)
    share = good["flagged"]["value"]
    text = (
        f"The guard flags {100 * share:.1f}% of {good['n']:,} validation images; at most "
        f"{100 * limit:g}% are tolerated."
    )
    return Gate("guard", bool(share <= limit), text, float(share), limit)


def _judge_difference(
    candidate: Contender,
    evidence: Evidence,
    champion: Contender | None,
    task: Task,
    settings: PromotionSettings,
    resampling: ResamplingSettings,
) -> Gate:
    if champion is None:
        return Gate("not_worse", True, "There is no champion yet to compare with.")
    if champion.fingerprint == candidate.fingerprint:
        text = f"It is the classifier of the champion, version {champion.number}."
        return Gate("not_worse", True, text, 0.0, -settings.margin)
    problem = _find_incomparable(candidate, evidence, champion)
    if problem or champion.evidence is None:
        if settings.across_manifests:
            return Gate("not_worse", True, f"{problem} The champion gives way as asked.")
        advice = "To replace it all the same: --params promotion.across_manifests=true"
        return Gate("not_worse", False, f"{problem} No comparison is possible. {advice}")
    both = (evidence.predictions, champion.evidence.predictions, evidence.manifest)
    found = compare_answers(*both, task, CHOSEN_ON, METRIC, resampling)
    return _hold_against_margin(found, champion.number, task, settings.margin)


def _hold_against_margin(
    found: Mapping[str, Any], champion: str, task: Task, margin: float
) -> Gate:
    unit = "patients" if task.unit == "patient" else "images"
    said = (
        f"Macro F1 {found['value']:+.3f} against champion version {champion} on the same "
        f"{found['n']:,.0f} validation {unit} of {found['groups']:,.0f} groups"
    )
    if pd.isna(found["low"]):
        text = f"{said}: too few groups for an interval."
        return Gate("not_worse", False, text, None, -margin)
    text = (
        f"{said}, 95% interval {found['low']:+.3f} to {found['high']:+.3f}; its lower end must "
        f"not be below {-margin:+.3f}."
    )
    return Gate("not_worse", bool(found["low"] >= -margin), text, float(found["low"]), -margin)


def _find_incomparable(candidate: Contender, evidence: Evidence, champion: Contender) -> str:
    """Why two versions cannot be compared; nothing where they can."""
    name = f"version {champion.number}"
    if champion.manifest_digest != candidate.manifest_digest:
        return f"The champion, {name}, was judged on another manifest, {champion.manifest_digest}."
    if champion.evidence is None:
        return f"Of the champion, {name}, no predictions are recorded."
    if champion.evidence.predictions.attrs.get("fingerprint") != champion.fingerprint:
        return f"The predictions recorded of the champion, {name}, are of another classifier."
    if not (evidence.predictions["split"] == CHOSEN_ON).any():
        return "There are no predictions of validation images to compare by."
    return ""


def _score(evidence: Evidence, metric: str) -> dict[str, Any] | None:
    wanted = {"split": CHOSEN_ON, "predictor": "classifier", "label": "all", "metric": metric}
    rows = evidence.scores.dropna(subset="value")
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return {str(key): value for key, value in rows.iloc[0].items()} if len(rows) else None


def say_decision(gates: Sequence[Gate], candidate: str, champion: str | None) -> str:
    """Say in a sentence what the gates decide.

    Args:
        gates: All of them.
        candidate: The version that was judged.
        champion: The version that was champion; None where none was.
    """
    failed = [gate for gate in gates if not gate.passed]
    if failed:
        names = ", ".join(gate.name for gate in failed)
        stays = f"version {champion} stays champion" if champion else "there is no champion"
        reasons = " ".join(gate.text for gate in failed)
        return f"Version {candidate} is not promoted ({names}), {stays}. {reasons}"
    if champion == candidate:
        return f"Version {candidate} is the champion already."
    if champion is None:
        return f"Version {candidate} is the first champion."
    return f"Version {candidate} is champion now, version {champion} was before."
