import numpy as np
import pytest

from brain_tumor_kedro.assessment.reference_maps import (
    draw_center_prior,
    draw_references,
    enlarge_maps,
)


def test_maps_keep_their_place_when_they_are_enlarged():
    maps = np.zeros((1, 3, 3), np.float32)
    maps[0, 0, 2] = 1

    (large,) = enlarge_maps(maps, 30)

    # The upper right cell: beyond its middle there is nothing to interpolate with.
    assert np.argwhere(large == large.max()).mean(axis=0).tolist() == [2, 27]
    assert large[5, 24] == pytest.approx(0.9, abs=0.1)
    assert large[15:, :15].max() == 0


def test_the_center_prior_lies_in_the_middle_of_the_head():
    images = np.zeros((2, 40, 40), np.uint8)
    images[0, 5:16, 20:39] = 200

    maps = draw_center_prior(images)

    assert np.argwhere(maps[0] == maps[0].max()).tolist() == [[10, 29]]
    down, across = maps[0][:, 29], maps[0][10]
    assert (across > 0.6).sum() > (down > 0.6).sum()
    # Without anything to see: the middle of the image.
    assert np.argwhere(maps[1] == maps[1].max()).mean(axis=0).tolist() == [19.5, 19.5]
    np.testing.assert_array_equal(draw_center_prior(np.stack([images] * 3, axis=-1)), maps)


def test_random_maps_are_those_of_the_seed_and_as_smooth_as_the_grid():
    images = np.zeros((3, 40, 40), np.uint8)

    maps, again, other = (draw_references(images, (5, 5), seed)["random"] for seed in (0, 0, 1))

    assert maps.shape == (3, 4, 40, 40)
    np.testing.assert_array_equal(maps, again)
    assert not np.array_equal(maps, other)
    # Neighbors differ by at most an eighth of what two cells differ by.
    assert np.abs(np.diff(maps, axis=-1)).max() <= 1 / 8 + 1e-6
    assert draw_references(images[:0], (5, 5), 0)["center"].shape == (0, 40, 40)
