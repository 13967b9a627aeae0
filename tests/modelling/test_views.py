import tempfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling import views
from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.views import ViewBatches, allocate, compute_views

SHAPE = (40, 40)
CHANGES = Augmentation(brightness=(0.5, 1.5), horizontal_flip=True, rotation=20)


def test_views_are_the_features_of_what_augmentation_draws(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    classifier = build_classifier(make_recipe(), ("left", "right"))
    rows = np.array([3, 8, 1, 12, 30])
    batches = Batches(images, rows, batch_size=2, seed=5)
    computed = compute_views(
        classifier, CHANGES, batches, image_shape=SHAPE, views=3, first=4, seed=9
    )
    inputs = keras.Input(SHAPE, dtype="uint8")
    augment = with_augmentation(keras.Model(inputs, inputs), CHANGES, SHAPE, seed=9)
    for view in range(3):
        batches.start_epoch(4 + view)
        drawn = [
            np.asarray(augment(batches[index][0], training=True)) for index in range(len(batches))
        ]
        expected = compute_features(classifier, np.concatenate(drawn), np.arange(5))
        # A pixel in the middle of two gray values may be rounded up here and down there.
        np.testing.assert_allclose(computed[view, batches.order], expected, atol=1e-3)
    plain = compute_features(classifier, images, rows)
    assert not np.isclose(computed, plain, atol=1e-2).all(axis=-1).any()


def test_epochs_take_turns_at_the_views() -> None:
    numbers = np.arange(2 * 6).reshape(2, 6, 1)
    batches = ViewBatches(
        numbers, np.arange(6), first=7, targets=np.arange(6)[:, None], batch_size=4, seed=3
    )
    orders = []
    for epoch in range(7, 12):
        batches.start_epoch(epoch)
        read = [batches[index] for index in range(len(batches))]
        values, targets = (np.concatenate(parts) for parts in zip(*read, strict=True))
        np.testing.assert_array_equal(values, targets + 6 * ((epoch - 7) % 2))
        orders.append(targets[:, 0].tolist())
        assert sorted(orders[-1]) == list(range(6))
    assert orders[0] != orders[2]


def test_small_views_stay_in_memory() -> None:
    array = allocate((2, 3, 4))
    assert type(array) is np.ndarray
    assert array.shape == (2, 3, 4)
    assert array.dtype == np.float32


def test_large_views_go_into_a_file_that_has_no_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(views, "LARGEST_IN_MEMORY", 95)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    array = allocate((2, 3, 4))
    assert isinstance(array, np.memmap)
    array[:] = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(array.ravel(), np.arange(24))
    assert not list(tmp_path.iterdir())


def test_views_that_fit_nowhere_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", ["free"])
    monkeypatch.setattr(views.shutil, "disk_usage", lambda _: usage(2**31))
    with pytest.raises(ValueError, match=r"views of 1,000,000 images need 7\.5 GiB, .* 2\.0 GiB"):
        allocate((2, 10**6, 1000))
