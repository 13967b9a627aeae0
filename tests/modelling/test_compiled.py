"""XLA compiles all that a GPU runs; on a processor TensorFlow does so where it is told to."""

from collections.abc import Callable

import keras
import numpy as np

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.resident import Resident, looked_up


def fit(
    recipe: Recipe, images: np.ndarray, augmentation: Augmentation, *, compiled: bool, steps: int
) -> dict[str, list[float]]:
    """Train two epochs, the last batch of which is smaller."""
    keras.utils.set_random_seed(1)
    classifier = build_classifier(recipe, ("left", "right"), precision=recipe.precision)
    changed = with_augmentation(classifier, augmentation, images.shape[1:], seed=0)
    model = looked_up(changed, Resident(images))
    model.compile(
        "adam", "categorical_crossentropy", jit_compile=compiled, steps_per_execution=steps
    )
    rows = np.arange(20, dtype=np.int32)
    targets = np.eye(2, dtype=np.float32)[rows % 2]
    validation = (rows[:6], targets[:6])
    options = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    return model.fit(rows, targets, validation_data=validation, **options).history


def test_everything_compiles(
    make_recipe: Callable[..., Recipe], images: np.ndarray, every_change: Augmentation
) -> None:
    recipe = make_recipe(head={"dense": [8], "dropout": 0.2}, precision="mixed_bfloat16")
    # So that resizing pads. Wide images, which Keras pads by operations that XLA does not compile
    # on TensorFlow, are never packed: packed images are square.
    tall = np.ascontiguousarray(images[:, :, :30])
    history = fit(recipe, tall, every_change, compiled=True, steps=2)
    assert np.isfinite(history["loss"] + history["val_loss"]).all()


def test_compiled_training_is_the_same(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    plain, compiled = (
        fit(make_recipe(), images, Augmentation(), compiled=jit, steps=steps)
        for jit, steps in ((False, 1), (True, 2))
    )
    np.testing.assert_allclose(plain["loss"], compiled["loss"], atol=1e-5)
    np.testing.assert_allclose(plain["val_loss"], compiled["val_loss"], atol=1e-5)
