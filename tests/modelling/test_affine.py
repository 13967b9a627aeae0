"""Geometry against NumPy and SciPy, with and without XLA."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import ops
from scipy.ndimage import affine_transform

from brain_tumor_kedro.modelling.affine import Moves, RandomAffine, inverse_maps, resample

REST = {
    "mirror_x": 1.0,
    "mirror_y": 1.0,
    "rotation": 0.0,
    "shear": 0.0,
    "zoom": 1.0,
    "shift_x": 0.0,
    "shift_y": 0.0,
}


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """The hardest images to interpolate, one of them not square in `noise[:, :-4]`."""
    return np.random.default_rng(0).integers(0, 256, (6, 21, 21, 1), dtype=np.uint8)


def move(images: np.ndarray, **moves: float | np.ndarray) -> np.ndarray:
    values = {name: np.broadcast_to(value, len(images)) for name, value in (REST | moves).items()}
    tensors = Moves(**{name: ops.cast(value, "float32") for name, value in values.items()})
    maps = inverse_maps(tensors, *images.shape[1:3])
    return ops.convert_to_numpy(resample(ops.convert_to_tensor(images), maps))


def random_moves(n: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1).uniform
    return {
        "mirror_x": np.sign(draw(-1, 1, n)),
        "mirror_y": np.sign(draw(-1, 1, n)),
        "rotation": draw(-3, 3, n),
        "shear": draw(-0.4, 0.4, n),
        "zoom": draw(0.6, 1.5, n),
        "shift_x": draw(-6, 6, n),
        "shift_y": draw(-6, 6, n),
    }


def move_as_scipy_does(image: np.ndarray, moves: dict[str, float]) -> np.ndarray:
    """Compose the moves as matrices of y and x, and let SciPy interpolate."""
    cosine, sine = np.cos(moves["rotation"]), np.sin(moves["rotation"])
    mirror = np.diag([moves["mirror_y"], moves["mirror_x"]])
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    shear = np.array([[1, 0], [moves["shear"], 1]])
    inverse = np.linalg.inv(moves["zoom"] * shear @ rotation @ mirror)
    center = (np.array(image.shape) - 1) / 2
    target = center + np.array([moves["shift_y"], moves["shift_x"]])
    offset = center - inverse @ target
    return affine_transform(image.astype(float), inverse, offset, order=1, mode="grid-constant")


def test_nothing_moves_nothing(noise: np.ndarray) -> None:
    np.testing.assert_array_equal(move(noise), noise)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_right_angles_are_those_of_numpy(noise: np.ndarray, turns: int) -> None:
    moved = move(noise, rotation=turns * np.pi / 2)
    np.testing.assert_allclose(moved, np.rot90(noise, turns, axes=(1, 2)), atol=0.01)


def test_flips_are_exact(noise: np.ndarray) -> None:
    np.testing.assert_array_equal(move(noise, mirror_x=-1), noise[:, :, ::-1])
    np.testing.assert_array_equal(move(noise, mirror_y=-1), noise[:, ::-1])


def test_a_shift_by_whole_pixels_is_exact_and_leaves_black(noise: np.ndarray) -> None:
    expected = np.zeros_like(noise)
    expected[:, :-2, 3:] = noise[:, 2:, :-3]
    np.testing.assert_array_equal(move(noise, shift_x=3, shift_y=-2), expected)


def test_zoom_keeps_the_center_and_magnifies_about_it(noise: np.ndarray) -> None:
    moved = move(noise, zoom=2)
    np.testing.assert_array_equal(moved[:, ::2, ::2], noise[:, 5:16, 5:16])


def test_shear_moves_rows_in_proportion(noise: np.ndarray) -> None:
    moved = move(noise, shear=1)
    for below in range(-10, 11):
        source = noise[:, 10 + below, max(0, -below) : 21 - max(0, below)]
        place = slice(max(0, below), 21 - max(0, -below))
        np.testing.assert_array_equal(moved[:, 10 + below, place], source)


@pytest.mark.parametrize("rows", [21, 17])
def test_random_maps_are_those_of_scipy(noise: np.ndarray, rows: int) -> None:
    moves = random_moves(len(noise))
    moved = move(noise[:, :rows], **moves)
    for number, image in enumerate(noise[:, :rows, :, 0]):
        one = {name: value[number] for name, value in moves.items()}
        np.testing.assert_allclose(moved[number, ..., 0], move_as_scipy_does(image, one), atol=0.02)


def test_channels_move_together(noise: np.ndarray) -> None:
    moves = random_moves(len(noise))
    moved = move(np.concatenate([noise, noise[::-1], noise // 2], axis=-1), **moves)
    np.testing.assert_array_equal(moved[..., :1], move(noise, **moves))
    np.testing.assert_array_equal(moved[..., 1:2], move(noise[::-1], **moves))


def test_other_images_than_uint8_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected images as uint8"):
        RandomAffine(rotation=5, seed=0)(np.zeros((1, 8, 8, 1), np.float32), training=True)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="XLA of TensorFlow")
def test_xla_compiles_it_and_computes_the_same(noise: np.ndarray) -> None:
    import tensorflow as tf

    values = REST | random_moves(len(noise))
    moves = Moves(
        **{name: tf.constant(np.broadcast_to(v, 6), "float32") for name, v in values.items()}
    )
    compiled = tf.function(
        lambda images: resample(images, inverse_maps(moves, 21, 21)), jit_compile=True
    )
    np.testing.assert_allclose(compiled(noise), move(noise, **random_moves(6)), atol=0.02)


@pytest.fixture(scope="module")
def one_point() -> np.ndarray:
    """Many images of one bright point, 20 pixels right of the center."""
    images = np.zeros((400, 81, 81, 1), np.uint8)
    images[:, 39:42, 59:62] = 200
    return images


def centers(images: np.ndarray) -> np.ndarray:
    """Where the point is, x and y from the center, `(n, 2)`."""
    axis = np.arange(81) - 40.0
    weights = images[..., 0] / images.sum(axis=(1, 2, 3))[:, None, None]
    return np.stack([(weights.sum(axis=1) * axis).sum(1), (weights.sum(axis=2) * axis).sum(1)], 1)


def angles(points: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(-points[:, 1], points[:, 0]))


@pytest.mark.parametrize(
    ("settings", "measure", "low", "high"),
    [
        ({"rotation": 30}, angles, -30, 30),
        ({"translation": 0.1}, lambda points: points[:, 0], 20 - 8.1, 20 + 8.1),
        ({"translation": 0.1}, lambda points: points[:, 1], -8.1, 8.1),
        ({"zoom": 0.2}, lambda points: points[:, 0], 16, 24),
    ],
)
def test_draws_fill_their_range_and_no_more(
    one_point: np.ndarray,
    settings: dict[str, float],
    measure: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
) -> None:
    moved = np.asarray(RandomAffine(**settings, seed=3)(one_point, training=True))
    found = measure(centers(moved))
    margin = 0.05 * (high - low)
    assert low - margin / 5 <= found.min() < low + margin
    assert high - margin < found.max() <= high + margin / 5
    assert abs(found.mean() - (low + high) / 2) < margin


def test_half_of_the_images_are_flipped_each_way(one_point: np.ndarray) -> None:
    lower = np.roll(one_point, 7, axis=1)
    layer = RandomAffine(horizontal_flip=True, vertical_flip=True, seed=0)
    found = np.sign(centers(np.asarray(layer(lower, training=True))))
    _, counts = np.unique(found, axis=0, return_counts=True)
    assert len(counts) == 4
    assert counts.min() > 70


def test_flips_alone_are_those_of_the_map(noise: np.ndarray) -> None:
    batch = np.concatenate([noise] * 4)
    alone, mapped = (
        RandomAffine(horizontal_flip=True, vertical_flip=True, zoom=zoom, seed=5)
        for zoom in (0.0, 1e-9)
    )
    np.testing.assert_array_equal(alone(batch, training=True), mapped(batch, training=True))


def test_rotation_is_the_same_with_and_without_flips(one_point: np.ndarray) -> None:
    alone, flipped = (
        RandomAffine(rotation=20, horizontal_flip=flip, seed=5)(one_point, training=True)
        for flip in (False, True)
    )
    same = (np.asarray(alone) == np.asarray(flipped)).all(axis=(1, 2, 3))
    assert 150 < same.sum() < 250
