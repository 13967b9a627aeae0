import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.folded import fold_backbone
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.temperature import with_temperature


@pytest.fixture
def classifier() -> keras.Model:
    """The parts of a classifier, with a backbone of one block whose statistics are odd."""
    inside = keras.Input((None, None, 1))
    norm = keras.layers.BatchNormalization()
    features = norm(keras.layers.Conv2D(4, 3, use_bias=False)(inside))
    backbone = keras.Model(inside, features, name=BACKBONE_LAYER)
    rng = np.random.default_rng(0)
    norm.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in norm.get_weights()])
    images = keras.Input((None, None), dtype="uint8", name="images")
    pixels = keras.ops.expand_dims(keras.ops.cast(images, "float32") / 255, -1)
    pooled = keras.layers.GlobalAveragePooling2D()(backbone(pixels))
    return keras.Model(images, keras.layers.Dense(2, activation="softmax")(pooled))


def norms(model: keras.Model) -> int:
    inner = [norms(layer) for layer in model.layers if isinstance(layer, keras.Model)]
    return sum(inner) + sum(
        isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers
    )


@pytest.mark.parametrize("exported", [False, True])
def test_the_folded_classifier_says_the_same(
    classifier: keras.Model, images: np.ndarray, exported: bool
) -> None:
    if exported:
        classifier = with_temperature(average_mirrored(classifier), 1.7)

    folded = fold_backbone(classifier)

    assert (norms(classifier), norms(folded)) == (1, 0)
    np.testing.assert_allclose(folded(images), classifier(images), atol=1e-6)


def test_where_nothing_can_be_folded_the_classifier_stays() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert fold_backbone(model) is model
