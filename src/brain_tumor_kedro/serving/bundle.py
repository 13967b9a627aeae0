"""All that it takes to answer, as a folder of plain files: no pickle, no code."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brain_tumor_kedro.assessment.guard import Guard
from brain_tumor_kedro.tasks import TASKS, Task

if TYPE_CHECKING:  # Keras takes seconds to import
    import keras

    from brain_tumor_kedro.serving.forward import Forward

#: Raised where older bundles could not be read by newer code, or the other way round.
FORMAT: Literal[2] = 2
FACTS, CLASSIFIER, GUARD = "bundle.json", "classifier.keras", "guard.npz"

REGISTER = "Make it anew: kedro run --pipelines registration"


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
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[2] = FORMAT
    task: str
    classes: tuple[str, ...] = Field(min_length=2)
    channels: tuple[str, ...] = ()
    image_size: int = Field(ge=1)
    recipe_name: str
    recipe: dict[str, Any]
    fingerprint: str
    manifest_digest: str
    split_strategy: str
    phantom: bool
    git_revision: str
    created: str
    temperature: float = Field(gt=0)
    levels: tuple[float, ...]
    set_method: Literal["aps"] = "aps"
    quantiles: dict[str, float]
    answer_from: float | None
    val_images: int = Field(ge=0)


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
        facts = self.facts.model_dump(mode="json")
        yield FACTS, f"{json.dumps(facts, indent=2, ensure_ascii=False)}\n".encode()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / CLASSIFIER
            self.classifier.save(path)
            yield CLASSIFIER, path.read_bytes()
            if self.guard is not None:
                path = Path(folder) / GUARD
                self.guard.save(path)
                yield GUARD, path.read_bytes()


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
    if number != FORMAT:
        raise ValueError(f"Expected a bundle of format {FORMAT}, {path} is {number!r}. {REGISTER}")
    try:
        facts = BundleFacts.model_validate(found)
    except ValidationError as error:
        raise ValueError(f"{path} is no bundle of this version: {error}. {REGISTER}") from error
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

    if not path.is_file():
        raise ValueError(f"Expected the bundle's classifier at {path}, found none. {REGISTER}")
    try:
        classifier = keras.saving.load_model(path, compile=False)
    except Exception as error:  # a broken archive fails in many ways
        raise ValueError(f"{path} is cut short or no Keras model ({error}). {REGISTER}") from error
    if fingerprint(classifier) != facts.fingerprint:
        raise ValueError(f"{path} is another classifier than {FACTS} beside it says. {REGISTER}")
    return classifier


def read_guard(folder: Path | str) -> Guard | None:
    """Read the guard of a bundle, without its classifier; None where it has none.

    Args:
        folder: Of the bundle.

    Raises:
        ValueError: Where it is broken.
    """
    path = Path(folder) / GUARD
    if not path.is_file():
        return None
    try:
        return Guard.load(path)
    except ValueError as error:
        raise ValueError(f"{error}. {REGISTER}") from error
