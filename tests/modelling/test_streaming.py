import threading
from collections.abc import Callable

import numpy as np
import pytest

from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.streaming import WAITING, Stream, predict_stream

CLASSES = ("left", "right")


def test_what_is_made_is_predicted_in_order(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    classifier = build_classifier(make_recipe(), CLASSES)
    rows = np.random.default_rng(0).integers(0, len(images), 50)

    found = predict_stream(classifier, lambda number: images[rows[number]], 50, batch_size=8)

    assert found.dtype == np.float32
    expected = classifier.predict(images, verbose=0)[rows]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_nothing_to_predict(make_recipe: Callable[..., Recipe]) -> None:
    classifier = build_classifier(make_recipe(), CLASSES)
    assert predict_stream(classifier, lambda number: np.zeros((8, 8)), 0).shape == (0, 2)


def test_no_more_than_a_few_batches_are_made_ahead(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    classifier = build_classifier(make_recipe(), CLASSES)
    made: list[int] = []
    lock = threading.Lock()

    def make(number: int) -> np.ndarray:
        with lock:
            made.append(number)
        return images[number % len(images)]

    predict_stream(classifier, make, 64, batch_size=4)
    assert set(made) == set(range(64))
    # However many threads: none runs farther ahead than the queue and what it is at work on.
    ahead = [number - len(set(made[:place])) for place, number in enumerate(made)]
    assert max(ahead) <= 4 * (WAITING + 8)


def test_the_last_batch_may_be_smaller() -> None:
    stream = Stream(lambda number: np.full((2, 2), number, np.uint8), 5, batch_size=2)

    assert len(stream) == 3
    assert [batch[0][:, 0, 0].tolist() for batch in (stream[0], stream[2])] == [[0, 1], [4]]


def test_an_error_in_making_is_told(make_recipe: Callable[..., Recipe], images: np.ndarray) -> None:
    def make(number: int) -> np.ndarray:
        raise ValueError("Expected another image")

    classifier = build_classifier(make_recipe(), CLASSES)
    with pytest.raises(ValueError, match="Expected another image"):
        predict_stream(classifier, make, 3)
