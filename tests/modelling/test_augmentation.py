from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.recipes import Recipe

EVERYTHING = Augmentation(
    brightness=(0.8, 1.2), horizontal_flip=True, rotation=10, translation=0.1, zoom=0.1
)


def echo(shape: tuple[int, ...]) -> keras.Model:
    """Stand in for a classifier: what goes in comes out."""
    images = keras.Input(shape, dtype="uint8")
    return keras.Model(images, keras.ops.cast(images, "uint8"))


@pytest.mark.parametrize("shape", [(40, 40), (40, 40, 3)])
def test_images_change_in_training_only(images: np.ndarray, shape: tuple[int, ...]) -> None:
    batch = images[:8] if len(shape) == 2 else np.repeat(images[:8, ..., None], 3, axis=-1)
    model = with_augmentation(echo(shape), EVERYTHING, shape, seed=0)
    np.testing.assert_array_equal(model(batch, training=False), batch)
    first, second = (np.asarray(model(batch, training=True)) for _ in range(2))
    assert first.dtype == np.uint8
    assert first.shape == batch.shape
    assert (first != batch).mean() > 0.3
    assert (first != second).mean() > 0.3


def test_brightness_multiplies_each_image_by_its_own_factor() -> None:
    batch = np.full((64, 8, 8), 100, np.uint8)
    batch[:, 0] = 0
    augmentation = Augmentation(brightness=(0.5, 1.5))
    changed = np.asarray(
        with_augmentation(echo((8, 8)), augmentation, (8, 8), 0)(batch, training=True)
    )
    assert (changed[:, 0] == 0).all()
    levels = changed[:, 1:].reshape(64, -1)
    assert (levels.min(axis=1) == levels.max(axis=1)).all()
    assert 50 <= levels.min() < 70 < 130 < levels.max() <= 150


def test_brightness_never_overflows() -> None:
    batch = np.full((4, 8, 8), 250, np.uint8)
    model = with_augmentation(echo((8, 8)), Augmentation(brightness=(1.5, 1.6)), (8, 8), 0)
    assert (np.asarray(model(batch, training=True)) == 255).all()


def test_flips_are_left_to_right() -> None:
    batch = np.tile(np.arange(8, dtype=np.uint8) * 10, (32, 8, 1))
    model = with_augmentation(echo((8, 8)), Augmentation(horizontal_flip=True), (8, 8), 0)
    changed = np.asarray(model(batch, training=True))
    flipped = (changed == batch[:, :, ::-1]).all(axis=(1, 2))
    kept = (changed == batch).all(axis=(1, 2))
    assert (flipped | kept).all()
    assert 4 < flipped.sum() < 28


def test_what_comes_into_view_is_black() -> None:
    batch = np.full((16, 20, 20), 200, np.uint8)
    model = with_augmentation(echo((20, 20)), Augmentation(translation=0.3), (20, 20), 0)
    changed = np.asarray(model(batch, training=True))
    assert (changed == 0).any()
    assert changed[:, 8:12, 8:12].min() == 200


def test_without_augmentation_the_classifier_stays_itself() -> None:
    classifier = echo((8, 8))
    assert with_augmentation(classifier, Augmentation(), (8, 8), 0) is classifier


def test_the_saved_classifier_holds_none_of_it(
    tmp_path: Path, make_recipe: Callable[..., Recipe]
) -> None:
    classifier = build_classifier(make_recipe(), ("left", "right"))
    wrapped = with_augmentation(classifier, EVERYTHING, (40, 40), 0)
    assert {id(weight) for weight in wrapped.weights} == {
        id(weight) for weight in classifier.weights
    }
    classifier.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    assert not any("random" in layer.name for layer in loaded.layers)
