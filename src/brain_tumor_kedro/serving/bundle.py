"""All that it takes to answer, as a folder of plain files: no pickle, no code."""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from brain_tumor_kedro.assessment.guard import Guard
from brain_tumor_kedro.serving.in_short import in_short
from brain_tumor_kedro.tasks import TASKS, Task

if TYPE_CHECKING:  # Keras takes seconds to import
    import keras

    from brain_tumor_kedro.serving.forward import Forward

#: Raised where older bundles could not be read by newer code, or the other way round.
FORMAT: Literal[2] = 2
FACTS, CLASSIFIER, GUARD = "bundle.json", "classifier.keras", "guard.npz"

REGISTER = "Make it anew: kedro run --pipelines registration"

#: Largest side of a packed square, far above what any backbone is given.
MAX_SIDE = 4096
#: How far the classifier's temperature may be from that of the facts, as a share: its layer holds
#: one over it.
ROUNDING = 1e-6

#: Sums of probabilities may be off by rounding.
Share = Annotated[float, Field(ge=-1e-9, le=1 + 1e-9)]
Level = Annotated[float, Field(gt=0, lt=1)]


class BundleFacts(BaseModel):
    """What is known of a classifier beside its weights.

    Attributes:
        format: Of the bundle.
        task: Name of the task.
        classes: Class labels in the order of the classifier's outputs.
        channels: What the channels of the images are; none where images are gray.
        image_size: Side of the packed squares, in pixels.
        recipe_name: By which the recipe was chosen.
        recipe: Every field of it.
        fingerprint: Of the classifier's weights.
        manifest_digest: Of the data that it was trained on.
        split_strategy: How these were split.
        phantom: Whether they are phantoms.
        git_revision: Of the code that trained it.
        created: When the bundle was made, UTC.
        temperature: By which logits are divided; 1 where probabilities are not calibrated.
        levels: Shares of prediction sets that are meant to hold the true class.
        set_method: How prediction sets are formed: classes from the most probable down until
            their probabilities add up to the threshold, the one that reaches it included.
        quantiles: By level, that threshold, see `assessment.conformal.find_cumulative`; levels
            that validation is too small for are not there.
        answer_from: The least top probability of an answer that no person need look at; None where
            validation knows none.
        val_images: How many images the thresholds rest on.
        guard_digest: SHA-256 of the guard's file; None where there is none. `Bundle.files` fills
            it in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[2] = FORMAT
    task: str
    classes: tuple[str, ...] = Field(min_length=2)
    channels: tuple[str, ...] = ()
    image_size: int = Field(ge=1, le=MAX_SIDE)
    recipe_name: str
    recipe: dict[str, Any]
    fingerprint: str
    manifest_digest: str
    split_strategy: str
    phantom: bool
    git_revision: str
    created: str
    temperature: float = Field(gt=0)
    levels: tuple[Level, ...] = Field(min_length=1)
    set_method: Literal["aps"] = "aps"
    quantiles: dict[str, Share]
    answer_from: Share | None
    val_images: int = Field(ge=0)
    guard_digest: str | None = None

    @model_validator(mode="after")
    def _require_levels(self) -> BundleFacts:
        if unknown := set(self.quantiles) - {str(level) for level in self.levels}:
            raise ValueError(
                f"expected quantiles of the levels {list(self.levels)}, found {sorted(unknown)}"
            )
        return self

    @property
    def calibrated(self) -> bool:
        """Whether a temperature was fitted on validation images."""
        return self.temperature != 1


@dataclass(frozen=True)
class Bundle:
    """A classifier with what it takes to answer about new images.

    Attributes:
        facts: What is known of it.
        classifier: From `uint8` images to calibrated probabilities.
        guard: Against foreign images, where one was fitted.
    """

    facts: BundleFacts
    classifier: keras.Model
    guard: Guard | None = None

    @classmethod
    def load(cls, folder: Path | str) -> Bundle:
        """Read a bundle.

        Args:
            folder: Holds `bundle.json`, `classifier.keras` and, with a guard, `guard.npz`.

        Raises:
            ValueError: Where the folder is no bundle, or a broken one, and why.
        """
        folder = Path(folder)
        facts = read_facts(folder)
        classifier = _load_classifier(folder / CLASSIFIER, facts)
        return cls(facts, classifier, read_guard(folder))

    @property
    def task(self) -> Task:
        """What is told apart."""
        return TASKS[self.facts.task]

    @cached_property
    def forward(self) -> Forward:
        """The classifier made ready to look at batches: compiled once, used by all threads."""
        from brain_tumor_kedro.serving.forward import Forward

        return Forward(self.classifier, style=self.guard is not None)

    def warm_up(self) -> None:
        """Look at a black image, so that whoever comes first need not wait for the compiler."""
        side = self.facts.image_size
        channels = (len(self.facts.channels),) if self.facts.channels else ()
        self.forward.look(np.zeros((1, side, side, *channels), np.uint8))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Write the bundle.

        Yields:
            For each file its name and its bytes.
        """
        with tempfile.TemporaryDirectory() as folder:
            guard = Path(folder) / GUARD
            if self.guard is not None:
                self.guard.save(guard)
            facts = self.facts.model_dump(mode="json") | {"guard_digest": _digest(guard)}
            yield FACTS, f"{json.dumps(facts, indent=2, ensure_ascii=False)}\n".encode()
            path = Path(folder) / CLASSIFIER
            self.classifier.save(path)
            yield CLASSIFIER, path.read_bytes()
            if self.guard is not None:
                yield GUARD, guard.read_bytes()


def is_bundle(folder: Path | str) -> bool:
    """Say whether a folder looks like a bundle."""
    return (Path(folder) / FACTS).is_file()


def read_facts(folder: Path | str) -> BundleFacts:
    """Read what is known of a bundle, without its classifier.

    Args:
        folder: Of the bundle.

    Raises:
        ValueError: Where the folder is no bundle, a broken one, or one of another version.
    """
    path = Path(folder) / FACTS
    if not path.is_file():
        raise ValueError(f"Expected a bundle, a folder with {FACTS}, at {folder}. {REGISTER}")
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is broken: {error}. {REGISTER}") from error
    number = found.get("format") if isinstance(found, dict) else None
    if type(number) is not int or number != FORMAT:  # true is 1 to Python
        raise ValueError(f"Expected a bundle of format {FORMAT}, {path} is {number!r}. {REGISTER}")
    try:
        facts = BundleFacts.model_validate(found)
    except ValidationError as error:
        raise ValueError(
            f"{path} is no bundle of this version: {in_short(error)}. {REGISTER}"
        ) from None
    _require_task(facts, path)
    return facts


def _require_task(facts: BundleFacts, path: Path) -> None:
    task = TASKS.get(facts.task)
    if task is None:
        raise ValueError(f"Expected one of the tasks {list(TASKS)}, {path} is of {facts.task!r}.")
    if (facts.classes, facts.channels) != (task.classes, task.channels):
        raise ValueError(
            f"Expected the classes {list(task.classes)} and the channels {list(task.channels)} of "
            f"{task.name}, {path} has {list(facts.classes)} and {list(facts.channels)}. {REGISTER}"
        )


def _load_classifier(path: Path, facts: BundleFacts) -> keras.Model:
    import keras

    from brain_tumor_kedro.modelling.classifier import fingerprint
    from brain_tumor_kedro.modelling.temperature import temperature_of

    if not path.is_file():
        raise ValueError(f"Expected the bundle's classifier at {path}, found none. {REGISTER}")
    try:
        classifier = keras.saving.load_model(path, compile=False)
    except Exception as error:  # a broken archive fails in many ways
        raise ValueError(f"{path} is cut short or no Keras model ({error}). {REGISTER}") from error
    if fingerprint(classifier) != facts.fingerprint:
        raise ValueError(f"{path} is another classifier than {FACTS} beside it says. {REGISTER}")
    if not math.isclose(temperature_of(classifier), facts.temperature, rel_tol=ROUNDING):
        raise ValueError(
            f"Expected the temperature {facts.temperature:g} that {FACTS} states, {path} has "
            f"{temperature_of(classifier):g}. {REGISTER}"
        )
    return classifier


def read_guard(folder: Path | str) -> Guard | None:
    """Read the guard of a bundle, without its classifier; None where it has none.

    Args:
        folder: Of the bundle.

    Raises:
        ValueError: Where it is broken, or not the one that the bundle was made with.
    """
    path = Path(folder) / GUARD
    expected, found = read_facts(folder).guard_digest, _digest(path)
    if found != expected:
        said = "changed" if found and expected else "added" if found else "taken away"
        raise ValueError(
            f"Expected the guard that {FACTS} states, {path} was {said} afterwards. {REGISTER}"
        )
    if found is None:
        return None
    try:
        return Guard.load(path)
    except ValueError as error:
        raise ValueError(f"{error}. {REGISTER}") from error


def digest_facts(folder: Path | str) -> str:
    """The SHA-256 of a bundle's facts, and with them of everything that they state.

    Args:
        folder: Of the bundle.

    Raises:
        ValueError: Where there are none.
    """
    found = _digest(Path(folder) / FACTS)
    if found is None:
        raise ValueError(f"Expected a bundle, a folder with {FACTS}, at {folder}. {REGISTER}")
    return found


def _digest(path: Path) -> str | None:
    """SHA-256 of a file; None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
