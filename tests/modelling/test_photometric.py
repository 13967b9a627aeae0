import numpy as np
import pytest
from PIL import Image, ImageEnhance

from brain_tumor_kedro.modelling.photometric import (
    RandomBrightnessFactor,
    RandomContrastFactor,
    RandomNoise,
)

LAYERS = [
    RandomBrightnessFactor((0.5, 1.5), seed=0),
    RandomContrastFactor((0.5, 1.5), seed=0),
    RandomNoise(5.0, seed=0),
]


@pytest.fixture
def batch() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (64, 9, 9, 1)).astype(np.float32)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_each_changes_in_training_only_and_every_time(layer, batch: np.ndarray) -> None:
    np.testing.assert_array_equal(layer(batch), batch)
    first, second = (np.asarray(layer(batch, training=True)) for _ in range(2))
    assert (first != batch).mean() > 0.9
    assert (first != second).mean() > 0.9


def test_brightness_multiplies_each_image_by_its_own_factor(batch: np.ndarray) -> None:
    changed = RandomBrightnessFactor((0.5, 1.5), seed=0)(batch, training=True)
    factors = np.asarray(changed)[:, 0, 0, 0] / batch[:, 0, 0, 0]
    np.testing.assert_allclose(changed, batch * factors[:, None, None, None], rtol=1e-4)
    assert 0.5 <= factors.min() < 0.6
    assert 1.4 < factors.max() <= 1.5


@pytest.mark.parametrize("factor", [0.6, 1.7])
@pytest.mark.parametrize("kind", ["Brightness", "Contrast"])
def test_both_factors_are_those_of_pillow(kind: str, factor: float) -> None:
    image = np.random.default_rng(0).integers(0, 200, (12, 10), dtype=np.uint8)
    layers = {"Brightness": RandomBrightnessFactor, "Contrast": RandomContrastFactor}
    changed = layers[kind]((factor, factor), seed=0)(image[None, ..., None] * 1.0, training=True)
    expected = getattr(ImageEnhance, kind)(Image.fromarray(image)).enhance(factor)
    difference = np.clip(np.asarray(changed)[0, ..., 0], 0, 255) - np.asarray(expected)
    assert np.abs(difference).max() <= 1  # Pillow cuts the fraction off


def test_contrast_has_one_mean_for_all_channels() -> None:
    image = np.zeros((1, 4, 4, 3), np.float32)
    image[..., 0] = 90
    changed = RandomContrastFactor((0.5, 0.5), seed=0)(image, training=True)
    np.testing.assert_allclose(np.asarray(changed)[0, 0, 0], [60, 15, 15], rtol=1e-6)


def test_noise_has_the_deviation_in_gray_values(batch: np.ndarray) -> None:
    noise = np.asarray(RandomNoise(5.0, seed=0)(batch, training=True)) - batch
    assert abs(noise.mean()) < 0.3
    assert noise.std() == pytest.approx(5.0, rel=0.05)
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.4
