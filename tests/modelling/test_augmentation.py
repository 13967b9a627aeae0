from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.augmentation import draw_views, with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import PRESETS, Augmentation
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.recipes import Recipe


def echo(shape: tuple[int, ...]) -> keras.Model:
    """Stand in for a classifier: what goes in comes out."""
    images = keras.Input(shape, dtype="uint8")
    return keras.Model(images, keras.ops.cast(images, "uint8"))


def linear() -> keras.Model:
    """The smallest classifier, so that a test compiles little."""
    images = keras.Input((40, 40), dtype="uint8")
    pixels = keras.layers.Flatten()(keras.ops.cast(images, "float32") / 255)
    return keras.Model(images, keras.layers.Dense(2, activation="softmax")(pixels))


@pytest.mark.parametrize("shape", [(40, 40), (40, 40, 3)])
def test_images_change_in_training_only(
    images: np.ndarray, shape: tuple[int, ...], every_change: Augmentation
) -> None:
    batch = images[:8] if len(shape) == 2 else np.repeat(images[:8, ..., None], 3, axis=-1)
    model = with_augmentation(echo(shape), every_change, shape, seed=0)
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
    tmp_path: Path, make_recipe: Callable[..., Recipe], every_change: Augmentation
) -> None:
    classifier = build_classifier(make_recipe(), ("left", "right"))
    wrapped = with_augmentation(classifier, every_change, (40, 40), 0)
    assert {id(weight) for weight in wrapped.weights} == {
        id(weight) for weight in classifier.weights
    }
    classifier.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    assert not any("random" in layer.name for layer in loaded.layers)


def run(model: keras.Model, batch: np.ndarray) -> np.ndarray:
    return np.asarray(model(batch, training=True))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_seed_alone_decides_what_is_drawn(images: np.ndarray, preset: str) -> None:
    batch = images[:8]
    first, again, other = (
        with_augmentation(echo((40, 40)), PRESETS[preset], (40, 40), seed) for seed in (0, 0, 10)
    )
    drawn = run(first, batch)
    np.testing.assert_array_equal(drawn, run(again, batch))
    assert (drawn != run(other, batch)).mean() > 0.3


def test_a_checkpoint_of_the_variables_goes_on_with_the_same_changes(
    images: np.ndarray, every_change: Augmentation
) -> None:
    batch = images[:8]
    model = with_augmentation(echo((40, 40)), every_change, (40, 40), 0)
    run(model, batch)
    checkpoint = [np.asarray(variable) for variable in model.variables]
    expected = [run(model, batch) for _ in range(2)]
    restored = with_augmentation(echo((40, 40)), every_change, (40, 40), seed=99)
    for variable, value in zip(restored.variables, checkpoint, strict=True):
        variable.assign(value)
    np.testing.assert_array_equal([run(restored, batch) for _ in range(2)], expected)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_draws_move_on_with_every_step_of_a_fit(
    images: np.ndarray, jit_compile: bool, every_change: Augmentation
) -> None:
    model = with_augmentation(linear(), every_change, (40, 40), 0)
    seeds = [variable for variable in model.variables if "seed" in variable.path]
    before = [np.asarray(seed) for seed in seeds]
    model.compile("sgd", "categorical_crossentropy", jit_compile=jit_compile)
    targets = np.eye(2, dtype=np.float32)[[0, 1] * 8]
    model.fit(images[:16], targets, batch_size=4, epochs=2, verbose=0)
    assert len(seeds) == 4
    for first, last in zip(before, seeds, strict=True):
        np.testing.assert_array_equal(np.asarray(last), np.add(first, [0, 8]))


def test_views_are_what_training_shows(images: np.ndarray, every_change: Augmentation) -> None:
    views = draw_views(images[:3], every_change, 4, seed=0)
    assert views.shape == (3, 4, 40, 40)
    trained = run(
        with_augmentation(echo((40, 40)), every_change, (40, 40), 0), np.repeat(images[:3], 4, 0)
    )
    np.testing.assert_array_equal(views, trained.reshape(views.shape))


def test_views_of_colors_keep_their_channels(images: np.ndarray) -> None:
    colors = np.repeat(images[:2, ..., None], 3, axis=-1)
    views = draw_views(colors, Augmentation(vertical_flip=True), 20, seed=0)
    flipped = (views == colors[:, None, ::-1]).all(axis=(2, 3, 4))
    kept = (views == colors[:, None]).all(axis=(2, 3, 4))
    assert (flipped ^ kept).all()
    assert 0 < flipped.sum() < 40


def test_views_without_augmentation_are_the_images(images: np.ndarray) -> None:
    views = draw_views(images[:2], Augmentation(), 3, seed=0)
    np.testing.assert_array_equal(views, np.stack([images[:2]] * 3, axis=1))
