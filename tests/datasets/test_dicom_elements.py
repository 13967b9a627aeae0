import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from brain_tumor_kedro.datasets import dicom_elements
from brain_tumor_kedro.datasets.dicom_display import Window
from brain_tumor_kedro.datasets.dicom_elements import find_display, first_number, read_element
from brain_tumor_kedro.datasets.dicom_file import read_dicom
from dicom_files import make_dataset, to_bytes

VALUES = np.arange(-50, 50, dtype=np.int16).reshape(10, 10)


def find(**elements):
    return find_display(make_dataset(VALUES, **elements), 0)


def test_a_file_that_says_nothing_is_shown_as_it_is():
    display = find()

    assert (display.modality, display.interest, display.padding) == (None, None, None)
    assert (display.inverted, display.bits) == (False, 16)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [({"WindowCenter": "5", "WindowWidth": "9"}, Window(5, 9)),
     ({"WindowCenter": ["5", "6"], "WindowWidth": ["9", "1"]}, Window(5, 9)),
     ({"WindowCenter": "5", "WindowWidth": "0.5", "VOILUTFunction": "LINEAR_EXACT"},
      Window(5, 0.5, "LINEAR_EXACT")),
     ({"WindowCenter": "5", "WindowWidth": "9", "VOILUTFunction": "SIGMOID"},
      Window(5, 9, "SIGMOID")),
     ({"WindowCenter": "5", "WindowWidth": "9", "VOILUTFunction": "OTHER"}, Window(5, 9)),
     ({"WindowCenter": "5"}, None), ({"WindowCenter": "5", "WindowWidth": "0"}, None),
     ({"WindowCenter": "5", "WindowWidth": "-9"}, None),
     ({"WindowCenter": "5", "WindowWidth": "0.5"}, None)],
)  # fmt: skip
def test_the_first_window_that_is_one_is_taken(elements, expected):
    assert find(**elements).interest == expected


def test_a_table_is_preferred_to_a_window():
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [2, 65526, 16], [1, 2]

    table = find(VOILUTSequence=Sequence([item]), WindowCenter="5", WindowWidth="9").interest

    # Of signed pixels the first entry is of a signed value.
    assert table.first == -10
    assert table.values.tolist() == [1, 2]


def test_a_table_of_bytes_is_read():
    item = Dataset()
    item.LUTDescriptor = [4, 0, 8]
    item.add_new("LUTData", "OW", b"\1\2\3\4")

    assert find(ModalityLUTSequence=Sequence([item])).modality.values.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_padding_has_the_sign_of_the_pixels(syntax):
    dataset = make_dataset(VALUES, PixelPaddingValue=-50, PixelPaddingRangeLimit=-40)
    dataset.file_meta.TransferSyntaxUID = syntax

    assert find_display(read_dicom(to_bytes(dataset)), 0).padding == (-50, -40)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), ([], None), ("7", 7), (["7", "8"], 7), ("x", None),
     (float("nan"), None), (float("inf"), None), (3, 3)],
)  # fmt: skip
def test_the_first_finite_number_is_found(value, expected):
    assert first_number(value) == expected


def test_an_element_that_is_broken_or_far_too_long_is_none(monkeypatch):
    content = to_bytes(make_dataset(VALUES, WindowCenter="12345678", RescaleSlope="1.25"))
    dataset = read_dicom(content.replace(b"12345678", b"DOE^JOHN"))

    assert first_number(read_element(dataset, "WindowCenter")) is None
    assert read_element(dataset, "Missing") is None
    monkeypatch.setattr(dicom_elements, "MAX_LENGTH", 3)
    assert read_element(dataset, "RescaleSlope") is None
