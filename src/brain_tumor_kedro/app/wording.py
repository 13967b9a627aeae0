"""What a row of answers means, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.doubts import AND

#: Thirds of an image, from its top and from its left as one looks at it.
PLACES = (
    ("upper left", "top", "upper right"),
    ("left", "center", "right"),
    ("lower left", "bottom", "lower right"),
)


def begin(sentence: str) -> str:
    """Let a sentence begin with a capital letter, and leave the others as they are."""
    return sentence[:1].upper() + sentence[1:]


def say_set(row: Mapping[str, Any], level: float) -> str:
    """Say what the prediction set holds.

    Args:
        row: Of an answer, with `prediction_set`.
        level: The share of images whose set is to hold the true class.

    Returns:
        A sentence or two.
    """
    found = row["prediction_set"]
    promise = f"Such sets hold the true class of {level:.0%} of images like those of validation"
    if found is None:
        return "There is none: the model has no threshold for one, from too few validation images."
    names = [format_words(label) for label in found.split("|")]
    if len(names) == 1:
        return f"{begin(names[0])} alone. {promise}."
    joined = f"{', '.join(names[:-1])} or {names[-1]}"
    return f"{begin(joined)}: the model cannot tell these apart here. {promise}."


def say_guard(row: Mapping[str, Any], threshold: float | None) -> str:
    """Say whether the image is like those of training.

    Args:
        row: Of an answer, with `out_of_distribution` and its score.
        threshold: Of the guard; None where the model has none.

    Returns:
        A sentence or two.
    """
    score = row["out_of_distribution_score"]
    if score is None:
        return "The model has no guard: nothing says whether the image is like those of training."
    if row["out_of_distribution"] is None or threshold is None:
        return (
            f"Nobody knows (score {score:.4g}): validation was too small to say from which score "
            "on an image is unlike those of training."
        )
    figures = f"score {score:.4g}, threshold {threshold:.4g}"
    if row["out_of_distribution"]:
        return (
            f"Unlike the images of training ({figures}). What the model says of such an image "
            "means nothing."
        )
    return f"Like the images of training ({figures})."


def split_reasons(row: Mapping[str, Any]) -> list[str]:
    """The reasons for a review, one by one, each beginning with a capital letter."""
    reasons = (reason.strip() for reason in (row["reason"] or "").split(AND))
    return [begin(reason) for reason in reasons if reason]


def say_place(heat_map: np.ndarray) -> str:
    """Say where a heat map is highest.

    Args:
        heat_map: `(rows, columns)`, not negative.

    Returns:
        Such as `highest at the upper left of the image`; `zero everywhere` where it is.
    """
    if not np.nanmax(heat_map, initial=0) > 0:
        return "zero everywhere"
    place = np.unravel_index(np.nanargmax(heat_map), heat_map.shape)
    shares = zip(place, heat_map.shape, strict=True)
    down, across = ((2 * int(at) + 1) * 3 // (2 * cells) for at, cells in shares)
    return f"highest at the {PLACES[down][across]} of the image"


def list_names(names: Sequence[str]) -> str:
    """Write names as a person would: `T1CE, T2 and FLAIR`."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
