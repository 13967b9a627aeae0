import numpy as np
import pytest

from brain_tumor_kedro.imaging.harmless import HARMLESS

RNG = 0


@pytest.fixture
def slice_() -> np.ndarray:
    """A disk on black, with lines."""
    y, x = np.mgrid[-1:1:120j, -1:1:120j]
    return np.where(np.hypot(y, x) < 0.8, 120 + 60 * np.sin(20 * x + 3 * y), 0).astype(np.uint8)


def apply(kind: str, image: np.ndarray) -> np.ndarray:
    return HARMLESS[kind](image, np.random.default_rng(RNG))


@pytest.mark.parametrize("kind", ["mri_noise", "mri_as_jpeg", "mri_low_resolution"])
def test_the_slice_can_still_be_recognized(slice_, kind):
    assert np.corrcoef(apply(kind, slice_).ravel(), slice_.ravel())[0, 1] > 0.97


def test_a_border_is_black_and_wide_and_a_frame_is_white_and_thin(slice_):
    bordered, framed = apply("mri_black_border", slice_), apply("mri_white_frame", slice_)
    assert bordered[:30].max() == bordered[:, -30:].max() == 0
    assert bordered[30:90, 30:90].max() > 150
    assert (framed[0] == 255).all()
    assert (framed[:, -1] == 255).all()
    assert framed[1, 1:-1].max() < 255


def test_noise_is_of_the_strength_that_is_told(slice_):
    inside = np.s_[50:70, 50:70]
    difference = apply("mri_noise", slice_)[inside].astype(float) - slice_[inside]
    assert difference.std() == pytest.approx(6, rel=0.2)


def test_brightening_keeps_black_and_white():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    bright = apply("mri_brightened", ramp)[0].astype(int)
    assert (bright[0], bright[-1]) == (0, 255)
    assert bright[64] == round(255 * (64 / 255) ** 0.6)
    assert (np.diff(bright) >= 0).all()


def test_mirroring_twice_changes_nothing_and_all_channels_tilt_alike(slice_):
    np.testing.assert_array_equal(apply("mri_mirrored", apply("mri_mirrored", slice_)), slice_)
    tilted = apply("mri_tilted", np.stack([slice_] * 3, axis=-1))
    np.testing.assert_array_equal(tilted[..., 0], tilted[..., 2])
