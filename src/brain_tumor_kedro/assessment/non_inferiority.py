"""Whether a candidate is as good as the champion, and as the champions before.

That is a question of non-inferiority: the difference of macro F1 on the same validation images is
drawn anew by groups of related images, for both classifiers from the same draws, and the lower end
of its 95% interval must not be below minus a margin that was stated before. "Not significantly
worse" would not do: on few images everything passes. Validation and not test, since a test split
that chooses champions is no test split any more. See Piaggio et al., "Reporting of noninferiority
and equivalence randomized trials", JAMA 308:24, 2012.

What a margin of 0.05 means, on 327 real validation images of 65 groups: another head on the same
network, 0.019 worse, has the interval -0.046 to -0.004 and may replace it, though it is surely
worse; a linear probe, 0.126 worse (-0.212 to -0.071), may not.

The interval is approximate, and too narrow where groups are few: with a handful of them, a
candidate that is too bad passes far more often than in the 2.5% of cases that are meant, and with
dozens still several times as often where the images of a group are strongly alike. So below a
number of groups nothing is compared. Small losses, each within the margin, could add up from
champion to champion: so a candidate is held against every former champion of the same manifest,
too. Over a change of the manifest nothing holds them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.champion_comparison import compare_answers
from brain_tumor_kedro.assessment.contenders import (
    CHOSEN_ON,
    METRIC,
    Contender,
    Evidence,
    Gate,
    find_foreign,
)
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.tasks import Task

#: The gates of this module.
CHAMPION, FORMER = "not_worse", "no_drift"

ADVICE = "To replace it all the same: --params promotion.across_manifests=true"


def judge_difference(
    candidate: Contender,
    evidence: Evidence,
    champion: Contender | None,
    task: Task,
    settings: PromotionSettings,
    resampling: ResamplingSettings,
) -> Gate:
    """Hold a candidate against the champion.

    Args:
        candidate: What is to be champion.
        evidence: Its record.
        champion: What is champion; None where there is none.
        task: The task.
        settings: `margin`, `groups` and `across_manifests`.
        resampling: How intervals are drawn.

    Returns:
        Its number is the lower end of the interval; None where no comparison is possible.
    """
    if champion is None:
        return Gate(CHAMPION, True, "There is no champion yet to compare with.")
    if champion.fingerprint == candidate.fingerprint:
        text = f"It is the classifier of the champion, version {champion.number}."
        return Gate(CHAMPION, True, text, 0.0, -settings.margin)
    found, problem = _compare(candidate, evidence, champion, task, settings, resampling)
    if problem and settings.across_manifests:
        return Gate(CHAMPION, True, f"{problem} The champion gives way as asked.")
    if problem:
        return Gate(CHAMPION, False, f"{problem} No comparison is possible. {ADVICE}")
    return _hold_against_margin(CHAMPION, found, f"champion {_name(champion)}", task, settings)


def judge_drift(
    candidate: Contender,
    evidence: Evidence,
    former: Sequence[Contender],
    task: Task,
    settings: PromotionSettings,
    resampling: ResamplingSettings,
) -> Gate:
    """Hold a candidate against the champions before the present one, on the same manifest.

    Args:
        candidate: What is to be champion.
        evidence: Its record.
        former: All that were champion and were not taken back, without the present champion.
        task: The task.
        settings: `margin` and `groups`.
        resampling: How intervals are drawn.

    Returns:
        Of the former champion that the candidate is furthest behind; those that cannot be
        compared with it do not count.
    """
    gates = []
    for one in former:
        if one.fingerprint == candidate.fingerprint:
            continue
        found, problem = _compare(candidate, evidence, one, task, settings, resampling)
        if not problem:
            against = f"former champion {_name(one)}"
            gates.append(_hold_against_margin(FORMER, found, against, task, settings))
    if not gates:
        return Gate(FORMER, True, "There is no former champion that it could be compared with.")
    return min(gates, key=lambda gate: gate.number or 0.0)


def _compare(
    candidate: Contender,
    evidence: Evidence,
    other: Contender,
    task: Task,
    settings: PromotionSettings,
    resampling: ResamplingSettings,
) -> tuple[Mapping[str, Any], str]:
    """What a comparison found, and why none is possible; nothing where one is."""
    problem = _find_incomparable(candidate, evidence, other)
    if problem or other.evidence is None:
        return {}, problem
    both = (evidence.predictions, other.evidence.predictions, evidence.manifest)
    found = compare_answers(*both, task, CHOSEN_ON, METRIC, resampling)
    if found["groups"] < settings.groups or pd.isna(found["low"]):
        problem = (
            f"There are {found['groups']:,} groups of validation images: of fewer than "
            f"{settings.groups:,} an interval would be too narrow."
        )
    return found, problem


def _find_incomparable(candidate: Contender, evidence: Evidence, other: Contender) -> str:
    if other.manifest_digest != candidate.manifest_digest:
        digest = other.manifest_digest
        return f"The champion, {_name(other)}, was judged on another manifest, {digest}."
    if other.evidence is None:
        return f"Of the champion, {_name(other)}, no predictions are recorded."
    for one, record in ((other, other.evidence), (candidate, evidence)):
        if foreign := find_foreign(one, record):
            return f"Of {_name(one)} the recorded {foreign}."
    if not (evidence.predictions["split"] == CHOSEN_ON).any():
        return "There are no predictions of validation images to compare by."
    return ""


def _hold_against_margin(
    name: str, found: Mapping[str, Any], against: str, task: Task, settings: PromotionSettings
) -> Gate:
    unit = "patients" if task.unit == "patient" else "images"
    margin = settings.margin
    text = (
        f"Macro F1 {found['value']:+.3f} against {against} on the same {found['n']:,} validation "
        f"{unit} of {found['groups']:,} groups, 95% interval {found['low']:+.3f} to "
        f"{found['high']:+.3f}; its lower end must not be below {-margin:+.3f}."
    )
    return Gate(name, bool(found["low"] >= -margin), text, float(found["low"]), -margin)


def _name(contender: Contender) -> str:
    return f"version {contender.number}"
