from collections.abc import Callable

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.features import (
    below_head,
    compute_features,
    compute_frozen_features,
    in_mode,
    with_still_backbone,
)
from brain_tumor_kedro.modelling.heads import HEAD_LAYER, POOLING_LAYER
from brain_tumor_kedro.modelling.recipes import Recipe


@pytest.fixture
def restless() -> keras.Model:
    """A classifier whose backbone drops half of its activations in training."""
    images = keras.Input((None, None), dtype="uint8")
    pixels = keras.ops.expand_dims(keras.ops.cast(images, "float32") + 1, -1)
    maps = keras.Input((None, None, 1))
    backbone = keras.Model(maps, keras.layers.Dropout(0.5, seed=0)(maps), name=BACKBONE_LAYER)
    pooled = keras.layers.GlobalAveragePooling2D(name=POOLING_LAYER)(backbone(pixels))
    head = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dropout(0.5, seed=1), keras.layers.Dense(2)],
        name=HEAD_LAYER,
    )
    return keras.Model(images, head(pooled))


def test_the_head_on_features_is_the_classifier(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    classifier = build_classifier(make_recipe(head={"dropout": 0.5}), ("left", "right"))
    rows = np.array([5, 1, 30])
    features = compute_features(classifier, images, rows, batch_size=2)
    assert features.shape == (3, 96)
    assert features.dtype == np.float32
    np.testing.assert_allclose(
        classifier.get_layer(HEAD_LAYER).predict(features, verbose=0),
        classifier.predict(images[rows], verbose=0),
        atol=1e-6,
    )


def test_frozen_features_depend_on_the_backbone_and_the_seed_alone(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    rows = np.array([5, 1, 30])
    features = compute_frozen_features(make_recipe(head={"dense": [8]}), images, rows)
    other_head = compute_frozen_features(make_recipe(head={"dense": [4]}), images, rows)
    other_seed = compute_frozen_features(make_recipe(), images, rows, seed=1)
    assert features.shape == (3, 96)
    np.testing.assert_array_equal(features, other_head)
    assert np.abs(features - other_seed).max() > 1e-3


def test_every_batch_has_the_same_size(restless: keras.Model, images: np.ndarray) -> None:
    rows = np.arange(7)
    expected = images[rows].mean(axis=(1, 2), dtype=np.float64)[:, None] + 1
    for batch_size in (3, 7, 64):
        features = compute_features(restless, images, rows, batch_size)
        np.testing.assert_allclose(features, expected, rtol=1e-5)


def test_a_model_keeps_its_mode(restless: keras.Model, images: np.ndarray) -> None:
    still, busy = (in_mode(restless, training=training) for training in (False, True))
    np.testing.assert_array_equal(still(images, training=True), restless(images))
    assert not np.allclose(busy(images, training=False), restless(images))


def test_a_still_backbone_drops_nothing_while_the_head_does(
    restless: keras.Model, images: np.ndarray
) -> None:
    head = restless.get_layer(HEAD_LAYER)
    model = with_still_backbone(restless)
    np.testing.assert_allclose(model(images), restless(images), rtol=1e-6)
    state = head.layers[0].seed_generator.state
    start = np.asarray(state)
    trained = np.asarray(model(images, training=True))
    state.assign(start)
    expected = np.asarray(head(below_head(restless)(images), training=True))
    np.testing.assert_allclose(trained, expected, rtol=1e-6)
    assert not np.allclose(trained, model(images))
