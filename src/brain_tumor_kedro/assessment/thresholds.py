"""What validation says for new images: from when to answer, and what a prediction set holds."""

from collections.abc import Sequence
from typing import Any

from brain_tumor_kedro.assessment.abstention import find_threshold
from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.conformal import find_cumulative, form_sets, possible_levels
from brain_tumor_kedro.assessment.outcome import Outcome


def find_thresholds(
    val: Outcome | None, classes: Sequence[str], settings: CalibrationSettings
) -> dict[str, Any]:
    """Find the thresholds that new images are judged by.

    Args:
        val: The predictions of the validation split; None where there is none.
        classes: Class labels in the order of the classifier's outputs.
        settings: The levels of prediction sets, and the accuracy that answers are to reach.

    Returns:
        `val_images`, `possible_levels` (those that so many images suffice for), `quantiles` (by
        method and level, see `conformal.form_sets`; empty where no level is possible) and
        `answer_from` (the least confidence with which the classifier answers; None where no
        confidence reaches that accuracy).
    """
    images = 0 if val is None else len(val.truth)
    levels = possible_levels(settings.levels, images)
    found = {"val_images": images, "possible_levels": levels, "quantiles": {}, "answer_from": None}
    if val is not None:
        found["answer_from"] = find_threshold(val, settings.target_accuracy)
        if levels:
            found["quantiles"] = form_sets(val, val.probabilities, classes, levels).quantiles
    return found


def find_set_thresholds(val: Outcome | None, settings: CalibrationSettings) -> dict[str, float]:
    """Find the thresholds that the prediction sets of answers are formed with.

    Args:
        val: The predictions of the validation split; None where there is none.
        settings: The levels of prediction sets.

    Returns:
        By level, see `conformal.find_cumulative`; levels that there are too few images for are
        left out.
    """
    if val is None:
        return {}
    return find_cumulative(val, possible_levels(settings.levels, len(val.truth)))
