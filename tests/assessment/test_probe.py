import numpy as np
import pytest

from brain_tumor_kedro.assessment.probe import fit_probe, probe_probabilities


def make_blobs(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    centers = np.eye(4)[labels] * 6
    return centers + np.random.default_rng(seed).normal(size=(len(labels), 4))


def test_separate_classes_are_told_apart() -> None:
    labels = np.arange(200) % 4
    probe = fit_probe(make_blobs(labels), labels)
    probabilities = probe_probabilities(probe, make_blobs(labels, seed=1), 4)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.95


def test_a_class_without_training_images_has_no_probability() -> None:
    labels = np.array([0, 2, 3] * 20)
    probe = fit_probe(make_blobs(labels), labels)
    probabilities = probe_probabilities(probe, make_blobs(labels), 4)
    assert (probabilities[:, 1] == 0).all()
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="class"):
        fit_probe(np.zeros((4, 2)), np.zeros(4, int))
