from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.best_weights import BestWeights
from brain_tumor_kedro.modelling.history import History
from brain_tumor_kedro.modelling.training_run import Resumed
from brain_tumor_kedro.modelling.training_state import (
    read_phase,
    read_run,
    restore_phase,
    restore_run,
)


class Images(keras.layers.Layer):
    """Keeps data in a variable, as a layer that looks images up does."""

    def __init__(self) -> None:
        super().__init__()
        self._images = self.add_weight(shape=(1000,), initializer="zeros", trainable=False)

    def call(self, x: Any) -> Any:
        return x + self._images[0]


def make_run() -> tuple[Any, keras.Model, list[keras.callbacks.Callback]]:
    """A classifier with dropout, and around it random changes and images on the device."""
    layers = [keras.layers.Dense(3, name="dense"), keras.layers.Dropout(0.5)]
    classifier = keras.Sequential([keras.Input((4,)), *layers])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, classifier(Images()(keras.layers.GaussianNoise(0.1)(inputs))))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    run = SimpleNamespace(
        classifier=classifier,
        best=BestWeights(classifier),
        history=History(),
        trainable_parameters={},
        best_epochs={},
        resumed=Resumed(),
        seconds=lambda: 12.0,
    )
    stopping = keras.callbacks.EarlyStopping("loss", patience=9, restore_best_weights=True)
    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=5)
    return run, model, [stopping, plateau]


def train(model: keras.Model, callbacks: list[keras.callbacks.Callback], **options: Any) -> Any:
    x, y = np.ones((8, 4), np.float32), np.ones((8, 3), np.float32)
    return model.fit(x, y, batch_size=4, verbose=0, callbacks=callbacks, **options)


def test_what_is_read_can_be_gone_on_with() -> None:
    run, model, callbacks = make_run()
    train(model, callbacks, epochs=2)
    run.history.rows.append({"epoch": 0, "phase": "first", "loss": 1.0})
    states = read_run(run), read_phase(run, model, callbacks)

    other, again, counting = make_run()
    restore_run(other, states[0])
    restore_phase(other, again, counting, states[1])

    assert other.history.rows == run.history.rows
    assert (other.resumed.at, other.resumed.seconds) == ([1], 12.0)
    for ours, theirs in zip(counting, callbacks, strict=True):
        assert (ours.best, ours.wait) == (theirs.best, theirs.wait)
    losses = [train(each, [], epochs=2).history["loss"] for each in (model, again)]
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_seeds_and_optimizer_are_in_the_state_and_images_are_not() -> None:
    run, model, callbacks = make_run()
    train(model, callbacks, epochs=1)
    arrays = read_phase(run, model, callbacks).arrays
    assert [array.shape for array in arrays["seeds"]] == [(2,)]
    assert arrays["seeds"][0][1] > 0, "the noise has been drawn from"
    assert len(arrays["optimizer"]) == len(model.optimizer.variables)
    assert len(arrays["best_weights_0"]) == len(model.weights)
    drawn = [array for array in read_run(run).arrays["classifier"] if array.shape == (2,)]
    assert len(drawn) == 1, "dropout draws from a seed of the classifier"
