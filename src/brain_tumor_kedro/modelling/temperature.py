"""Temperature scaling: probabilities that are as sure as validation says they may be.

One number divides the logits, so that no prediction changes but all probabilities do. Guo et al.,
On Calibration of Modern Neural Networks, ICML 2017.
"""

import logging
from typing import Any

import keras
import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

logger = logging.getLogger(__name__)

#: The layer whose output is the probabilities before temperature scaling.
UNCALIBRATED_LAYER = "uncalibrated"
#: The layer that divides the logits; its scale is one over the temperature.
TEMPERATURE_LAYER = "temperature"
#: The layer whose output is the calibrated probabilities.
CALIBRATED_LAYER = "calibrated"

#: Where a temperature is looked for.
RANGE = (0.05, 20.0)
#: How near to an end of that range, as a factor, the temperature counts as not found.
MARGIN = 1.01
#: Fewer validation images say too little.
LEAST_IMAGES = 20
#: Bins of equal width in which the calibration error is measured, as in the paper.
BINS = 15
#: Probabilities below count as this: a logarithm needs more than nothing.
SMALLEST = 1e-30


def with_temperature(classifier: keras.Model, temperature: float) -> keras.Model:
    """Divide a classifier's logits by a temperature.

    The layers are Keras's own, so that a saved file loads anywhere.

    Args:
        classifier: From images to probabilities.
        temperature: Above 0; below 1 makes sure predictions surer, above 1 less sure.

    Returns:
        The same in and out, with the same weights and the same most probable class.
    """
    raw = keras.layers.Identity(dtype="float32", name=UNCALIBRATED_LAYER)(classifier.output)
    return keras.Model(classifier.input, temper(raw, temperature), name=classifier.name)


def temper(raw: keras.KerasTensor, temperature: float) -> keras.KerasTensor:
    """Make calibrated probabilities of uncalibrated ones.

    Args:
        raw: Probabilities `float32` `(n, classes)`; their logarithms are logits.
        temperature: Above 0.

    Returns:
        Probabilities `float32` `(n, classes)`.
    """
    logits = keras.ops.log(keras.ops.maximum(raw, SMALLEST))
    scaled = keras.layers.Rescaling(1 / temperature, dtype="float32", name=TEMPERATURE_LAYER)(
        logits
    )
    return keras.layers.Softmax(dtype="float32", name=CALIBRATED_LAYER)(scaled)


def is_calibrated(classifier: keras.Model) -> bool:
    """Say whether a classifier has a temperature."""
    return any(layer.name == TEMPERATURE_LAYER for layer in classifier.layers)


def temperature_of(classifier: keras.Model) -> float:
    """Read the temperature of a classifier; 1 where it has none."""
    if not is_calibrated(classifier):
        return 1.0
    return 1 / float(classifier.get_layer(TEMPERATURE_LAYER).scale)


def uncalibrated(classifier: keras.Model) -> keras.Model:
    """Take the temperature off.

    Args:
        classifier: With a temperature or without.

    Returns:
        From the same images to the probabilities before temperature scaling; the weights are
        shared. The classifier itself where it has no temperature.
    """
    if not is_calibrated(classifier):
        return classifier
    # What the layer was given: an identity changes nothing.
    raw = classifier.get_layer(UNCALIBRATED_LAYER).input
    return keras.Model(classifier.input, raw, name=classifier.name)


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Find the temperature under which the true classes are most likely.

    Where none can be found it is 1, which changes nothing: where there are too few images, where
    none of them is taken for another class (the lower the temperature, the better), or where the
    probabilities say nothing of the classes (the higher, the better).

    Args:
        probabilities: Of validation images, `(n, classes)`, without temperature.
        labels: Indices of their true classes, `(n,)`.

    Returns:
        `value`, `images`, `wrong` (how many are taken for another class), `note` (why it is 1;
        empty where it was fitted), and `log_loss` and `ece` (expected calibration error of the
        most probable class, 15 bins of equal width), each `before` and `after`.
    """
    probabilities = np.asarray(probabilities, np.float64)
    wrong = int((probabilities.argmax(axis=1) != labels).sum())
    value, note = _find(probabilities, labels, wrong)
    after = scale(probabilities, value)
    _log(value, note, len(labels))
    return {
        "value": value,
        "images": len(labels),
        "wrong": wrong,
        "note": note,
        "log_loss": _before_and_after(_log_loss, probabilities, after, labels),
        "ece": _before_and_after(_calibration_error, probabilities, after, labels),
    }


def scale(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Do what the layers do, in NumPy.

    Args:
        probabilities: `(n, classes)`.
        temperature: Above 0.

    Returns:
        Probabilities `float64` `(n, classes)`.
    """
    return np.asarray(np.exp(_scale_logs(_logits(probabilities), temperature)))


def _find(probabilities: np.ndarray, labels: np.ndarray, wrong: int) -> tuple[float, str]:
    if len(labels) < LEAST_IMAGES:
        return 1.0, f"{len(labels)} validation images are too few, {LEAST_IMAGES} are needed"
    if not wrong:
        return 1.0, f"none of {len(labels)} validation images is predicted wrong"
    logits = _logits(probabilities)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return -float(_scale_logs(logits, np.exp(log_temperature))[rows, labels].mean())

    low, high = np.log(RANGE)
    found = float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))
    if RANGE[0] * MARGIN < found < RANGE[1] / MARGIN:
        return found, ""
    return 1.0, f"no temperature from {RANGE[0]:g} to {RANGE[1]:g} suits the validation images best"


def _logits(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(np.asarray(probabilities, np.float64), SMALLEST))


def _scale_logs(logits: np.ndarray, temperature: float) -> np.ndarray:
    return np.asarray(log_softmax(logits / temperature, axis=1))


def _log(value: float, note: str, images: int) -> None:
    if note:
        logger.warning("Probabilities are not calibrated: %s.", note)
    else:
        logger.info("Calibrated on %d validation images: temperature %.3f", images, value)


def _before_and_after(
    measure: Any, before: np.ndarray, after: np.ndarray, labels: np.ndarray
) -> dict[str, float]:
    return {"before": measure(before, labels), "after": measure(after, labels)}


def _log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return -float(_logits(probabilities)[np.arange(len(labels)), labels].mean())


def _calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Average, over images, how far a bin's share of right ones is from its mean confidence."""
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - confidence
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, gap, minlength=BINS)).sum() / len(labels))
