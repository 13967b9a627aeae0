import numpy as np
import pytest

from brain_tumor_kedro.imaging.changed import CHANGED, RUINED, change
from brain_tumor_kedro.imaging.harmless import HARMLESS


@pytest.fixture
def slice_() -> np.ndarray:
    """A disk, brighter at its top right, on black."""
    y, x = np.mgrid[-1:1:60j, -1:1:60j]
    return np.where(np.hypot(y, x) < 0.8, 150 - 60 * y + 20 * x, 0).astype(np.uint8)


@pytest.mark.parametrize("kind", [*RUINED, *CHANGED, *HARMLESS])
@pytest.mark.parametrize("channels", [0, 3])
def test_every_change_keeps_the_shape_and_can_be_made_again(slice_, kind, channels):
    image = np.stack([slice_] * channels, axis=-1) if channels else slice_
    found = change(image, kind, (0, 1))
    assert (found.shape, found.dtype) == (image.shape, np.uint8)
    assert not np.array_equal(found, image)
    np.testing.assert_array_equal(found, change(image, kind, (0, 1)))
    if channels:
        np.testing.assert_array_equal(found[..., 0], change(slice_, kind, (0, 1)))


def test_shuffling_keeps_every_pixel_and_turning_back_is_as_before(slice_):
    assert sorted(change(slice_, "mri_shuffled", (0,)).ravel()) == sorted(slice_.ravel())
    turned = change(slice_, "mri_turned_180", (0,))
    np.testing.assert_array_equal(change(turned, "mri_turned_180", (0,)), slice_)


def test_a_patch_shows_no_background_and_skin_shows_some(slice_):
    assert change(slice_, "mri_patch", (0,)).min() > 50
    skin = change(slice_, "mri_skin", (0,))
    assert skin.min() == 0
    assert skin.max() > 50


def test_an_empty_slice_has_a_skin_as_well():
    black = np.zeros((60, 60), np.uint8)
    np.testing.assert_array_equal(change(black, "mri_skin", (0,)), black)
