from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.classifier import build_classifier, count_parameters, fingerprint
from brain_tumor_kedro.modelling.inference import predict
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe

CLASSES = ("left", "right")


@pytest.mark.parametrize("channels", [1, 3])
def test_both_sides_count_the_same(
    make_recipe: Callable[..., Recipe], images: np.ndarray, channels: int, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    classifier = build_classifier(make_recipe(), CLASSES, channels=channels)
    batch = images if channels == 1 else np.stack([images, images // 2, images // 3], axis=-1)
    model = average_mirrored(classifier)
    one, other = (np.asarray(classifier(side)) for side in (batch, batch[:, :, ::-1]))
    assert np.abs(one - other).max() > 0.01
    np.testing.assert_allclose(model(batch), (one + other) / 2, atol=1e-6)
    np.testing.assert_allclose(model(batch), model(batch[:, :, ::-1]), atol=1e-6)
    assert (model.input_shape, model.inputs[0].dtype) == (classifier.input_shape, "uint8")

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(batch), model(batch), atol=1e-6)
    assert fingerprint(loaded) == fingerprint(model)


def test_a_recipe_that_asks_for_it_ends_with_both_sides(
    make_recipe: Callable[..., Recipe], images: np.ndarray, manifest: pd.DataFrame
) -> None:
    recipes = [make_recipe(test_time_flip=asked) for asked in (False, True)]
    one_side, both = (train(recipe, images, manifest, CLASSES, 1).model for recipe in recipes)
    rows = np.arange(len(images))
    plain, mirrored = (predict(one_side, side, rows) for side in (images, images[:, :, ::-1]))
    np.testing.assert_allclose(predict(both, images, rows), (plain + mirrored) / 2, atol=1e-4)
    assert np.abs(plain - mirrored).max() > 0.01
    assert count_parameters(both)["total"] == count_parameters(one_side)["total"]
