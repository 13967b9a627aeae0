import numpy as np
import pytest

from brain_tumor_kedro.imaging.mr_artifacts import (
    add_bias_field,
    add_ghosts,
    add_motion,
    add_noise,
)
from builders import draw


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_noise_is_rician():
    dark = add_noise(np.zeros((300, 300), np.float32), 10, rng())
    bright = add_noise(np.full((300, 300), 200, np.float32), 10, rng())

    # Rayleigh in the background, next to Gaussian in bright tissue.
    assert dark.mean() == pytest.approx(10 * np.sqrt(np.pi / 2), rel=0.02)
    assert bright.mean() == pytest.approx(np.hypot(200, 10), rel=0.01)
    assert bright.std() == pytest.approx(10, rel=0.03)


def test_a_bias_field_is_smooth_and_within_its_factor():
    field = add_bias_field(np.ones((90, 120), np.float32), 1.5, rng(1))

    assert field.min() == pytest.approx(1 / 1.5, rel=1e-4)
    assert field.max() == pytest.approx(1.5, rel=1e-4)
    assert max(np.abs(np.diff(field, axis=axis)).max() for axis in (0, 1)) < 0.06


def test_ghosts_lie_beside_a_point_and_leave_it_as_it_is():
    point = np.zeros((64, 64), np.float32)
    point[32, 32] = 100

    ghosted = add_ghosts(point, 0.5, rng(2))

    assert ghosted[32, 32] == pytest.approx(100, abs=1)
    away = ghosted.copy()
    away[30:35, 30:35] = 0
    rows, columns = np.nonzero(away > 5)
    assert set(rows) == {32} or set(columns) == {32}
    assert away.max() < 26


def test_motion_blurs_but_keeps_the_head_in_its_place():
    image = draw(1).astype(np.float32)
    moved = add_motion(image, 4, rng(3))

    assert np.corrcoef(image.ravel(), moved.ravel())[0, 1] > 0.9
    assert moved.mean() == pytest.approx(image.mean(), rel=0.1)
    assert np.abs(moved - image).mean() > 2
