import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from brain_tumor_kedro.imaging.normalization import (
    coordinates,
    find_foreground,
    find_frame,
    halve,
    normalize_locally,
    resample,
    smooth,
)
from brain_tumor_kedro.imaging.similarity import thumbnail
from builders import draw

IDENTITY = (1.0, 0.0, 1.0, 0.0)


def make_slices(n: int = 3) -> np.ndarray:
    return np.stack([thumbnail(draw(seed)) for seed in range(n)]).astype(np.float32)


def make_blob(spread: tuple[float, float], center: tuple[float, float]) -> np.ndarray:
    """A bright bell, `(1, 64, 64)`; pairs are horizontal and vertical."""
    x, y = np.meshgrid(coordinates(64), coordinates(64))
    square = ((x - center[0]) / spread[0]) ** 2 + ((y - center[1]) / spread[1]) ** 2
    return (200 * np.exp(-square / 2)).astype(np.float32)[None]


def place(*numbers: float, n: int = 1) -> np.ndarray:
    return np.tile(np.array(numbers, np.float32), (n, 1))


@pytest.mark.parametrize("sigma", [0.7, 2.0, 6.0])
def test_smoothing_is_a_gaussian_filter(sigma):
    images = make_slices()

    expected = [gaussian_filter(image, sigma, mode="nearest") for image in images]

    assert smooth(images, sigma) == pytest.approx(np.stack(expected), abs=1e-2)


def test_gain_and_offset_hardly_change_the_local_structure():
    images = make_slices()

    normal = normalize_locally(images, 4.0, 0.01)
    changed = normalize_locally(0.5 * images + 60, 4.0, 0.01)

    head = find_foreground(images) > 0.99
    assert np.abs(changed - normal)[head].max() < 0.02
    assert normal[head].std() == pytest.approx(1, abs=0.3)


def test_the_floor_keeps_flat_regions_flat():
    almost_flat = 100 + np.random.default_rng(0).normal(size=(1, 64, 64)).astype(np.float32)

    assert normalize_locally(almost_flat, 4.0, 20.0).std() < 0.06
    assert normalize_locally(almost_flat, 4.0, 0.01).std() > 0.9


def test_normalization_leaves_the_images_as_they_are():
    images = make_slices()
    before = images.copy()

    normalize_locally(images, 4.0, 4.0)

    assert (images == before).all()


def test_the_foreground_is_the_head_and_not_the_background():
    weight = find_foreground(make_slices())

    assert weight[:, 32, 32] == pytest.approx(1)
    assert weight[:, [0, 0, -1, -1], [0, -1, 0, -1]].max() == 0
    assert (weight.min(), weight.max()) == (0, 1)


def test_noise_below_the_mean_is_no_foreground():
    image = make_slices(1)
    noise = np.random.default_rng(0).uniform(0, 25, image.shape).astype(np.float32)
    noisy = np.maximum(image, noise)

    background = find_foreground(image) == 0
    assert find_foreground(noisy)[background].max() < 0.05


def test_the_frame_says_where_the_bright_part_lies_and_how_far_it_reaches():
    frame = find_frame(make_blob(spread=(0.2, 0.1), center=(0.3, -0.4)))[0]

    assert frame[[1, 3]] == pytest.approx([0.3, -0.4], abs=0.01)
    assert frame[[0, 2]] == pytest.approx([0.2, 0.1], rel=0.15)


def test_the_frame_goes_with_a_head_that_is_moved_and_resized():
    blob = make_blob(spread=(0.2, 0.25), center=(0.1, 0.0))

    frame = find_frame(blob)
    seen = find_frame(resample(blob, place(1.25, 0.2, 0.8, -0.1)))[0]

    # What is seen at x lies at scale * x + shift.
    assert 1.25 * seen[1] + 0.2 == pytest.approx(frame[0, 1], abs=0.01)
    assert 0.8 * seen[3] - 0.1 == pytest.approx(frame[0, 3], abs=0.01)
    assert seen[[0, 2]] * [1.25, 0.8] == pytest.approx(frame[0, [0, 2]], rel=0.05)


def test_contrast_does_not_move_the_frame():
    images = make_slices()

    assert find_frame(0.4 * images + 50) == pytest.approx(find_frame(images), abs=1e-4)


@pytest.mark.parametrize("gray", [0, 9, 255])
def test_a_flat_image_has_the_whole_view_for_its_frame(gray):
    images = np.concatenate([np.full((1, 64, 64), gray, np.float32), make_slices(1)])

    frames = find_frame(images)

    assert frames[0].tolist() == list(IDENTITY)
    assert frames[1].tolist() != list(IDENTITY)


def test_coordinates_are_centers_of_pixels():
    assert coordinates(4).tolist() == [-0.75, -0.25, 0.25, 0.75]


def test_the_identity_changes_nothing():
    images = make_slices()

    assert resample(images, place(*IDENTITY, n=3)) == pytest.approx(images, abs=1e-2)


def test_a_shift_looks_to_the_right_and_down_and_there_is_nothing_outside():
    images = make_slices(1) + 1
    pixels = 2 / 64

    seen = resample(images, place(1, 10 * pixels, 1, 3 * pixels))

    assert seen[0, :61, :54] == pytest.approx(images[0, 3:, 10:], abs=1e-2)
    assert (seen[0, 62:] == 0).all()
    assert (seen[0, :, 55:] == 0).all()


def test_half_the_scale_looks_at_the_middle_in_twice_the_size():
    x = coordinates(64)
    ramp = np.broadcast_to(x[:, None] + 2 * x, (1, 64, 64))

    assert resample(ramp, place(0.5, 0, 0.5, 0)) == pytest.approx(ramp / 2, abs=1e-5)


def test_a_view_may_have_another_size_and_every_image_its_own_placement():
    images = make_slices(2)

    seen = resample(images, np.array([IDENTITY, (1, 2.5, 1, 0)], np.float32), side=16)

    assert seen.shape == (2, 16, 16)
    assert seen[0].max() > 0
    assert (seen[1] == 0).all()


def test_halving_averages_blocks():
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4)

    assert halve(image)[0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
