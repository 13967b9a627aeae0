from collections.abc import Callable

import numpy as np

from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.recipes import Recipe


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
