from typing import Any

import keras
import numpy as np
import pytest
from scipy.special import expit

from brain_tumor_kedro.modelling.head_settings import Head
from brain_tumor_kedro.modelling.heads import (
    HEAD_LAYER,
    LOGIT_LAYER,
    POOLING_LAYER,
    build_head,
    pool,
)

FEATURES = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
AVERAGE, MAXIMUM = FEATURES.mean((1, 2)), FEATURES.max((1, 2))


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [("avg", AVERAGE), ("max", MAXIMUM), ("avg_max", np.hstack([AVERAGE, MAXIMUM]))],
)
@pytest.mark.parametrize("tokens", [False, True])
def test_pooling_makes_a_vector(pooling: Any, expected: np.ndarray, tokens: bool) -> None:
    features = FEATURES.reshape(2, 12, 5) if tokens else FEATURES
    inputs = keras.Input(features.shape[1:])
    model = keras.Model(inputs, pool(inputs, Head(pooling=pooling)))
    np.testing.assert_allclose(model(features), expected, atol=1e-6)
    assert model.get_layer(POOLING_LAYER).output.shape == (None, expected.shape[1])


def test_vectors_need_no_pooling() -> None:
    inputs = keras.Input((5,))
    model = keras.Model(inputs, pool(inputs, Head(pooling="max")))
    np.testing.assert_array_equal(model(AVERAGE), AVERAGE)
    assert model.layers[-1].name == POOLING_LAYER


def kinds(head: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in head.layers]


def test_layers_stand_in_the_order_of_study_4() -> None:
    head = build_head(Head(batch_norm=True, dense=(512, 256), dropout=(0.5, 0.4)), 5, 4)
    dense = ["Dense", "Dropout"]
    assert head.name == HEAD_LAYER
    assert kinds(head) == ["BatchNormalization", *dense, *dense, "Dense"]
    assert [layer.rate for layer in head.layers if "dropout" in layer.name] == [0.5, 0.4]
    hidden = head.get_layer("dense1")
    assert (hidden.units, hidden.activation.__name__) == (512, "relu")
    assert type(hidden.kernel_initializer).__name__ == "HeNormal"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (Head(), ["Dense"]),
        (Head(dropout=0.2), ["Dropout", "Dense"]),
        (Head(dense=(8, 4), dropout=(0.0, 0.4)), ["Dense", "Dense", "Dropout", "Dense"]),
    ],
)
def test_what_is_off_is_not_there(head: Head, expected: list[str]) -> None:
    assert kinds(build_head(head, 5, 2)) == expected


def test_the_penalty_is_on_every_kernel_and_no_bias() -> None:
    head = build_head(Head(dense=(3,), l2=0.25), 5, 2)
    head.set_weights([np.full(weight.shape, 2.0) for weight in head.weights])
    assert float(sum(head.losses)) == pytest.approx(0.25 * 4 * (5 * 3 + 3 * 2))
    assert build_head(Head(dense=(3,)), 5, 2).losses == []


@pytest.fixture
def half_precision() -> Any:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.usefixtures("half_precision")
def test_probabilities_are_float32_in_mixed_precision() -> None:
    head = build_head(Head(batch_norm=True, dense=(3,), l2=0.1), 5, 2)
    assert head.get_layer("dense1").compute_dtype == "float16"
    probabilities = np.asarray(head(AVERAGE * 100))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_two_classes_may_share_one_unit() -> None:
    head = build_head(Head(dense=(128,), dropout=0.5, output="sigmoid"), 5, 2)
    assert kinds(head)[:3] == ["Dense", "Dropout", "Dense"]
    assert head.get_layer(LOGIT_LAYER).units == 1
    assert type(head.get_layer("dense1").kernel_initializer).__name__ == "HeNormal"
    assert head.count_params() == 5 * 128 + 128 + 128 + 1
    logits = keras.Model(head.inputs[0], head.get_layer(LOGIT_LAYER).output)
    p = expit(np.asarray(logits(AVERAGE * 10)))
    np.testing.assert_allclose(head(AVERAGE * 10), np.hstack([1 - p, p]), atol=1e-6)


@pytest.mark.usefixtures("half_precision")
@pytest.mark.parametrize("logit", [-80.0, -30.0, 0.0, 30.0, 80.0])
def test_both_probabilities_are_exact_however_sure_they_are(logit: float) -> None:
    head = build_head(Head(output="sigmoid"), 1, 2)
    head.set_weights([np.ones((1, 1)), np.zeros(1)])
    found = np.asarray(head(np.array([[logit]], np.float32)))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[expit(-logit), expit(logit)]], rtol=1e-5)


@pytest.mark.parametrize("classes", [("one",), ("one", "two", "three")])
def test_one_unit_tells_two_classes_apart(classes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"two classes apart, received {len(classes)}: one"):
        Head(output="sigmoid").check_classes(classes)
    Head().check_classes(classes)
