"""The gates of promotion: what must hold before a classifier takes the champion's place.

All of them look at validation, none at test. Whether it is as good as the champion is the matter
of `non_inferiority`.
"""

from collections.abc import Sequence
from typing import Any

from brain_tumor_kedro.assessment.contenders import (
    CHOSEN_ON,
    Contender,
    Evidence,
    Gate,
    find_foreign,
)
from brain_tumor_kedro.assessment.non_inferiority import judge_difference, judge_drift
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.tasks import Task


def judge_gates(
    candidate: Contender,
    champion: Contender | None,
    former: Sequence[Contender],
    task: Task,
    settings: PromotionSettings,
    resampling: ResamplingSettings,
) -> list[Gate]:
    """Hold a candidate against every gate.

    Args:
        candidate: What is to be champion.
        champion: What is champion; None where there is none.
        former: The champions before it.
        task: The task.
        settings: How strictly it is judged.
        resampling: How intervals are drawn.

    Returns:
        All gates, passed or not; of a version that was not evaluated, that alone.
    """
    evidence = candidate.evidence
    if evidence is None:
        return [Gate("evaluated", False, "It was never evaluated, or its record is gone.")]
    return [
        _judge_evaluation(candidate, evidence),
        _judge_leakage(evidence),
        _judge_data(candidate, evidence, champion),
        _judge_calibration(evidence, settings),
        _judge_guard(evidence, settings),
        judge_difference(candidate, evidence, champion, task, settings, resampling),
        judge_drift(candidate, evidence, former, task, settings, resampling),
    ]


def _judge_evaluation(candidate: Contender, evidence: Evidence) -> Gate:
    foreign = find_foreign(candidate, evidence)
    if foreign:
        return Gate("evaluated", False, f"Its recorded {foreign}. Evaluate it again.")
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


def _judge_data(candidate: Contender, evidence: Evidence, champion: Contender | None) -> Gate:
    if candidate.phantom is None:
        text = (
            "It does not say whether it was trained on phantoms: its tag phantom is neither True "
            "nor False. Register it again."
        )
        return Gate("data", False, text)
    if evidence.training.get("phantom", candidate.phantom) != candidate.phantom:
        text = (
            f"Its tag phantom says {candidate.phantom}, its training said "
            f"{evidence.training['phantom']}. Evaluate it again."
        )
        return Gate("data", False, text)
    if champion and candidate.phantom and champion.phantom is not True:
        of = "of real images" if champion.phantom is False else "whose data are not known"
        text = f"Trained on phantoms, it cannot replace version {champion.number} {of}."
        return Gate("data", False, text)
    word = "phantoms" if candidate.phantom else "real images"
    return Gate("data", True, f"Trained on {word}.")


def _judge_calibration(evidence: Evidence, settings: PromotionSettings) -> Gate:
    row = _score(evidence, "ece")
    limit = settings.calibration_error
    if row is None:
        text = "No calibration error was measured on validation images."
        return Gate("calibration", False, text, None, limit)
    error = float(row["value"])
    said = f"Calibration error {error:.3f} on validation, where at most {limit:g} is tolerated"
    temperature = evidence.training.get("temperature")
    if temperature is None:
        text = f"{said}; no temperature was fitted, and nothing says why. Train again."
        return Gate("calibration", False, text, error, limit)
    note = temperature["note"]
    how = f"no temperature was fitted: {note}" if note else "with a fitted temperature"
    return Gate("calibration", error <= limit, f"{said}; {how}.", error, limit)


def _judge_guard(evidence: Evidence, settings: PromotionSettings) -> Gate:
    """Whether it tells foreign images at all; how many good ones it flags, its fit decides."""
    limit = settings.guard_auroc
    if evidence.guard.get("threshold") is None:
        text = "It has no guard with a threshold against foreign images."
        return Gate("guard", False, text, None, limit)
    found = (evidence.guard.get("foreign_auroc") or {}).get(CHOSEN_ON)
    if found is None:
        text = (
            "Its guard was not tried with foreign images against validation images. Evaluate it "
            "again."
        )
        return Gate("guard", False, text, None, limit)
    text = (
        "The guard has a threshold, and in its trial told foreign images from validation images "
        f"with an AUROC of {found:.3f}; at least {limit:g} is asked."
    )
    return Gate("guard", bool(found >= limit), text, float(found), limit)


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
