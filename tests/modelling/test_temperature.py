import logging
import re
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.special import softmax

from brain_tumor_kedro.modelling.classifier import build_classifier, fingerprint
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import (
    fit_temperature,
    scale,
    temperature_of,
    uncalibrated,
    with_temperature,
)

CLASSES = ("left", "right")

MakeRecipe = Callable[..., Recipe]


def draw(
    images: int, temperature: float, seed: int = 0, classes: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from known probabilities, told at another temperature."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (images, classes))
    true = softmax(logits, axis=1)
    labels = (generator.random((images, 1)) > np.cumsum(true, axis=1)).sum(axis=1)
    return softmax(logits * temperature, axis=1), np.minimum(labels, classes - 1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_hidden_is_found(temperature: float) -> None:
    probabilities, labels = draw(20_000, temperature)
    fit = fit_temperature(probabilities, labels)
    assert fit["value"] == pytest.approx(temperature, rel=0.03)
    assert fit["note"] == ""
    assert fit["log_loss"]["after"] <= fit["log_loss"]["before"]
    assert fit["ece"]["after"] < 0.02
    assert fit["wrong"] == (probabilities.argmax(axis=1) != labels).sum()


@pytest.mark.parametrize(
    ("probabilities", "labels", "said"),
    [
        (np.tile([[0.6, 0.4]], (19, 1)), np.arange(19) % 2, "19 validation images are too few"),
        (np.tile([[0.6, 0.4]], (30, 1)), np.zeros(30, int), "none of 30 .* is predicted wrong"),
        (np.tile([[0.9, 0.1]], (30, 1)), np.ones(30, int), "no temperature from 0.05 to 20"),
    ],
)
def test_what_validation_cannot_say_changes_nothing(
    probabilities: np.ndarray, labels: np.ndarray, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fit = fit_temperature(probabilities, labels)
    assert fit["value"] == 1
    assert fit["log_loss"]["before"] == pytest.approx(fit["log_loss"]["after"])
    assert fit["note"] in caplog.text
    assert re.search(said, fit["note"])


def test_the_calibration_error_is_the_one_of_the_paper() -> None:
    probabilities = np.array([[0.9, 0.1]] * 10 + [[0.2, 0.8]] * 10 + [[0.5, 0.5]])
    labels = np.array([0] * 8 + [1] * 2 + [1] * 5 + [0] * 5 + [1])
    fit = fit_temperature(probabilities, labels)
    by_hand = (10 * 0.1 + 10 * 0.3 + 1 * 0.5) / 21
    assert fit["ece"]["before"] == pytest.approx(by_hand)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("temperature", "output"), [(0.3, "softmax"), (4.0, "softmax"), (0.3, "sigmoid")]
)
def test_a_calibrated_classifier_is_saved_whole(
    make_recipe: MakeRecipe,
    images: np.ndarray,
    tmp_path: Path,
    mirrored: bool,
    temperature: float,
    output: str,
) -> None:
    plain = build_classifier(make_recipe(head={"output": output}), CLASSES)
    raw = average_mirrored(plain) if mirrored else plain
    model = with_temperature(raw, temperature)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")

    expected = raw.predict(images, verbose=0)
    np.testing.assert_allclose(uncalibrated(loaded).predict(images, verbose=0), expected, atol=1e-6)
    calibrated = loaded.predict(images, verbose=0)
    np.testing.assert_allclose(calibrated, scale(expected, temperature), atol=1e-5)
    assert calibrated.dtype == np.float32
    assert np.abs(calibrated - expected).max() > 0.01
    assert temperature_of(loaded) == pytest.approx(temperature, rel=1e-12)
    assert fingerprint(loaded) == fingerprint(model) != fingerprint(raw)
    assert fingerprint(model) != fingerprint(with_temperature(raw, temperature * 1.001))
    assert (model.name, model.input_shape) == (raw.name, raw.input_shape)


def test_a_classifier_without_temperature_stays_as_it_is(make_recipe: MakeRecipe) -> None:
    classifier = build_classifier(make_recipe(), CLASSES)
    assert temperature_of(classifier) == 1
    assert uncalibrated(classifier) is classifier


def test_no_chance_at_all_stays_a_probability() -> None:
    inputs = keras.Input((3,))
    certain = keras.Model(inputs, keras.layers.Identity()(inputs))
    probabilities = np.array([[1.0, 0, 0], [0, 0.5, 0.5]], np.float32)
    for temperature in (0.05, 20):
        scaled = with_temperature(certain, temperature).predict(probabilities, verbose=0)
        assert np.isfinite(scaled).all()
        np.testing.assert_allclose(scaled.sum(axis=1), 1, atol=1e-6)
        assert scaled[0].argmax() == 0
