import numpy as np
import pytest

from brain_tumor_kedro.imaging.degradations import (
    blur,
    brighten,
    compress,
    lower_contrast,
    lower_resolution,
)
from builders import draw

RNG = np.random.default_rng(0)
IMAGE = draw(1).astype(np.float32)


def roughness(image: np.ndarray) -> float:
    return float(np.abs(np.diff(image, axis=0)).mean())


def test_contrast_is_lost_about_the_mean():
    faint = lower_contrast(IMAGE, 0.25, RNG)

    assert faint.mean() == pytest.approx(IMAGE.mean(), rel=1e-4)
    assert faint.std() == pytest.approx(0.25 * IMAGE.std(), rel=1e-4)


def test_brightness_is_added():
    np.testing.assert_allclose(brighten(IMAGE, 30, RNG) - IMAGE, 30, atol=1e-4)


@pytest.mark.parametrize(("change", "amount"), [(blur, 0.02), (lower_resolution, 4)])
def test_detail_is_lost_and_brightness_stays(change, amount):
    result = change(IMAGE, amount, RNG)

    assert roughness(result) < 0.9 * roughness(IMAGE)
    assert result.mean() == pytest.approx(IMAGE.mean(), rel=0.02)


def test_blur_goes_with_the_size_of_the_image():
    point = np.zeros((101, 101), np.float32)
    point[50, 50] = 1

    spread = blur(point, 0.03, RNG)
    x = np.arange(101) - 50
    assert np.sqrt((spread.sum(axis=0) * x**2).sum()) == pytest.approx(3.03, rel=0.05)


def test_a_lower_quality_leaves_blocks():
    fine, coarse = (compress(IMAGE, quality, RNG) for quality in (90, 3))

    assert np.abs(fine - IMAGE).mean() < np.abs(coarse - IMAGE).mean()
    steps = np.abs(np.diff(coarse, axis=0)).mean(axis=1)
    assert steps[7::8].mean() > 1.5 * np.delete(steps, slice(7, None, 8)).mean()
