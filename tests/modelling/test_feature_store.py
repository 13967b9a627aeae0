from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling import feature_store
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.feature_store import FeatureStore
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.frozen_inference import predict_table_with_store, stands_still
from brain_tumor_kedro.modelling.inference import predict_table
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe

CLASSES = ("left", "right")
HEAD = {"name": "head", "trainable": "head", "learning_rate": 1e-2, "epochs": 2}

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The rows of every computation."""
    asked: list[list[int]] = []

    def compute(classifier: keras.Model, images: np.ndarray, rows: np.ndarray) -> np.ndarray:
        asked.append(rows.tolist())
        return compute_features(classifier, images, rows)

    monkeypatch.setattr(feature_store, "compute_features", compute)
    return asked


def built(recipe: Recipe, seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return build_classifier(recipe, CLASSES)


def test_features_are_computed_once_for_all_classifiers_with_the_same_backbone(
    make_recipe: MakeRecipe, images: np.ndarray, computed: list[list[int]]
) -> None:
    recipe = make_recipe()
    store = FeatureStore(images)

    first = store.get(built(recipe), recipe, "float32", np.array([3, 1]))
    again = store.get(built(recipe), recipe, "float32", np.array([1, 2, 3, 2]))

    assert computed == [[1, 3], [2]]
    np.testing.assert_array_equal(again[[2, 0]], first)
    np.testing.assert_array_equal(again[1], again[3])
    assert store.seconds > 0


@pytest.mark.parametrize("change", ["weights", "size", "pooling", "precision"])
def test_features_of_another_backbone_are_others(
    make_recipe: MakeRecipe, images: np.ndarray, computed: list[list[int]], change: str
) -> None:
    changes: dict[str, Any] = {"size": {"image_size": 48}, "pooling": {"head": {"pooling": "max"}}}
    store = FeatureStore(images)
    rows = np.arange(4)
    store.get(built(make_recipe()), make_recipe(), "float32", rows)

    recipe = make_recipe(**changes.get(change, {}))
    other = built(recipe, seed=1 if change == "weights" else 0)
    store.get(other, recipe, "mixed_float16" if change == "precision" else "float32", rows)

    assert len(computed) == 2


def test_what_was_used_longest_ago_is_forgotten(
    make_recipe: MakeRecipe, images: np.ndarray, computed: list[list[int]]
) -> None:
    recipe = make_recipe()
    store, rows = FeatureStore(images, limit=1), np.arange(2)
    for seed in (0, 0, 1, 0):
        store.get(built(recipe, seed), recipe, "float32", rows)

    assert len(computed) == 3


def test_a_training_with_a_store_is_the_training_without(
    make_recipe: MakeRecipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    computed: list[list[int]],
) -> None:
    recipe = make_recipe(phases=[HEAD])
    store = FeatureStore(images)
    plain = train(recipe, images, manifest, CLASSES)
    shared = train(recipe, images, manifest, CLASSES, store=store)
    again = train(recipe, images, manifest, CLASSES, store=store)
    found = predict_table_with_store(shared.model, recipe, store, manifest, CLASSES)

    assert len(computed) == 2  # train and val, then test
    assert shared.summary["fingerprint"] == again.summary["fingerprint"]
    columns = [*plain.history.columns[:-1]]
    pd.testing.assert_frame_equal(plain.history[columns], shared.history[columns], atol=1e-6)
    expected = predict_table(plain.model, images, manifest, CLASSES)
    pd.testing.assert_frame_equal(found.table, expected.table, atol=1e-5)
    pd.testing.assert_frame_equal(found.features, expected.features, atol=1e-5)


def test_features_say_nothing_of_a_trained_backbone_or_of_mirror_images(
    make_recipe: MakeRecipe, only_phase: dict[str, Any]
) -> None:
    assert stands_still(make_recipe(phases=[HEAD]))
    assert not stands_still(make_recipe(phases=[HEAD, only_phase]))
    assert not stands_still(make_recipe(phases=[HEAD], test_time_flip=True))
