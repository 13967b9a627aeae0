"""Which version is champion: promoted, and taken back."""

import logging
from typing import Any

from mlflow import MlflowClient

from brain_tumor_kedro import registry
from brain_tumor_kedro.registry import Version

logger = logging.getLogger(__name__)

CHAMPION = "champion"
#: The champion before the present one.
PREVIOUS = "previous"

#: What a version is tagged with that became champion, until that is taken back.
CROWNED = {"was_champion": "True"}
#: The tag that says what the last promotion or rollback decided of a version.
DECISION = "promotion"


def promote(candidate: Version, judged_against: str | None) -> None:
    """Make a version champion, and the champion before it `previous`.

    Args:
        candidate: The version.
        judged_against: The number of the champion that it was judged against; None for none.

    Raises:
        ValueError: Meanwhile another version became champion: it was not judged against that.
    """
    present = registry.find_alias(candidate.name, CHAMPION)
    number = present.number if present else None
    if number != judged_against:
        raise ValueError(
            f"While version {candidate.number} of {candidate.name} was judged against version "
            f"{judged_against}, version {number} became champion, by another promotion. Judge "
            "again: kedro run --pipelines promotion"
        )
    if number == candidate.number:
        return
    # In this order: once the champion has moved, there is a way back.
    if present:
        _set(candidate.name, PREVIOUS, present.number)
    _set(candidate.name, CHAMPION, candidate.number)
    # Another promotion may have done the same at the same time: one of the two has lost.
    found = registry.find_alias(candidate.name, CHAMPION)
    if found is None or found.number != candidate.number:
        raise ValueError(
            f"Version {candidate.number} of {candidate.name} was made champion, but another "
            f"promotion was, too: the champion is version {found.number if found else None}. "
            "Judge again: kedro run --pipelines promotion"
        )
    for version in filter(None, (present, candidate)):
        registry.tag_version(version, CROWNED)


def find_former(name: str, manifest_digest: str | None) -> list[Version]:
    """Find the versions that were champion before the present one, trained on a data set.

    Args:
        name: Of the registered model.
        manifest_digest: Of the data set.

    Returns:
        Oldest first; without those that a rollback took back, which are no measure.
    """
    present = registry.find_alias(name, CHAMPION)
    number = present.number if present else None
    found = registry.find_tagged(name, {**CROWNED, "manifest_digest": str(manifest_digest)})
    return [version for version in found if version.number != number]


def roll_back(name: str) -> dict[str, Any]:
    """Make the champion before the present one champion again; twice leads back.

    Args:
        name: Of the registered model.

    Returns:
        `name`, `moved` (true), `champion` (the version that is it now), `before` (the one that
        was; None for none) and `decision`, a sentence that says what was done.

    Raises:
        ValueError: There is no champion before.
    """
    previous = registry.find_alias(name, PREVIOUS)
    if previous is None:
        raise ValueError(
            f"Expected a former champion of {name} to go back to, found none: no version has the "
            f"alias {PREVIOUS}. Name a version instead: kedro run --pipelines promotion --params "
            "promotion.version=…"
        )
    present = registry.find_alias(name, CHAMPION)
    if present and present.number == previous.number:
        raise ValueError(
            f"Version {present.number} of {name} is champion and former champion at once: there "
            "is nothing to go back to."
        )
    _set(name, CHAMPION, previous.number)
    if present:
        _set(name, PREVIOUS, present.number)
        decision = f"Rolled back: version {previous.number} is champion again, "
        decision += f"version {present.number} was before."
    else:
        MlflowClient().delete_registered_model_alias(name, PREVIOUS)
        decision = f"Version {previous.number} is champion again; there was none."
    _retag(previous, present, decision)
    before = present.number if present else None
    known = {"name": name, "moved": True, "champion": previous.number, "before": before}
    return {**known, "decision": decision}


def _retag(champion: Version, taken_back: Version | None, decision: str) -> None:
    registry.tag_version(champion, {**CROWNED, DECISION: decision})
    if taken_back:
        registry.tag_version(taken_back, {DECISION: decision})
        for key in CROWNED:
            registry.untag_version(taken_back, key)


def _set(name: str, alias: str, number: str) -> None:
    MlflowClient().set_registered_model_alias(name, alias, number)
    logger.info("%s: version %s has the alias %s.", name, number, alias)
