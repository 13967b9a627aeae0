from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.callbacks import EpochCallbacks


class Listener(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Any] = []
        self.epochs: list[Any] = []

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.batches.append(("train", batch, logs))

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.batches.append(("test", batch, logs))

    def on_predict_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.batches.append(("predict", batch, logs))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.epochs.append(logs)


def test_epochs_are_told_with_numbers_and_batches_without() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    inputs, targets = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    listener = Listener()
    callbacks = EpochCallbacks([listener], add_history=True, model=model)
    model.fit(
        inputs, targets, batch_size=2, verbose=0,
        validation_data=(inputs[:2], targets[:2]), callbacks=callbacks,
    )  # fmt: skip
    model.predict(inputs, batch_size=4, verbose=0, callbacks=callbacks)
    kinds = [(kind, batch, logs) for kind, batch, logs in listener.batches]
    assert kinds == [("train", 0, {}), ("train", 1, {}), ("test", 0, {}), ("predict", 0, {})]
    assert set(listener.epochs[0]) == {"loss", "val_loss"}
