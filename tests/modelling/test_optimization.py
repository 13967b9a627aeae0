import keras
import pytest

from brain_tumor_kedro.modelling.optimization import compile_for_phase, stopping_callback
from brain_tumor_kedro.modelling.phase_settings import EarlyStopping, Phase


@pytest.mark.parametrize("name", ["adamax", "adam", "adamw", "sgd"])
def test_a_phase_gets_its_optimizer(name: str) -> None:
    phase = Phase(
        name="p", trainable="all", optimizer=name, learning_rate=0.25, epochs=1, weight_decay=0.5
    )
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    compile_for_phase(model, phase, label_smoothing=0.1)
    assert type(model.optimizer).__name__.lower() == name
    assert float(model.optimizer.learning_rate) == 0.25
    assert model.optimizer.weight_decay == 0.5
    assert model.loss.label_smoothing == 0.1


@pytest.mark.parametrize(("monitor", "mode"), [("val_loss", "min"), ("val_accuracy", "max")])
def test_stopping_knows_which_way_is_better(monitor: str, mode: str) -> None:
    callback = stopping_callback(EarlyStopping(monitor=monitor, patience=2))
    assert (callback.monitor, callback.mode) == (monitor, mode)
    assert callback.patience == 2
    assert callback.restore_best_weights
