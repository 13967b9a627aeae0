import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score

from brain_tumor_kedro.modelling.positive_f1 import PositiveF1


def measure(positive: int, labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Count in batches of unequal size, as epochs do."""
    metric = PositiveF1(positive)
    for part in (slice(0, 7), slice(7, 30), slice(30, None)):
        metric.update_state(np.eye(2)[labels[part]], probabilities[part])
    return float(metric.result())


@pytest.mark.parametrize("positive", [0, 1])
def test_it_is_that_of_scikit_learn_on_all_images(positive: int) -> None:
    generator = np.random.default_rng(1)
    labels = (generator.random(100) < 0.8).astype(int)
    p = generator.random(100).astype(np.float32)
    p[::9] = 0.5  # ties, which go to the first class
    probabilities = np.stack([1 - p, p], axis=1)
    expected = f1_score(labels, probabilities.argmax(axis=1), pos_label=positive)
    assert measure(positive, labels, probabilities) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("labels", [np.ones(40, int), np.zeros(40, int)])
def test_it_is_nothing_where_none_is_predicted_positive(labels: np.ndarray) -> None:
    assert measure(1, labels, np.tile([0.9, 0.1], (40, 1))) == 0.0


def test_it_begins_anew_with_every_epoch() -> None:
    metric = PositiveF1(1)
    metric.update_state(np.eye(2), np.eye(2)[::-1])
    metric.reset_state()
    metric.update_state(np.eye(2), np.eye(2))
    assert keras.ops.convert_to_numpy(metric.result()) == pytest.approx(1.0)
