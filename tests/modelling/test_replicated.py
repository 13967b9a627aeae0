import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.replicated import ReplicatedModel

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's"
)


def train(kind: type[keras.Model]) -> tuple[dict[str, list[float]], list[np.ndarray]]:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    regularizer = keras.regularizers.L2(0.01)
    outputs = keras.layers.Dense(2, activation="softmax", kernel_regularizer=regularizer)(inputs)
    model = kind(inputs, outputs)
    generator = np.random.default_rng(0)
    x, weights = generator.normal(size=(7, 3)).astype("float32"), np.linspace(0.5, 1.5, 7)
    y = np.eye(2, dtype=np.float32)[np.arange(7) % 2]
    model.example = (x[:1], y[:1], weights[:1])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x, y, sample_weight=weights, validation_data=(x, y), batch_size=4, epochs=3,
        shuffle=False, verbose=0,
    )  # fmt: skip
    return history.history, model.get_weights()


def test_on_one_device_it_trains_as_any_model() -> None:
    ours, our_weights = train(ReplicatedModel)
    theirs, their_weights = train(keras.Model)
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, atol=1e-6)
    for weight, other in zip(our_weights, their_weights, strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-6)
