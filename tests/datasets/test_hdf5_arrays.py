import io
import zlib

import h5py
import numpy as np
import pytest

from brain_tumor_kedro.datasets import hdf5_arrays
from brain_tumor_kedro.datasets.hdf5_arrays import open_member, read_array

VALUES = np.arange(64, dtype=np.int16).reshape(8, 8)


@pytest.fixture
def mat():
    with h5py.File(io.BytesIO(), "w") as file:
        yield file


@pytest.fixture
def secret(tmp_path):
    """Another file of the machine."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["image"] = VALUES
    return tmp_path / "secret.h5"


@pytest.mark.parametrize(
    "options",
    [{}, {"chunks": (3, 3)}, {"compression": "gzip", "shuffle": True, "fletcher32": True}],
)
def test_arrays_of_the_file_itself_are_read(mat, options):
    mat.create_dataset("image", data=VALUES, **options)

    np.testing.assert_array_equal(read_array(mat, "image"), VALUES)


def test_links_to_other_files_are_not_followed(mat, secret):
    mat["image"] = h5py.ExternalLink(str(secret), "/image")
    mat["soft"] = h5py.SoftLink("/image")

    for name in ("image", "soft", "missing"):
        assert open_member(mat, name) is None
        with pytest.raises(ValueError, match="in the file itself"):
            read_array(mat, name)


def test_values_in_other_files_are_not_read(mat, secret):
    mat.create_dataset("image", (8, 8), "i2", external=[(str(secret), 0, 128)])
    layout = h5py.VirtualLayout((8, 8), "i2")
    layout[:] = h5py.VirtualSource(str(secret), "image", (8, 8))
    mat.create_virtual_dataset("virtual", layout)

    for name in ("image", "virtual"):
        with pytest.raises(ValueError, match="in the file itself"):
            read_array(mat, name)


def test_a_group_is_no_array(mat):
    mat.create_group("image")

    with pytest.raises(ValueError, match="expected an array image"):
        read_array(mat, "image")


def test_too_large_an_array_is_not_read(mat):
    mat.create_dataset("image", (2**14, 2**14), "i1", chunks=True)

    with pytest.raises(ValueError, match="at most"):
        read_array(mat, "image")


def test_a_chunk_that_becomes_more_than_it_says_is_not_unpacked(mat, monkeypatch):
    array = mat.create_dataset("image", (8, 8), "i2", chunks=(8, 8), compression="gzip")
    array.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**20)))
    monkeypatch.setattr(hdf5_arrays, "HARMLESS", 16)

    with pytest.raises(ValueError, match="found more"):
        read_array(mat, "image")


def test_an_honest_chunk_is_unpacked(mat, monkeypatch):
    mat.create_dataset("image", data=VALUES, chunks=(8, 8), compression="gzip", fletcher32=True)
    monkeypatch.setattr(hdf5_arrays, "HARMLESS", 16)

    np.testing.assert_array_equal(read_array(mat, "image"), VALUES)


def test_other_filters_are_refused(mat):
    mat.create_dataset("image", data=VALUES, compression="lzf")

    with pytest.raises(ValueError, match="deflate"):
        read_array(mat, "image")
