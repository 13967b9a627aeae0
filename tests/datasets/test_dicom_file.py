import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from brain_tumor_kedro.datasets import dicom_file
from brain_tumor_kedro.datasets.dicom_file import ELEMENTS, read_dicom
from brain_tumor_kedro.datasets.source import UndecodableError
from dicom_files import NAME, make_dataset, make_dicom, to_bytes

GRAY = np.arange(64, dtype=np.uint8).reshape(8, 8)


def test_only_what_says_how_an_image_is_shown_is_read():
    content = make_dicom(GRAY, WindowCenter="5", StudyDescription=NAME)

    dataset = read_dicom(content)

    assert NAME.encode() in content
    assert {element.keyword for element in dataset} <= set(ELEMENTS)
    assert NAME not in str(dataset) + str(dataset.file_meta)
    assert dataset.WindowCenter == 5


def test_the_transfer_syntax_is_found_where_the_file_does_not_say():
    dataset = make_dataset(GRAY)
    del dataset.file_meta.TransferSyntaxUID
    content = to_bytes(dataset, enforce_file_format=False, implicit_vr=True, little_endian=True)

    assert read_dicom(content).file_meta.TransferSyntaxUID == uid.ImplicitVRLittleEndian


def test_a_deflated_data_set_is_explicit_when_inflated():
    dataset = make_dataset(GRAY)
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian

    read = read_dicom(to_bytes(dataset))

    assert read.file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
    assert read.PixelData == GRAY.tobytes()


def test_too_many_items_are_refused(monkeypatch):
    monkeypatch.setattr(dicom_file, "MAX_ITEMS", 50)
    content = make_dicom(GRAY, SourceImageSequence=Sequence([Dataset() for _ in range(51)]))

    with pytest.raises(UndecodableError, match="items"):
        read_dicom(content)


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr(dicom_file._Counted, "left", 9)

    with pytest.raises(UndecodableError, match="elements"):
        read_dicom(make_dicom(GRAY))
