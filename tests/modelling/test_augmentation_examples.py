from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.augmentation_examples import draw_examples
from brain_tumor_kedro.modelling.recipes import Recipe

MakeRecipe = Callable[..., Recipe]

CLASSES = ("left", "right")


def phase(name: str, *, augment: bool = True) -> dict[str, Any]:
    settings = {"trainable": "all", "learning_rate": 1e-3, "epochs": 1}
    return {"name": name, "augment": augment, **settings}


def test_examples_are_training_images_of_each_class_with_their_views(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    recipe = make_recipe(augmentation={"horizontal_flip": True})
    examples = draw_examples(images, manifest, CLASSES, recipe, seed=0, views=5)
    assert examples.labels == list(CLASSES)
    assert examples.views.shape == (2, 5, 40, 40)
    train = images[manifest.loc[manifest["split"] == "train", "row"].to_numpy(dtype=int)]
    left, right = examples.originals.reshape(2, 40, 2, 20).mean(axis=(1, 3))
    assert left[0] > left[1]
    assert right[0] < right[1]
    for original, views in zip(examples.originals, examples.views, strict=True):
        assert (train == original).all(axis=(1, 2)).any()
        for view in views:
            assert (view == original).all() or (view == original[:, ::-1]).all()
    assert examples.changes == "mirrored left and right (phase only)"


def test_the_seed_chooses_images_and_views(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    recipe = make_recipe(augmentation="study_4")
    first, again, other = (draw_examples(images, manifest, CLASSES, recipe, s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.originals, again.originals)
    np.testing.assert_array_equal(first.views, again.views)
    assert (first.originals != other.originals).any()


def test_a_recipe_that_changes_nothing_says_so(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    quiet = [phase("a", augment=False), phase("b", augment=False)]
    for recipe in (make_recipe(), make_recipe(augmentation="study_1", phases=quiet)):
        examples = draw_examples(images, manifest, CLASSES, recipe, seed=0, views=2)
        assert examples.changes == "training changes no image"
        np.testing.assert_array_equal(examples.views, np.stack([examples.originals] * 2, axis=1))


def test_the_phases_that_augment_are_named(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    phases = [phase("head", augment=False), phase("top"), phase("all")]
    recipe = make_recipe(augmentation={"noise": 2}, phases=phases)
    examples = draw_examples(images, manifest, CLASSES, recipe, seed=0, views=1)
    assert examples.changes == "noise of 2 gray values (phase top, all)"


def test_a_class_without_training_images_is_left_out(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    classes = ("absent", *CLASSES)
    examples = draw_examples(images, manifest, classes, make_recipe(), seed=0)
    assert examples.labels == list(CLASSES)
