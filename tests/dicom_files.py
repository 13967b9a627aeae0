"""Tiny DICOM files for tests."""

import io

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

NAME = "DOE^JOHN"


def make_dataset(pixels: np.ndarray, frames: bool = False, **elements) -> FileDataset:
    """A data set of one frame `(h, w[, 3])`, or of several `(n, h, w[, 3])`."""
    colored = pixels.ndim == 3 + frames
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, "1.2.3"
    dataset.PatientName, dataset.PatientID, dataset.ImageComments = NAME, NAME, NAME
    dataset.Rows, dataset.Columns = pixels.shape[frames : frames + 2]
    if frames:
        dataset.NumberOfFrames = len(pixels)
    dataset.SamplesPerPixel = 3 if colored else 1
    dataset.PhotometricInterpretation = "RGB" if colored else "MONOCHROME2"
    if colored:
        dataset.PlanarConfiguration = 0
    if pixels.dtype.kind == "f":
        setattr(dataset, "FloatPixelData" if pixels.itemsize == 4 else "DoubleFloatPixelData",
                pixels.tobytes())  # fmt: skip
        dataset.BitsAllocated = 8 * pixels.itemsize
    else:
        bits = 8 * pixels.itemsize
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
        dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
        dataset.PixelData = pixels.tobytes() + bytes(pixels.nbytes % 2)
        dataset["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


def to_bytes(dataset: Dataset, **options) -> bytes:
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, **{"enforce_file_format": True} | options)
    return buffer.getvalue()


def make_dicom(pixels: np.ndarray, frames: bool = False, **elements) -> bytes:
    return to_bytes(make_dataset(pixels, frames, **elements))
