import numpy as np
import pytest
from pydicom.data import get_testdata_file

from brain_tumor_kedro.datasets.formats import is_dicom
from dicom_files import make_dicom

CONTENT = make_dicom(np.zeros((4, 4), np.uint8))


def test_dicom_is_known_with_its_preamble_and_without():
    assert is_dicom(CONTENT)
    assert is_dicom(CONTENT[128:])
    assert is_dicom(CONTENT[132:])
    # A file may be a TIFF too, whose header lies where the preamble is anyone's.
    assert is_dicom(b"II*\0" + CONTENT[4:])


@pytest.mark.parametrize(
    "content",
    [b"\x08\0\x05\0CS\x0a\0ISO_IR 100", b"\x08\0\x05\0\x0a\0\0\0ISO_IR 100 ",
     b"\0\x08\0\x05CS\0\x0aISO_IR 100", b"\0\x08\0\0\0\0\0\4\0\0\0\2more"],
)  # fmt: skip
def test_a_data_set_alone_is_dicom(content):
    assert is_dicom(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x08\0", b"\x08\0\x05\0\xff\xff\xff\xff" + bytes(99), b"\x08\0\xff\xffUL" + bytes(99),
     b"\x89PNG" + bytes(200), bytes(200), b"\0\0\0\x0cjP  \r\n" + bytes(200)],
)  # fmt: skip
def test_something_else_is_not(content):
    assert not is_dicom(content)


def test_pydicoms_own_files_without_a_header_are_known():
    path = get_testdata_file("rtstruct.dcm")
    with open(path, "rb") as file:  # noqa: PTH123
        assert is_dicom(file.read())
