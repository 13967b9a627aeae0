"""The bundle of a registered version: what lies in the registry must be what was registered."""

from collections.abc import Mapping
from pathlib import Path

from brain_tumor_kedro.serving.bundle import REGISTER, Bundle, digest_facts, read_facts

#: Tags of a version: of the classifier, and of all that the bundle states.
FINGERPRINT, DIGEST = "fingerprint", "bundle_digest"


def load_registered(folder: Path | str, uri: str, tags: Mapping[str, str]) -> Bundle:
    """Read the bundle of a registered version.

    Args:
        folder: Where the registry's copy of it lies.
        uri: Of the version, for errors.
        tags: Of the version; one that was registered by an earlier release has fewer.

    Raises:
        ValueError: Where it is broken, or another one than was registered.
    """
    facts = read_facts(folder)
    if facts.fingerprint != tags.get(FINGERPRINT, facts.fingerprint):
        raise ValueError(
            f"Expected the classifier {tags[FINGERPRINT]} that {uri} was registered with, found "
            f"{facts.fingerprint} in {folder}: the registry's files were changed. {REGISTER}"
        )
    if DIGEST in tags and digest_facts(folder) != tags[DIGEST]:
        raise ValueError(
            f"Expected the bundle that {uri} was registered with, found another one in {folder}: "
            f"what it states was changed afterwards. {REGISTER}"
        )
    return Bundle.load(folder)
