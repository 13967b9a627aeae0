"""Nodes of promotion: a candidate is judged, and the champion moves or stays."""

import logging
from typing import Any, NamedTuple

from brain_tumor_kedro import champions, registry, tracking
from brain_tumor_kedro.assessment.contenders import Contender, Evidence, Gate
from brain_tumor_kedro.assessment.gates import judge_gates, say_decision
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.registry import Version
from brain_tumor_kedro.tasks import TASKS

logger = logging.getLogger(__name__)


class Contenders(NamedTuple):
    """Who is to be champion, who is, and who was; None where there is none."""

    candidate: Version | None
    champion: Version | None
    former: tuple[Version, ...] = ()


def find_contenders(settings: PromotionSettings, task: str) -> Contenders:
    """Find the version to promote, the champion and those before; a rollback judges nobody."""
    name = f"brain_tumor_{task}"
    champion = registry.find_alias(name, champions.CHAMPION)
    if settings.rollback:
        return Contenders(None, champion)
    if settings.version is None:
        candidate = registry.find_newest_evaluated(name)
    else:
        candidate = registry.find_version(name, settings.version)
    former = champions.find_former(name, candidate.tags.get("manifest_digest"))
    return Contenders(candidate, champion, tuple(former))


def judge_candidate(
    contenders: Contenders, settings: PromotionSettings, resampling: ResamplingSettings, task: str
) -> list[Gate]:
    """Hold the candidate against every gate and say how it did."""
    if contenders.candidate is None:
        return []
    candidate = _look_up(contenders.candidate)
    champion = _look_up(contenders.champion) if contenders.champion else None
    former = [_look_up(version) for version in contenders.former]
    gates = judge_gates(candidate, champion, former, TASKS[task], settings, resampling)
    for gate in gates:
        level = logging.INFO if gate.passed else logging.WARNING
        logger.log(level, "Gate %-12s %s: %s", gate.name, _word(gate), gate.text)
    return gates


def move_champion(
    contenders: Contenders, gates: list[Gate], settings: PromotionSettings, task: str
) -> dict[str, Any]:
    """Move the alias where every gate is passed, and write down what was decided and why."""
    if contenders.candidate is None:
        moved = champions.roll_back(f"brain_tumor_{task}")
    else:
        moved = _promote(contenders.candidate, contenders.champion, gates)
    level = logging.INFO if moved.get("passed", True) else logging.WARNING
    logger.log(level, "%s: %s", moved["name"], moved["decision"])
    return {**moved, "settings": settings.model_dump(), **tracking.describe_run()}


def _promote(candidate: Version, champion: Version | None, gates: list[Gate]) -> dict[str, Any]:
    passed = all(gate.passed for gate in gates)
    before = champion.number if champion else None
    if passed:
        champions.promote(candidate, before)
    decision = say_decision(gates, candidate.number, before)
    tags = {f"gate.{gate.name}": f"{_word(gate)}: {gate.text}" for gate in gates}
    registry.tag_version(candidate, {**tags, champions.DECISION: decision})
    if passed and champion and champion.number != candidate.number:
        registry.tag_version(champion, {champions.DECISION: decision})
    return {
        "name": candidate.name,
        "version": candidate.number,
        "fingerprint": candidate.tags.get("fingerprint"),
        "moved": passed and before != candidate.number,
        "passed": passed,
        "champion": candidate.number if passed else before,
        "before": before,
        "decision": decision,
        "gates": [gate._asdict() for gate in gates],
    }


def _word(gate: Gate) -> str:
    return "passed" if gate.passed else "failed"


def _look_up(version: Version) -> Contender:
    """Gather what the gates ask of a version."""
    return Contender(
        number=version.number,
        fingerprint=version.tags.get("fingerprint", ""),
        manifest_digest=version.tags.get("manifest_digest", ""),
        phantom={"True": True, "False": False}.get(version.tags.get("phantom", "")),
        evidence=_find_evidence(version) if registry.RUN_TAG in version.tags else None,
    )


def _find_evidence(version: Version) -> Evidence | None:
    """Read a version's record; one that is gone for good must not stop every promotion."""
    try:
        record = registry.load_record(version)
    except ValueError as error:
        logger.warning("Nothing is known of version %s: %s", version.number, error)
        return None
    told = (record.facts["curation"], record.facts["training"], record.facts.get("guard", {}))
    return Evidence(record.manifest, record.predictions, record.scores_table, *told)
