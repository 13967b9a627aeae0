import gzip
import os

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.datasets import nifti
from brain_tumor_kedro.datasets.nifti import (
    encode_volume,
    is_nifti,
    read_segmentation,
    read_volume,
    strip_suffix,
)
from nifti_files import LPS, make_volume


@pytest.fixture
def path(tmp_path):
    return tmp_path / "case_t2.nii"


def write(path, image) -> None:
    path.write_bytes(image.to_bytes())


def write_header(path, volume=None, **fields) -> None:
    """A file whose header says something else than its voxels are."""
    volume = volume or make_volume()
    content = encode_volume(volume, packed=False)
    header = nib.Nifti1Header(content[:348])
    for name, value in fields.items():
        header[name] = value
    path.write_bytes(header.binaryblock + content[348:])


@pytest.mark.parametrize("packed", [False, True])
def test_a_volume_comes_back_in_canonical_orientation(path, packed):
    written = make_volume()
    path.write_bytes(encode_volume(written, packed))

    read = read_volume(path)

    np.testing.assert_array_equal(read.voxels, written.voxels[::-1, ::-1])
    assert read.voxels.dtype == np.float32
    np.testing.assert_array_equal(
        read.affine, [[1, 0, 0, -5], [0, 1, 0, 233], [0, 0, 1, 0], [0, 0, 0, 1]]
    )
    assert read.affine.dtype == np.float64
    np.testing.assert_array_equal(read.spacing, [1, 1, 1])


@given(
    order=st.permutations(range(3)),
    flips=st.tuples(*[st.sampled_from([-1, 1])] * 3),
    spacing=st.tuples(*[st.sampled_from([0.5, 1.0, 2.25])] * 3),
)
@settings(max_examples=25, deadline=None)
def test_stored_in_any_orientation_a_volume_reads_equal(tmp_path_factory, order, flips, spacing):
    path = tmp_path_factory.mktemp("turned") / "case_t1.nii"
    upright = nib.Nifti1Image(make_volume().voxels, np.diag([*spacing, 1.0]))
    turned = upright.as_reoriented(np.column_stack([order, flips]))
    write(path, turned)

    read = read_volume(path)

    np.testing.assert_array_equal(read.voxels, upright.dataobj)
    np.testing.assert_allclose(read.affine, upright.affine, atol=1e-6)
    np.testing.assert_allclose(read.spacing, spacing)


def test_numbers_are_scaled_as_the_header_says(path):
    write_header(path, scl_slope=0.5, scl_inter=-3)

    read = read_volume(path)

    np.testing.assert_array_equal(read.voxels, make_volume().voxels[::-1, ::-1] * 0.5 - 3)


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32, np.float64, ">i2"])
def test_any_type_of_number_is_read(path, kind):
    voxels = make_volume().voxels.astype(kind)
    header = nib.Nifti1Header(endianness=">" if kind == ">i2" else "<")
    header.set_data_dtype(voxels.dtype)
    write(path, nib.Nifti1Image(voxels, LPS, header))

    np.testing.assert_array_equal(read_volume(path).voxels, voxels[::-1, ::-1])
    np.testing.assert_array_equal(read_segmentation(path).voxels, voxels[::-1, ::-1])


def test_nifti_2_and_a_last_axis_of_one_are_read(path):
    voxels = make_volume().voxels
    write(path, nib.Nifti2Image(voxels[..., None], LPS))

    np.testing.assert_array_equal(read_volume(path).voxels, voxels[::-1, ::-1])


def test_axes_that_lean_by_a_rounding_error_are_straight(path):
    affine = LPS.copy()
    affine[0, 1] = 1e-4
    write(path, nib.Nifti1Image(make_volume().voxels, affine))

    assert read_volume(path).voxels.shape == (6, 7, 5)


def test_a_packed_file_is_read_whatever_its_name(path):
    path.write_bytes(encode_volume(make_volume(), packed=True))
    packed = path.with_suffix(".nii.gz")
    packed.write_bytes(encode_volume(make_volume(), packed=False))

    np.testing.assert_array_equal(read_volume(path).voxels, read_volume(packed).voxels)


def test_equal_volumes_give_equal_bytes():
    for packed in (False, True):
        assert encode_volume(make_volume(), packed) == encode_volume(make_volume(), packed)


@pytest.mark.parametrize("labels", [[0, 1, 2, 4], [0, 1, 2, 3]])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_labels_are_whole_numbers(path, labels, kind):
    voxels = np.resize(labels, (4, 5, 6)).astype(kind)
    write(path, nib.Nifti1Image(voxels, np.eye(4)))

    read = read_segmentation(path)

    assert read.voxels.dtype == np.int32
    np.testing.assert_array_equal(read.voxels, voxels)


@pytest.mark.parametrize(("value", "said"), [(-1, "-1"), (1.5, "1.5"), (2**40, "1.09951e")])
def test_labels_that_are_none_are_refused(path, value, said):
    voxels = np.zeros((4, 5, 6))
    voxels[1, 2, 3] = value
    write(path, nib.Nifti1Image(voxels, np.eye(4)))

    with pytest.raises(ValueError, match=rf"whole numbers from 0 on, found {said}"):
        read_segmentation(path)
    assert read_volume(path).voxels[1, 2, 3] == value


@pytest.mark.parametrize(
    "content",
    [b"", b"a text, renamed\n" * 99, b"\x1f\x8b", gzip.compress(b"a text", mtime=0), bytes(2000)],
)
def test_bytes_of_something_else_are_refused(path, content):
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"case_t2\.nii: expected a (whole )?NIfTI"):
        read_volume(path)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_cut_short_at_any_place_is_refused(path, packed):
    content = encode_volume(make_volume(), packed)

    for length in range(0, len(content), 13):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="case_t2"):
            read_volume(path)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_flipped_bits_are_refused_or_leave_a_whole_volume(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flipped") / "case_t2.nii"
    packed = data.draw(st.booleans())
    content = bytearray(encode_volume(make_volume(), packed))
    last = len(content) if packed else 352
    for place in data.draw(st.lists(st.integers(0, last - 1), min_size=1, max_size=4)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)

    for read in (read_volume, read_segmentation):
        try:
            volume = read(path)
        except ValueError as error:
            assert str(error).startswith("case_t2.nii: expected ")
        else:
            assert volume.voxels.ndim == 3
            assert np.isfinite(volume.voxels).all()
            assert (volume.spacing > 0).all()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dim": [3, 30000, 30000, 30000, 1, 1, 1, 1]}, "at most 67,108,864 voxels"),
        ({"dim": [3, 6, 7, 6, 1, 1, 1, 1]}, "is it cut short"),
        ({"dim": [2, 6, 35, 1, 1, 1, 1, 1]}, r"volume \(x, y, z\), found shape \(6, 35\)"),
        ({"dim": [4, 3, 7, 5, 2, 1, 1, 1]}, r"found shape \(3, 7, 5, 2\)"),
        ({"dim": [3, -6, -7, 5, 1, 1, 1, 1]}, r"found shape \(-6, -7, 5\)"),
        ({"datatype": 32, "bitpix": 64}, "one number each, found complex64"),
        ({"datatype": 77}, "data code 77"),
        ({"pixdim": [1, 1, 0, 1, 0, 0, 0, 0]}, "positive spacing in mm"),
        ({"pixdim": [1, 1, -1, 1, 0, 0, 0, 0]}, "positive spacing in mm"),
        ({"pixdim": [1, 1, np.nan, 1, 0, 0, 0, 0]}, "positive spacing in mm"),
        ({"pixdim": [1, 1, 1, 5, 0, 0, 0, 0]}, "expected one spacing"),
        ({"srow_x": [np.nan, 0, 0, 0]}, "expected one spacing"),
        ({"xyzt_units": 3 + 8}, "spacing in mm, found one in micrometers"),
        ({"scl_slope": 2, "scl_inter": np.inf}, "slope"),
        ({"magic": b"ni1"}, "header and voxels in one"),
        ({"vox_offset": 0}, "behind the header"),
        ({"vox_offset": 90}, "vox offset"),
    ],
)
def test_headers_that_cannot_be_true_are_refused(path, fields, said):
    write_header(path, **fields)

    with pytest.raises(ValueError, match=said):
        read_volume(path)


@pytest.mark.parametrize(
    "axes",
    [
        [[np.cos(0.2), -np.sin(0.2), 0], [np.sin(0.2), np.cos(0.2), 0], [0, 0, 1]],
        [[1, 0.2, 0], [0, np.sqrt(0.96), 0], [0, 0, 1]],
    ],
)
def test_a_grid_that_is_not_straight_is_refused(path, axes):
    affine = np.eye(4)
    affine[:3, :3] = axes
    image = nib.Nifti1Image(make_volume().voxels, affine)
    write(path, image)

    with pytest.raises(ValueError, match="turned or sheared"):
        read_volume(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused(path, value):
    voxels = make_volume().voxels.astype(np.float32)
    voxels[1, 2, 3] = value
    write(path, nib.Nifti1Image(voxels, np.eye(4)))

    for read in (read_volume, read_segmentation):
        with pytest.raises(ValueError, match="finite numbers, found 1 voxels without one"):
            read(path)


def test_numbers_beyond_float32_are_refused(path):
    write(path, nib.Nifti1Image(np.full((4, 5, 6), 1e300), np.eye(4)))

    with pytest.raises(ValueError, match="finite"):
        read_volume(path)


def test_files_that_unpack_to_too_much_are_refused(path, monkeypatch):
    path.write_bytes(encode_volume(make_volume(), packed=True))
    monkeypatch.setattr(nifti, "MAX_BYTES", 700)

    with pytest.raises(ValueError, match="at most 700 bytes unpacked"):
        read_volume(path)

    path.write_bytes(encode_volume(make_volume(), packed=False))
    with pytest.raises(ValueError, match="at most 700 bytes, found 772"):
        read_volume(path)


def test_what_is_no_file_is_refused(path):
    path.mkdir()
    pipe = path / "case_t1.nii"
    os.mkfifo(pipe)

    for place in (path, pipe, path / "case_flair.nii"):
        with pytest.raises(ValueError, match="expected a file"):
            read_volume(place)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a_t1.nii", "a_t1"), ("a_t1.nii.gz", "a_t1"), ("A.NII.GZ", "A"), ("a.nii.txt", None)],
)
def test_endings_of_names(name, stem):
    assert is_nifti(name) == (stem is not None)
    assert strip_suffix(name) == (stem or name)
