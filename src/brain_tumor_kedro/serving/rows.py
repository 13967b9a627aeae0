"""The row of an answer, and why a person should look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from brain_tumor_kedro.assessment.abstention import ROUNDING
from brain_tumor_kedro.assessment.conformal import cumulative_sets
from brain_tumor_kedro.doubts import AND
from brain_tumor_kedro.serving.bundle import BundleFacts
from brain_tumor_kedro.serving.columns import BETWEEN, GOOD, columns_of
from brain_tumor_kedro.serving.preparing import Prepared


@dataclass(frozen=True)
class Seen:
    """What the classifier and the guard say of one image.

    Attributes:
        probabilities: Calibrated, `float32` `(classes,)`.
        features: Pooled, `float32` `(features,)`.
        score: How strange the image is, higher is stranger; None without a guard.
        strange: Whether it is too strange; None without a guard.
    """

    probabilities: np.ndarray
    features: np.ndarray
    score: float | None
    strange: bool | None


class Rows:
    """Rows by the thresholds of a bundle."""

    def __init__(self, facts: BundleFacts, level: float) -> None:
        """Look up the threshold.

        Args:
            facts: Of the bundle.
            level: Share of prediction sets that are meant to hold the true class.

        Raises:
            ValueError: Where the bundle knows no such level.
        """
        if level not in facts.levels:
            known = ", ".join(f"{one:g}" for one in facts.levels)
            raise ValueError(f"Expected one of the levels {known}, received {level!r}.")
        self._facts, self._level = facts, level
        self._threshold = facts.quantiles.get(str(level))
        self._columns = columns_of(facts.classes)

    def make(
        self, file: str, frame: int | None, prepared: Prepared, seen: Seen | None
    ) -> dict[str, Any]:
        """Make the row of one image.

        Args:
            file: Which image.
            frame: Its number where the file holds several.
            prepared: What is to be said of its quality.
            seen: What it shows; None where it cannot be read.

        Returns:
            A value for each column of `columns_of`, plain Python values.
        """
        row: dict[str, Any] = dict.fromkeys(self._columns)
        row |= {"file": file, "frame": frame, "quality": prepared.quality}
        held = None
        if seen is not None:
            held = self._name_set(seen.probabilities)
            row |= self._tell(seen)
            row["prediction_set"] = None if held is None else BETWEEN.join(held)
        reasons = list(self._find_reasons(prepared, seen, held))
        return row | {"needs_review": bool(reasons), "reason": AND.join(reasons) or None}

    def _tell(self, seen: Seen) -> dict[str, Any]:
        classes, values = self._facts.classes, seen.probabilities
        return {
            "label": classes[int(values.argmax())],
            **{f"p_{label}": float(p) for label, p in zip(classes, values, strict=True)},
            "out_of_distribution_score": seen.score,
            "out_of_distribution": seen.strange,
        }

    def _name_set(self, probabilities: np.ndarray) -> list[str] | None:
        if self._threshold is None:
            return None
        held = cumulative_sets(_normalize(probabilities)[None], self._threshold)[0]
        order = np.argsort(-probabilities, kind="stable")
        return [self._facts.classes[at] for at in order if held[at]]

    def _find_reasons(
        self, prepared: Prepared, seen: Seen | None, held: list[str] | None
    ) -> Iterator[str]:
        if prepared.quality != GOOD:
            yield str(prepared.problem)
        yield from prepared.doubts
        if seen is None:
            return
        if seen.strange:
            yield "it is unlike the images that the classifier knows"
        if held is not None and len(held) > 1:
            names = " and ".join(held)
            yield f"the {self._level:.0%} prediction set holds {len(held)} classes, {names}"
        top, least = float(_normalize(seen.probabilities).max()), self._facts.answer_from
        if least is not None and top < least - ROUNDING:
            yield f"the classifier is {top:.1%} sure, less than the {least:.1%} it answers from"


def _normalize(probabilities: np.ndarray) -> np.ndarray:
    """As thresholds are found, see `assessment.outcome.outcome_of`."""
    exact = probabilities.astype(np.float64)
    return np.asarray(exact / exact.sum())
