from types import SimpleNamespace

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.best_weights import BestWeights


@pytest.fixture
def classifier():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[1.0]])])
    return model


def stopping(best: float, epoch: int, monitor: str = "val_loss", mode: str = "min"):
    return SimpleNamespace(best=best, best_epoch=epoch, monitor=monitor, mode=mode)


def weight(classifier) -> float:
    return float(classifier.get_weights()[0][0, 0])


def end_phases(classifier, first, second) -> BestWeights:
    """Two phases of ten epochs; the second leaves the weight 2."""
    best = BestWeights(classifier)
    best.end_phase(0, first)
    classifier.set_weights([np.array([[2.0]])])
    best.end_phase(10, second)
    return best


def test_a_better_phase_keeps_its_weights(classifier):
    best = end_phases(classifier, stopping(0.5, 3), stopping(0.4, 2))

    assert (weight(classifier), best.epoch) == (2.0, 12)


def test_after_a_worse_phase_the_earlier_weights_come_back(classifier):
    best = end_phases(classifier, stopping(0.5, 3), stopping(0.6, 2))

    assert (weight(classifier), best.epoch) == (1.0, 3)


def test_more_is_better_where_the_monitor_says_so(classifier):
    accuracy = {"monitor": "val_accuracy", "mode": "max"}
    best = end_phases(classifier, stopping(0.5, 3, **accuracy), stopping(0.6, 2, **accuracy))

    assert (weight(classifier), best.epoch) == (2.0, 12)


def test_phases_that_watch_different_quantities_are_not_compared(classifier):
    best = end_phases(
        classifier, stopping(0.5, 3), stopping(0.9, 2, monitor="val_accuracy", mode="max")
    )

    assert (weight(classifier), best.epoch) == (2.0, 12)


def test_a_phase_that_watches_nothing_keeps_its_last_weights(classifier):
    best = BestWeights(classifier)
    best.end_phase(0, stopping(0.5, 3))
    classifier.set_weights([np.array([[2.0]])])
    best.take_last(14)

    assert (weight(classifier), best.epoch) == (2.0, 14)


def test_what_has_been_reached_survives_an_interruption(classifier):
    best = BestWeights(classifier)
    best.end_phase(0, stopping(0.5, 3))
    classifier.set_weights([np.array([[2.0]])])

    again = BestWeights(classifier)
    again.restore(*best.state())
    again.end_phase(10, stopping(0.6, 2))

    assert (weight(classifier), again.epoch) == (1.0, 3)
