"""Parity: whether an exported classifier answers as the one that it was made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

#: Which images a difference is of, by the end of its column's name.
PLACES = {"": "the images", "_resized": "images of other sizes"}


class Answers(Protocol):
    """What a classifier answers.

    Attributes:
        probabilities: Of the images, `(n, classes)`.
        resized: Of images of other heights and widths, `(m, classes)`.
    """

    @property
    def probabilities(self) -> np.ndarray: ...  # noqa: D102

    @property
    def resized(self) -> np.ndarray: ...  # noqa: D102


@dataclass(frozen=True)
class Allowed:
    """What may differ; None: whatever it is.

    Attributes:
        largest: Difference of any probability.
        mean: Difference of a probability, on average: one image between two classes is not all.
        accuracy: Share of images by which the accuracy may be lower.
        required: Whether a difference beyond is an error of the export, which must not go on; else
            rounding costs this classifier too much, and the export is left out.
    """

    largest: float | None
    mean: float | None
    accuracy: float | None
    required: bool


def compare(expected: np.ndarray, found: np.ndarray, labels: np.ndarray) -> dict[str, float | int]:
    """Compare the probabilities of an exported classifier with those of the original.

    Args:
        expected: Of the original, `(n, classes)`.
        found: Of the exported one.
        labels: Indices of the true classes, `(n,)`.

    Returns:
        `max_difference` and `mean_difference` of a probability, `changed` (images whose most
        probable class is another), `accuracy`, and `accuracy_difference` to the original.
    """
    differences = np.abs(np.asarray(found, np.float64) - expected)
    right = float((found.argmax(axis=1) == labels).mean())
    before = float((expected.argmax(axis=1) == labels).mean())
    return {
        "max_difference": float(differences.max()),
        "mean_difference": float(differences.mean()),
        "changed": int((found.argmax(axis=1) != expected.argmax(axis=1)).sum()),
        "accuracy": right,
        "accuracy_difference": right - before,
    }


def judge(
    name: str, expected: Answers, found: Answers, labels: np.ndarray, allowed: Allowed
) -> dict[str, Any]:
    """Hold an exported classifier against the original.

    Args:
        name: Of the format.
        expected: Of the original.
        found: Of the exported one.
        labels: Indices of the images' true classes, `(n,)`.
        allowed: What may differ.

    Returns:
        `format`; what `compare` found; `images`, how many; `max_difference_resized`, at other
        sizes, and its mean; `delivered`, and where it is not, the `reason`.

    Raises:
        ValueError: Where something differs that must not.
    """
    row: dict[str, Any] = {
        "format": name,
        "images": len(labels),
        **compare(expected.probabilities, found.probabilities, labels),
        "max_difference_resized": float(np.abs(found.resized - expected.resized).max()),
        "mean_difference_resized": float(np.abs(found.resized - expected.resized).mean()),
    }
    fault = _find_fault(row, expected.probabilities, found.probabilities, allowed)
    if fault and allowed.required:
        raise ValueError(
            f"The export to {name} is wrong: {fault}. Nothing was written; leave {name} out, or "
            "allow more, in conf/base/parameters_model_export.yml."
        )
    return {**row, "delivered": fault is None, "reason": fault}


def _find_fault(
    row: Mapping[str, Any], expected: np.ndarray, found: np.ndarray, allowed: Allowed
) -> str | None:
    if not np.isfinite(found).all() or not np.isfinite(row["max_difference_resized"]):
        return "some of its probabilities are no numbers"
    for end, which in PLACES.items():
        if allowed.largest is not None and row[f"max_difference{end}"] > allowed.largest:
            return (
                f"probabilities of {which} differ by up to {row[f'max_difference{end}']:.2g}, "
                f"allowed are {allowed.largest:.2g}"
            )
        if allowed.mean is not None and row[f"mean_difference{end}"] > allowed.mean:
            return (
                f"probabilities of {which} differ by {row[f'mean_difference{end}']:.2g} on "
                f"average, allowed are {allowed.mean:.2g}"
            )
    # Of few images, one alone is more than the share that is allowed.
    least = max(allowed.accuracy or 0.0, 1 / row["images"])
    if allowed.accuracy is not None and row["accuracy_difference"] < -least - 1e-9:
        return (
            f"accuracy falls by {-row['accuracy_difference']:.2%} of {row['images']} images, "
            f"allowed are {least:.2%}"
        )
    return None
