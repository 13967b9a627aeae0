import numpy as np
import pytest

from brain_tumor_kedro.imaging import descriptors
from brain_tumor_kedro.imaging.descriptors import LENGTH, as_vectors, describe
from brain_tumor_kedro.imaging.similarity import thumbnail
from brain_tumor_kedro.imaging.views import VIEWS, turn
from builders import draw, draw_phantom

FLAT = np.full((64, 64), 9, np.uint8)


def make_thumbnails() -> np.ndarray:
    images = [draw(seed) for seed in range(3)] + [draw_phantom(seed) for seed in range(3)]
    return np.stack([thumbnail(image) for image in images])


def as_gray(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


CHANGES = {
    "darker": lambda gray: as_gray(0.6 * gray),
    "brighter": lambda gray: as_gray(gray + 25.0),
    "contrast": lambda gray: as_gray(1.3 * gray - 20.0),
    "gamma": lambda gray: as_gray(255 * (gray / 255.0) ** 0.7),
    "padded": lambda gray: np.pad(gray, len(gray) // 10),
    "shifted": lambda gray: np.pad(gray, ((0, 0), (0, len(gray) // 5))),
}


def test_descriptors_have_length_1_and_those_of_flat_images_are_zero():
    frequencies = describe(np.stack([*make_thumbnails(), FLAT]))

    vectors = as_vectors(frequencies)
    assert vectors.shape == (7, LENGTH)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1] * 6 + [0], abs=1e-5)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("make", [draw, draw_phantom])
def test_a_change_hardly_moves_the_descriptor(change, make):
    image = make(1)

    first, second = as_vectors(describe(np.stack([thumbnail(image), thumbnail(change(image))])))

    assert first @ second > 0.95


def test_different_slices_are_told_apart():
    vectors = as_vectors(describe(np.stack([thumbnail(draw(seed)) for seed in range(8)])))

    products = vectors @ vectors.T
    assert products[~np.eye(8, dtype=bool)].max() < 0.65


def test_the_views_of_a_descriptor_are_the_descriptors_of_the_views():
    thumbnails = make_thumbnails()
    frequencies = describe(thumbnails)

    for view in range(len(VIEWS)):
        expected = as_vectors(describe(turn(thumbnails, view)))
        assert np.vecdot(as_vectors(frequencies, view), expected).min() > 0.9999


def test_blocks_change_nothing(monkeypatch):
    thumbnails = make_thumbnails()
    whole = describe(thumbnails)

    monkeypatch.setattr(descriptors, "IMAGES_AT_ONCE", 4)

    assert describe(thumbnails) == pytest.approx(whole, abs=1e-5)


def test_no_images_have_no_descriptors():
    assert as_vectors(describe(np.zeros((0, 64, 64), np.uint8)), 5).shape == (0, LENGTH)
