from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.folding import fold_batch_norm

RNG = np.random.default_rng(0)


def randomize(model: keras.Model) -> keras.Model:
    """Give weights and statistics values that are not those of the start, variances above 0."""
    model.set_weights([RNG.uniform(0.2, 1.2, weight.shape) for weight in model.weights])
    return model


def count_norms(model: keras.Model) -> int:
    return sum(isinstance(layer, layers.BatchNormalization) for layer in model.layers)


def assert_same_output(folded: keras.Model, model: keras.Model) -> None:
    images = RNG.normal(size=(2, *model.input_shape[1:]))
    expected = np.asarray(model(images))
    np.testing.assert_allclose(folded(images), expected, rtol=1e-4, atol=1e-4 * expected.std())


@pytest.mark.parametrize(
    "convolution",
    [
        layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
        layers.Conv2D(4, 3, groups=2),
        layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False),
        layers.SeparableConv2D(5, 3, depth_multiplier=2, padding="same"),
    ],
)
@pytest.mark.parametrize(
    "norm", [{}, {"scale": False, "epsilon": 0.1}, {"center": False, "axis": 3}]
)
def test_a_convolution_takes_the_normalization_over(
    convolution: layers.Layer, norm: dict[str, object]
) -> None:
    convolution = type(convolution).from_config(convolution.get_config())
    model = keras.Sequential(
        [keras.Input((6, 6, 4)), convolution, layers.BatchNormalization(**norm), layers.ReLU()]
    )
    model = randomize(keras.Model(model.inputs[0], model.outputs[0]))
    before = model.get_weights()
    folded = fold_batch_norm(model)
    assert count_norms(folded) == 0
    assert_same_output(folded, model)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def with_activation(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.BatchNormalization()(layers.Conv2D(4, 3, activation="relu")(x))


def read_twice(x: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.Conv2D(4, 3)(x)
    return layers.BatchNormalization()(x) + x


def first(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Conv2D(4, 3)(layers.BatchNormalization()(x))


def half_precision(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.BatchNormalization()(layers.Conv2D(4, 3, dtype="mixed_bfloat16")(x))


def adapted(x: keras.KerasTensor) -> keras.KerasTensor:
    convolution = layers.Conv2D(4, 3)
    x = layers.BatchNormalization()(convolution(x))
    convolution.enable_lora(2)
    return x


@pytest.mark.parametrize("block", [with_activation, read_twice, first, half_precision, adapted])
def test_what_cannot_be_folded_stays(
    block: Callable[[keras.KerasTensor], keras.KerasTensor],
) -> None:
    inputs = keras.Input((6, 6, 4))
    model = keras.Model(inputs, block(inputs))
    assert fold_batch_norm(model) is model


def test_an_output_stays_what_it_is() -> None:
    inputs = keras.Input((6, 6, 4))
    middle = layers.Conv2D(4, 3)(inputs)
    model = keras.Model(inputs, [middle, layers.BatchNormalization()(middle)])
    assert fold_batch_norm(model) is model


def test_mobilenet_is_folded_whole() -> None:
    model = build_backbone("mobilenet_v2_035", 32)
    statistics = [
        np.abs(RNG.normal(1, 0.1, value.shape)) if variable.path.endswith("variance") else value
        for variable, value in zip(model.weights, model.get_weights(), strict=True)
    ]
    model.set_weights(statistics)
    folded = fold_batch_norm(model)
    assert count_norms(model) == 52
    assert count_norms(folded) == 0
    assert_same_output(folded, model)
    assert_same_output(fold_batch_norm(model), model)
