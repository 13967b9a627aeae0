from typing import Any, NamedTuple

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.averaging import AveragedWeights

MOMENTUM = 0.75
BATCHES, BATCH = 3, 4
X = np.random.default_rng(0).normal(size=(BATCHES * BATCH, 2)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0]], np.float32)) + 0.5


class Watch(keras.callbacks.Callback):
    """Keep the kernel as it is whenever something happens, and what a checkpoint would save."""

    def __init__(self, averaging: AveragedWeights | None = None) -> None:
        super().__init__()
        self.averaging = averaging
        self.batches: list[np.ndarray] = []
        self.tests: list[np.ndarray] = []
        self.epochs: list[np.ndarray] = []
        self.saved: list[list[np.ndarray]] = []
        self.optimizer: list[list[np.ndarray]] = []

    def kernel(self) -> np.ndarray:
        return self.model.get_weights()[0].copy()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()
        self.batches.append(self.kernel())

    def on_test_begin(self, logs: Any = None) -> None:
        self.tests.append(self.kernel())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.averaging is not None:
            with self.averaging.trained_weights():
                self.saved.append([weight.copy() for weight in self.model.get_weights()])
            variables = self.model.optimizer.variables
            self.optimizer.append([variable.numpy().copy() for variable in variables])
        self.epochs.append(self.kernel())


class Fitted(NamedTuple):
    model: keras.Model
    before: Watch
    after: Watch

    def average(self, epochs: int) -> np.ndarray:
        """The definition, beginning with the weights after the first step."""
        value, *rest = self.before.batches[: epochs * BATCHES]
        for batch in rest:
            value = MOMENTUM * value + (1 - MOMENTUM) * batch
        return value


def make_model(ema: bool = True) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.1, use_ema=ema, ema_momentum=MOMENTUM)
    model.compile(optimizer, "mse", run_eagerly=keras.backend.backend() == "tensorflow")
    return model


def fit(model: keras.Model, last: keras.callbacks.Callback | None = None, **options: int) -> Fitted:
    averaging = AveragedWeights() if model.optimizer.use_ema else None
    before, after = Watch(), Watch(averaging)
    callbacks = [it for it in (before, averaging, after, last) if it is not None]
    model.fit(
        X, Y, batch_size=BATCH, validation_data=(X, Y), shuffle=False, verbose=0,
        callbacks=callbacks, **options,
    )  # fmt: skip
    return Fitted(model, before, after)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(make_model(), epochs=3)


def test_the_model_has_the_hand_computed_average_where_it_says(fitted: Fitted) -> None:
    for epoch in range(3):
        trained = fitted.before.batches[(epoch + 1) * BATCHES - 1]
        np.testing.assert_array_equal(fitted.before.epochs[epoch], trained)
        np.testing.assert_array_equal(fitted.after.saved[epoch][0], trained)
        for averaged in (fitted.after.epochs[epoch], fitted.after.tests[epoch]):
            np.testing.assert_allclose(averaged, fitted.average(epoch + 1), rtol=1e-6)
    np.testing.assert_array_equal(fitted.model.get_weights()[0], fitted.after.epochs[-1])
    assert not np.allclose(fitted.after.epochs[-1], fitted.before.epochs[-1])


def test_training_goes_on_as_if_nothing_were_averaged(fitted: Fitted) -> None:
    plain = fit(make_model(ema=False), epochs=3)
    np.testing.assert_array_equal(fitted.before.batches, plain.before.batches)


def test_validation_is_of_the_average(fitted: Fitted) -> None:
    history = fitted.model.history.history
    loss = np.mean((fitted.model.predict(X, verbose=0) - Y) ** 2)
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)
    assert history["loss"][-1] != pytest.approx(loss, rel=1e-3)


@pytest.mark.parametrize(("mode", "best", "epochs"), [("max", 0, 2), ("min", 3, 4)])
def test_early_stopping_keeps_the_average_of_its_best_epoch(
    mode: str, best: int, epochs: int
) -> None:
    """Whether it ends the training before its time, or not: the loss falls all the while."""
    stopping = keras.callbacks.EarlyStopping(mode=mode, patience=1, restore_best_weights=True)
    fitted = fit(make_model(), stopping, epochs=4)
    assert (stopping.best_epoch, len(fitted.after.epochs)) == (best, epochs)
    kernel = fitted.model.get_weights()[0]
    np.testing.assert_allclose(kernel, fitted.average(best + 1), rtol=1e-6)


def test_a_training_that_is_stopped_without_restoring_ends_with_the_average() -> None:
    class StopAtOnce(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    fitted = fit(make_model(), StopAtOnce(), epochs=4)
    np.testing.assert_allclose(fitted.model.get_weights()[0], fitted.average(1), rtol=1e-6)


def test_a_training_goes_on_from_its_trained_weights_and_its_optimizer(fitted: Fitted) -> None:
    model = make_model()
    model.set_weights(fitted.after.saved[0])
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, fitted.after.optimizer[0], strict=True):
        variable.assign(value)
    again = fit(model, initial_epoch=1, epochs=3)
    np.testing.assert_array_equal(again.before.batches, fitted.before.batches[BATCHES:])
    np.testing.assert_array_equal(again.model.get_weights()[0], fitted.model.get_weights()[0])
