"""DICOM files: from bytes to the few elements that say how an image is shown, and no others."""

import io
import zlib

import pydicom
from pydicom import config, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset

from brain_tumor_kedro.datasets.formats import MAGIC, PREAMBLE
from brain_tumor_kedro.datasets.limits import MAX_BYTES
from brain_tumor_kedro.datasets.source import ForeignFileError, UndecodableError

#: All that is read of a file. Names, dates and comments stay behind: they are never parsed.
ELEMENTS = (
    "SOPClassUID", "BurnedInAnnotation", "PixelSpacing", "PixelAspectRatio",
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames",
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelPaddingValue", "PixelPaddingRangeLimit",
    "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence",
    "WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence",
    "RedPaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableDescriptor", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
    "PixelData", "FloatPixelData", "DoubleFloatPixelData",
)  # fmt: skip
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
#: Most reads for a header. An enhanced MR of 4,096 frames takes about half a million; tiny elements
#: would turn a file of the largest size into many times as much memory.
MAX_READS = 2**20
#: Most items of sequences and fragments, which are far larger in memory than in a file.
MAX_ITEMS, ITEMS = 2**17, (b"\xfe\xff\0\xe0", b"\xff\xfe\xe0\0")
#: What objects without pixels are, by how their class begins.
OTHER_CLASSES = {
    "1.2.840.10008.1.3.10": "a DICOM directory",
    "1.2.840.10008.5.1.4.1.1.11.": "a DICOM presentation state",
    "1.2.840.10008.5.1.4.1.1.88.": "a DICOM structured report",
    "1.2.840.10008.5.1.4.1.1.104.": "a document in a DICOM file",
    "1.2.840.10008.5.1.4.1.1.66": "DICOM registrations or surfaces",
    "1.2.840.10008.5.1.4.1.1.9.": "a DICOM waveform",
    "1.2.840.10008.5.1.4.1.1.481.": "a DICOM radiotherapy object",
}

# What does not fit the standard is no news here, and pydicom's words for it quote the file.
config.settings.reading_validation_mode = config.IGNORE


class _Counted(io.BytesIO):
    """Bytes that can be read so many times."""

    left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise UndecodableError("expected a DICOM file of fewer elements")
        return super().read(size)


def read_dicom(content: bytes) -> Dataset:
    """Read how the image of a file is shown.

    Args:
        content: The whole file.

    Returns:
        The elements of `ELEMENTS` that there are, with the transfer syntax in `file_meta`.

    Raises:
        ForeignFileError: Where the object is none that holds an image.
        ValueError: Where the file is broken; its text may quote the file.
        UndecodableError: Where it is cut short or too large.
    """
    # An item has eight bytes at least: most files are too small to hold too many.
    if len(content) > 8 * MAX_ITEMS and sum(map(content.count, ITEMS)) > MAX_ITEMS:
        raise UndecodableError(f"expected a DICOM file of at most {MAX_ITEMS:,} items")
    if content.startswith(MAGIC):
        content = bytes(PREAMBLE) + content
    meta = _read_meta(content)
    deflated = meta.get("TransferSyntaxUID") == uid.DeflatedExplicitVRLittleEndian
    plain = _inflate(content) if deflated else content
    dataset = pydicom.dcmread(_Counted(plain), force=True, specific_tags=list(ELEMENTS))
    dataset.file_meta = meta
    if deflated or "TransferSyntaxUID" not in meta:
        meta.TransferSyntaxUID = _find_syntax(dataset)
    _require_pixels(dataset)
    return dataset


def _read_meta(content: bytes) -> FileMetaDataset:
    """The two elements of the file's own header that matter."""
    meta = FileMetaDataset()
    stream = _Counted(content)
    stream.seek(PREAMBLE + 4 if content[PREAMBLE : PREAMBLE + 4] == MAGIC else 0)
    found = read_dataset(stream, False, True, stop_when=lambda tag, _, __: tag.group != 2)
    meta.MediaStorageSOPClassUID = uid.UID(str(found.get("MediaStorageSOPClassUID", "")))
    if "TransferSyntaxUID" in found:
        meta.TransferSyntaxUID = uid.UID(str(found.TransferSyntaxUID))
    return meta


def _inflate(content: bytes) -> bytes:
    """What follows the file's own header, unpacked: a data set without that header."""
    stream = _Counted(content)
    stream.seek(PREAMBLE + 4)
    read_dataset(stream, False, True, stop_when=lambda tag, _, __: tag.group != 2)
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = unpacking.decompress(memoryview(content)[stream.tell() :], MAX_BYTES)
    if unpacking.unconsumed_tail:
        raise UndecodableError(f"expected at most {MAX_BYTES:,} bytes unpacked, found more")
    return plain


def _find_syntax(dataset: Dataset) -> uid.UID:
    """How the elements are stored, where nothing says so; the pixels are taken to be plain."""
    implicit, little = dataset.original_encoding
    if not little:
        return uid.ExplicitVRBigEndian
    return uid.ImplicitVRLittleEndian if implicit else uid.ExplicitVRLittleEndian


def _require_pixels(dataset: Dataset) -> None:
    if any(name in dataset for name in PIXELS):
        return
    classes = dataset.file_meta.MediaStorageSOPClassUID, str(dataset.get("SOPClassUID", ""))
    known = [
        words
        for start, words in OTHER_CLASSES.items()
        if any(name.startswith(start) for name in classes)
    ]
    # Of a file that ends within an element pydicom keeps none of the others either.
    if not known and (len(dataset) == 0 or ("Rows" in dataset and "Columns" in dataset)):
        raise UndecodableError("expected pixels in the DICOM file, found none: is it cut short?")
    found = known[0] if known else "a DICOM object without pixels"
    raise ForeignFileError(f"expected an image, found {found}")
