import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.imaging.similarity import (
    compare,
    describe,
    find_candidates,
    normalize_locally,
    thumbnail,
)
from builders import draw


def through_jpeg(gray: np.ndarray, quality: int = 40) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(gray).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def resized(gray: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(gray).resize((side, side), Image.Resampling.BICUBIC))


CHANGES = {
    "jpeg": through_jpeg,
    "smaller": lambda gray: resized(gray, 224),
    "larger": lambda gray: resized(gray, 640),
    "gamma": lambda gray: np.rint(255 * (gray / 255.0) ** 0.7).astype(np.uint8),
    "contrast": lambda gray: np.clip(1.3 * gray.astype(float) - 20, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_is_nearer_than_any_other_slice(change):
    originals = [draw(seed, side=512) for seed in range(6)]
    thumbnails = np.stack([thumbnail(image) for image in [*originals, change(originals[0])]])

    coarse = describe(thumbnails)
    fine = normalize_locally(thumbnails)

    assert coarse[-1] @ coarse[0] > 0.9
    assert fine[-1] @ fine[0] > 0.9
    assert (fine[1:-1] @ fine[0]).max() < 0.75


def test_descriptors_are_unit_vectors_and_flat_images_are_zero():
    vectors = describe(np.stack([thumbnail(draw(0)), np.full((64, 64), 9, np.uint8)]))

    assert vectors.shape == (2, 1024)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0], abs=1e-5)


def test_candidates_are_all_pairs_above_the_threshold_and_no_other():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(2500, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    pairs = find_candidates(vectors, 0.95)

    correlation = np.triu(vectors @ vectors.T, 1)
    expected = {tuple(pair) for pair in np.argwhere(correlation > 0.95).tolist()}
    assert set(zip(pairs["a"], pairs["b"], strict=True)) == expected
    assert expected


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_images_have_no_pairs(n):
    thumbnails = np.zeros((n, 64, 64), np.uint8)

    pairs = find_candidates(describe(thumbnails), 0.9)

    assert pairs.empty
    assert compare(thumbnails, pairs).shape == (0,)
