from typing import Any

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.schedules import make_learning_rate, schedule_callbacks

RATE = 0.5


def phase(schedule: object, **changes: Any) -> Phase:
    values = {
        "name": "p", "trainable": "all", "learning_rate": RATE, "epochs": 3, "schedule": schedule
    }  # fmt: skip
    return Phase.model_validate(values | changes)


def rates(phase: Phase, batches: int) -> list[float]:
    schedule = make_learning_rate(phase, batches)
    return [float(schedule(step)) for step in range(phase.epochs * batches + 1)]


def test_a_constant_rate_is_a_number_and_plateau_begins_as_one() -> None:
    assert make_learning_rate(phase("constant"), 4) == RATE
    assert make_learning_rate(phase("plateau"), 4) == RATE
    assert schedule_callbacks(phase("constant")) == schedule_callbacks(phase("cosine")) == []


def test_a_cosine_falls_from_the_first_batch_to_the_last() -> None:
    expected = [RATE * (1 + np.cos(np.pi * step / 12)) / 2 for step in range(13)]
    np.testing.assert_allclose(rates(phase("cosine"), 4), expected, atol=1e-7)


def test_warm_up_rises_by_batches_and_leaves_the_rest_to_the_cosine() -> None:
    # 1.5 epochs of 4 batches up, the other 6 batches down to a tenth.
    rising = [RATE * step / 6 for step in range(6)]
    falling = [RATE * (0.1 + 0.9 * (1 + np.cos(np.pi * step / 6)) / 2) for step in range(7)]
    got = rates(phase({"kind": "cosine", "warmup": 1.5, "final": 0.1}), 4)
    np.testing.assert_allclose(got, rising + falling, atol=1e-7)


def test_a_warm_up_as_long_as_the_phase_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"3 epochs and warms up for 3 of them.*Shorten"):
        make_learning_rate(phase({"kind": "cosine", "warmup": 3}), 4)


@pytest.mark.parametrize(
    ("monitor", "values", "expected"),
    [
        ("val_loss", [3.0, 2.0, 2.0, 2.5, 1.0], [1, 1, 1, 0.2, 0.2]),
        ("val_f1", [0.3, 0.2, 0.2, 0.5, 0.4], [1, 1, 0.2, 0.2, 0.2]),
    ],
)
def test_plateau_waits_in_the_right_direction(
    monitor: str, values: list[float], expected: list[float]
) -> None:
    (callback,) = schedule_callbacks(
        phase({"kind": "plateau", "factor": 0.2, "patience": 2, "monitor": monitor})
    )
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    callback.set_model(model)
    callback.on_train_begin()
    got = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {monitor: value})
        got.append(float(model.optimizer.learning_rate) / RATE)
    assert got == pytest.approx(expected)
