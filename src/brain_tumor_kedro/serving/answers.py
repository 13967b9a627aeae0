"""Answers: images in, rows out, each with all that a person needs to trust it or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.preparing import Prepared, prepare
from brain_tumor_kedro.serving.rows import Rows, Seen


@dataclass(frozen=True)
class Shown:
    """One image to answer about.

    Attributes:
        file: Its relative path, or such as `image 3` of a request.
        frame: Its number from 0 where a file holds several, else None.
        picture: None where it cannot be read.
        problem: Then why.
        fault: Then what `quality` says: one of the manifest's reasons.
    """

    file: str
    frame: int | None
    picture: Picture | None
    problem: str | None = None
    fault: str = "unreadable"


class AnswerSettings(BaseModel):
    """How images are answered about.

    Attributes:
        level: Share of prediction sets that are meant to hold the true class.
        heat_maps: Whether a map says where the class was seen.
        batch_size: Images at a time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    level: float = 0.9
    heat_maps: bool = False
    batch_size: Annotated[int, Field(ge=1)] = 64


#: What each request to a server can ask for, with the defaults.
REQUESTED = AnswerSettings().model_dump(include={"level", "heat_maps"})


@dataclass(frozen=True)
class Ready:
    """One image made ready for the classifier.

    Attributes:
        file: As of `Shown`.
        frame: As of `Shown`.
        prepared: What the classifier takes, far smaller than the picture.
    """

    file: str
    frame: int | None
    prepared: Prepared


@dataclass(frozen=True)
class Answer:
    """What is said of one image.

    Attributes:
        row: A value for each column of `columns.columns_of`.
        packed: `uint8` `(side, side)` or `(side, side, 3)`, what the classifier saw; None, as the
            next two, where the image cannot be read.
        heat_map: `float32` `(rows, columns)`, not negative, Grad-CAM of the class that is named;
            None unless it was asked for.
        features: `float32` `(features,)`, pooled.
    """

    row: dict[str, Any]
    packed: np.ndarray | None
    heat_map: np.ndarray | None
    features: np.ndarray | None


class Answerer:
    """A bundle that answers. Cheap to make: the bundle keeps what was compiled.

    Several threads may use one at once.
    """

    def __init__(self, bundle: Bundle, settings: AnswerSettings = AnswerSettings()) -> None:  # noqa: B008  # it cannot change
        """Make the bundle ready.

        Args:
            bundle: What answers.
            settings: How.

        Raises:
            ValueError: Where the bundle has no prediction sets of that level.
        """
        self._bundle, self._settings = bundle, settings
        self._rows = Rows(bundle.facts, settings.level)
        self._forward = bundle.forward

    def answer(self, shown: Iterable[Shown]) -> Iterator[Answer]:
        """Answer about images as they come, in their order.

        Args:
            shown: Any number; no more than a batch of them is held in memory.

        Yields:
            An answer for each.
        """
        yield from self.answer_ready(map(self.prepare, shown))

    def prepare(self, shown: Shown) -> Ready:
        """Make an image ready, the part of the work that threads can do ahead."""
        facts = self._bundle.facts
        prepared = prepare(shown.picture, shown.problem, shown.fault, facts)
        return Ready(shown.file, shown.frame, prepared)

    def answer_ready(self, ready: Iterable[Ready]) -> Iterator[Answer]:
        """Answer about images that are ready: see `answer`."""
        waiting = iter(ready)
        while batch := tuple(islice(waiting, self._settings.batch_size)):
            yield from self._answer_batch(batch)

    def _answer_batch(self, batch: tuple[Ready, ...]) -> Iterator[Answer]:
        looks = iter(self._look([one.prepared for one in batch if one.prepared.packed is not None]))
        for one in batch:
            packed = one.prepared.packed
            seen, heat_map = (None, None) if packed is None else next(looks)
            row = self._rows.make(one.file, one.frame, one.prepared, seen)
            yield Answer(row, packed, heat_map, None if seen is None else seen.features)

    def _look(self, prepared: list[Prepared]) -> Iterator[tuple[Seen, np.ndarray | None]]:
        if not prepared:
            return
        images = np.stack([one.packed for one in prepared if one.packed is not None])
        parts = self._forward.look(images)
        probabilities, features = parts["calibrated"], parts["features"]
        guard = self._bundle.guard
        scores = None if guard is None else guard.score(parts["style"])
        flags = None if guard is None or scores is None else guard.judge(scores)
        maps = None
        if self._settings.heat_maps:
            maps = self._forward.map_classes(images, probabilities.argmax(axis=1))
        for at in range(len(images)):
            # A score that is no number, of a style that is none, is null: JSON knows no NaN.
            score = None if scores is None or np.isnan(scores[at]) else float(scores[at])
            flag = None if flags is None else bool(flags[at])
            seen = Seen(probabilities[at], features[at], score, flag)
            yield seen, None if maps is None else maps[at]
