import numpy as np
import pytest

from brain_tumor_kedro.imaging.displacements import move, rotate, shift


def square() -> np.ndarray:
    image = np.zeros((61, 61), np.float32)
    image[25:31, 40:46] = 100
    return image


def center(image: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(image * x).sum(), (image * y).sum()]) / image.sum()


def test_a_shift_goes_right_and_down():
    moved = move(square(), 0, (5, 3))
    np.testing.assert_allclose(center(moved) - center(square()), [5, 3], atol=1e-3)


def test_a_turn_is_counterclockwise_about_the_center():
    # To the right of the center lies what lies above it after a quarter.
    turned = move(square(), 90, (0, 0))
    x, y = center(square()) - 30
    np.testing.assert_allclose(center(turned) - 30, [y, -x], atol=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_the_distance_is_given_and_the_direction_drawn(seed):
    moved = shift(square(), 0.1, np.random.default_rng(seed))
    assert np.hypot(*(center(moved) - center(square()))) == pytest.approx(6.1, abs=0.01)


def test_both_sides_are_turned_to():
    turned = {rotate(square(), 20, np.random.default_rng(seed)).tobytes() for seed in range(12)}
    assert len(turned) == 2


def test_what_comes_in_is_as_the_border():
    image = np.full((40, 40), 17, np.float32)
    image[10:30, 10:30] = 200
    assert move(image, 45, (0, 0)).min() == pytest.approx(17)
    assert move(image, 0, (15, 0))[:, 0].min() == pytest.approx(17)
