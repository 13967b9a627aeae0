import gzip

import nibabel as nib
import numpy as np
import pytest

from brain_tumor_kedro.datasets import nifti_slices
from brain_tumor_kedro.datasets.nifti_slices import decode_nifti
from brain_tumor_kedro.datasets.source import ForeignFileError, UndecodableError
from brain_tumor_kedro.doubts import AND, NOT_SQUARE, UNKNOWN_ORIENTATION
from brain_tumor_kedro.imaging.volumes import cut_slices
from nifti_files import LPS, make_volume


def decode(voxels, affine=LPS, **fields) -> np.ndarray:
    image = nib.Nifti1Image(voxels, affine)
    content = image.to_bytes()
    header = nib.Nifti1Header(content[:348])
    for name, value in fields.items():
        header[name] = value
    return list(decode_nifti(header.binaryblock + content[348:]))


def test_slices_lie_as_those_of_the_grade():
    volume = make_volume()

    found = [picture.pixels for picture in decode(volume.voxels)]

    canonical = volume.voxels[::-1, ::-1]
    np.testing.assert_array_equal(np.stack(found), cut_slices(canonical, np.arange(5)))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, -1)])
def test_stored_in_any_orientation_slices_look_the_same(order, flips):
    upright = nib.Nifti1Image(make_volume().voxels, np.diag([2, 2, 3, 1]))
    turned = upright.as_reoriented(np.column_stack([order, flips]))

    found = list(decode_nifti(turned.to_bytes()))

    expected = cut_slices(np.asarray(upright.dataobj), np.arange(5))
    np.testing.assert_array_equal(np.stack([picture.pixels for picture in found]), expected)


def test_a_flat_image_is_a_slice():
    (picture,) = decode(make_volume(shape=(6, 7)).voxels, np.eye(4))

    assert picture.pixels.shape == (7, 6)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_single_slice_is_shown_in_its_own_plane(axis):
    voxels = make_volume(shape=(6, 7, 5)).voxels.take([2], axis=axis)

    (picture,) = decode(voxels, np.eye(4))

    # From the top down; the patient's right, or front, on the left.
    flat = voxels.squeeze()
    np.testing.assert_array_equal(picture.pixels, flat[::-1, ::-1].T)


def test_values_are_scaled_as_the_header_says_and_kept_otherwise():
    voxels = make_volume().voxels

    assert decode(voxels)[0].pixels.dtype == np.int16
    scaled = decode(voxels, scl_slope=0.5, scl_inter=-3)[0]
    np.testing.assert_array_equal(scaled.pixels, decode(voxels)[0].pixels * 0.5 - 3)
    assert (scaled.pixels.dtype, scaled.mode) == (np.float32, "F")


def test_pixels_that_are_not_square_are_said_to_be():
    assert decode(make_volume().voxels, np.diag([1, 2, 1, 1]))[0].note == NOT_SQUARE
    assert decode(make_volume().voxels, np.diag([1, 1, 2, 1]))[0].note is None


def test_a_turned_grid_is_shown_along_the_nearest_axes():
    turn = np.eye(4)
    turn[:2, :2] = [[0.9, -0.4], [0.4, 0.9]]

    assert len(decode(make_volume().voxels, turn)) == 5


def test_a_broken_affine_leaves_the_axes_as_they_are_stored():
    found = decode(make_volume().voxels, np.eye(4), srow_x=[np.nan] * 4)

    assert len(found) == 5
    assert found[0].note == UNKNOWN_ORIENTATION


@pytest.mark.parametrize(
    ("codes", "note"), [((0, 0), UNKNOWN_ORIENTATION), ((0, 1), None), ((1, 0), None)]
)
def test_an_unknown_orientation_is_said_to_be(codes, note):
    quaternion, rows = codes
    found = decode(make_volume().voxels, LPS, qform_code=quaternion, sform_code=rows)

    assert {picture.note for picture in found} == {note}


def test_two_doubts_are_both_said():
    (picture, *_) = decode(make_volume().voxels, np.diag([1, 2, 1, 1]), qform_code=0, sform_code=0)

    assert picture.note == UNKNOWN_ORIENTATION + AND + NOT_SQUARE


@pytest.mark.parametrize("shape", [(4, 5, 3, 2), (4,)])
def test_other_than_an_image_or_a_volume_is_refused(shape):
    with pytest.raises(UndecodableError, match="series in time"):
        decode(np.ones(shape, np.int16))


def test_colors_are_refused():
    with pytest.raises(UndecodableError, match="one number for each voxel"):
        decode(np.ones((4, 5, 3), [("R", "u1"), ("G", "u1"), ("B", "u1")]))


def test_a_header_without_its_voxels_is_refused():
    content = nib.Nifti1Image(make_volume().voxels, LPS).to_bytes()

    for broken in (content[:348], content[:400], content.replace(b"n+1", b"ni1")):
        with pytest.raises(UndecodableError, match="NIfTI"):
            list(decode_nifti(broken))


def test_a_bomb_is_not_unpacked(monkeypatch):
    content = gzip.compress(nib.Nifti1Image(np.zeros((64, 64, 64), np.int16), LPS).to_bytes())
    monkeypatch.setattr("brain_tumor_kedro.datasets.limits.MAX_BYTES", 2**16)
    monkeypatch.setattr(nifti_slices, "PIECE", 2**12)

    with pytest.raises(UndecodableError, match="bytes"):
        list(decode_nifti(content))
    with pytest.raises(ForeignFileError):
        list(decode_nifti(gzip.compress(bytes(2**20))))
