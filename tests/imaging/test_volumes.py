import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain_tumor_kedro.imaging.volumes import (
    SliceSettings,
    choose_slices,
    cut_slices,
    fit_slices,
    measure_areas,
    name_slice,
    parse_slice,
    scale_slices,
    show_tumor,
)

AREAS = np.array([0, 0, 3, 9, 0, 9, 2, 0], float)


def test_areas_are_in_square_millimeters_and_count_every_part_of_the_tumor():
    mask = np.zeros((6, 5, 3))
    mask[1:3, 1:4, 1] = [[1, 2, 4], [1, 0, 0]]

    areas = measure_areas(mask, np.array([0.5, 2.0, 7.0]))

    assert areas.tolist() == [0.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ({}, [2, 3, 5, 6]),
        ({"minimum_area": 3}, [2, 3, 5]),
        ({"minimum_area": 3.5}, [3, 5]),
        ({"minimum_area": 10}, []),
        ({"choose": "all"}, list(range(8))),
        ({"choose": "all", "minimum_area": 10}, []),
        ({"choose": "largest", "k": 1}, [3]),
        ({"choose": "largest", "k": 3}, [2, 3, 5]),
        ({"choose": "largest", "k": 9}, [2, 3, 5, 6]),
    ],
)
def test_slices_are_chosen_by_what_they_show_of_the_tumor(chosen, places):
    assert choose_slices(AREAS, SliceSettings(**chosen)).tolist() == places


def test_a_slice_lies_as_radiologists_look_at_it():
    voxels = np.zeros((4, 5, 3))
    voxels[3, 4, 1] = 1  # the patient's right, front
    voxels[0, 4, 1] = 2  # left, front
    voxels[3, 0, 1] = 3  # right, back

    (image,) = cut_slices(voxels, np.array([1]))

    assert image.shape == (5, 4)
    assert (image[0, 0], image[0, -1], image[-1, 0]) == (1, 2, 3)


def test_a_cut_slice_does_not_hold_the_volume_in_memory():
    voxels = np.zeros((8, 8, 100))

    cut = cut_slices(voxels, np.array([1, 2]))

    assert not np.shares_memory(cut, voxels)
    assert cut.base is None or cut.base.nbytes == cut.nbytes


@given(
    scale=st.floats(1e-6, 1e6),
    offset=st.floats(-1e6, 1e6),
    seed=st.integers(0, 100),
)
def test_scaling_forgets_unit_and_offset_and_fills_the_range(scale, offset, seed):
    levels = np.random.default_rng(seed).permutation(64).reshape(1, 8, 8)

    first, other = scale_slices(levels), scale_slices(levels * scale + offset * scale)

    assert (first.min(), first.max(), first.dtype) == (0, 255, np.uint8)
    assert np.abs(first.astype(int) - other).max() <= 1


def test_each_slice_is_scaled_on_its_own_and_a_constant_one_is_black():
    slices = np.stack([np.full((3, 3), 7.0), np.arange(9.0).reshape(3, 3), np.eye(3) * 1000])

    scaled = scale_slices(slices)

    assert scaled.max(axis=(1, 2)).tolist() == [0, 255, 255]
    assert scaled.min(axis=(1, 2)).tolist() == [0, 0, 0]


def test_a_slice_of_the_right_size_is_left_as_it_is_and_another_keeps_its_proportions():
    wide = np.full((1, 10, 20, 3), 200, np.uint8)

    assert np.array_equal(fit_slices(wide[:, :, :10], 10), wide[:, :, :10])
    fitted = fit_slices(wide, 40)
    assert fitted.shape == (1, 40, 40, 3)
    assert (fitted[0, :, 20, 0] > 0).sum() == 20
    assert (fitted[0, 20, :, 2] > 0).all()


def test_channels_stay_apart():
    image = np.zeros((1, 8, 8, 3), np.uint8)
    image[..., 1] = 90

    fitted = fit_slices(image, 32)

    assert fitted.reshape(-1, 3).max(axis=0).tolist() == [0, 90, 0]


@pytest.mark.parametrize("case", ["brats/BraTS20_Training_001", "odd#name", "a/b#3"])
def test_a_slices_name_tells_its_case_and_place(case):
    assert parse_slice(name_slice(case, 77)) == (case, 77)
    assert name_slice(case, 7).endswith("#007")


@pytest.mark.parametrize("name", ["brats/case", "case#", "#012", "case#1x"])
def test_what_is_no_slices_name_is_refused(name):
    with pytest.raises(ValueError, match="folder/case#077"):
        parse_slice(name)


def test_a_slice_shows_tumor_from_the_least_area_on_and_never_without_any():
    areas = np.array([0.0, 4.0, 5.0])

    assert show_tumor(areas, SliceSettings()).tolist() == [False, True, True]
    assert show_tumor(areas, SliceSettings(minimum_area=5)).tolist() == [False, False, True]
