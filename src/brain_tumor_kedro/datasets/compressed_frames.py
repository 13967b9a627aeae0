"""Compressed frames of a DICOM image: who decodes which, and what is checked before."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
    RLELossless,
)

from brain_tumor_kedro.datasets.codestreams import find_size
from brain_tumor_kedro.datasets.gdcm_frames import decode_with_gdcm
from brain_tumor_kedro.datasets.run_lengths import require_no_bomb
from brain_tumor_kedro.datasets.source import UndecodableError

#: What a decoder must know of a compressed frame.
FACTS = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
)  # fmt: skip
#: What only GDCM decodes, and what it decodes where Pillow cannot, as colors of 16 bits.
BY_GDCM = (JPEGLossless, JPEGLosslessSV1, *JPEGLSTransferSyntaxes)
ALSO_BY_GDCM = (*BY_GDCM, *JPEG2000TransferSyntaxes)


def require_decodable(syntax: UID, bits: int) -> None:
    """Raise `UndecodableError`, by the standard's own name, unless a decoder is there.

    Args:
        syntax: The transfer syntax.
        bits: That are stored of a value.
    """
    known = syntax.name if syntax.is_transfer_syntax else "an unknown transfer syntax"
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if syntax == JPEGExtended12Bit and bits != 8:
        known, available = f"{known} of other than 8 bits", False
    if not available:
        raise UndecodableError(f"a DICOM image in {known} cannot be decoded here")


def decode_compressed(dataset: Dataset) -> Iterator[tuple[np.ndarray, str]]:
    """Decode the frames of a compressed image, one at a time.

    Args:
        dataset: With `FACTS`, `NumberOfFrames` and `PixelData`.

    Yields:
        Stored values `(h, w)` or `(h, w, c)`, and their photometric interpretation.

    Raises:
        UndecodableError: Where a frame is broken, or of another size than the image.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    facts = {name: _plain(dataset[name].value) for name in FACTS if name in dataset}
    facts["TransferSyntaxUID"] = str(syntax)
    size = int(dataset.Rows), int(dataset.Columns)
    for stream in _cut_frames(dataset):
        # Some decoders trust what a stream declares of its size.
        if find_size(stream) not in (None, size):
            raise UndecodableError("expected compressed pixels of the DICOM image's own size")
        if syntax == RLELossless:
            require_no_bomb(stream, size[0] * size[1])
        decoded = None if syntax in BY_GDCM else _decode_here(facts, stream)
        if decoded is None and syntax in ALSO_BY_GDCM:
            decoded = decode_with_gdcm(facts, stream)
        if decoded is None:
            raise UndecodableError(f"{syntax.name} in the DICOM image is broken or not supported")
        yield decoded


def _plain(value: Any) -> str | int:
    return value if isinstance(value, str) else int(value)


def _cut_frames(dataset: Dataset) -> Iterator[bytes]:
    offsets = None
    if "ExtendedOffsetTable" in dataset and "ExtendedOffsetTableLengths" in dataset:
        offsets = dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths
    number = int(dataset.NumberOfFrames)
    return generate_frames(dataset.PixelData, number_of_frames=number, extended_offsets=offsets)


def _decode_here(facts: dict[str, str | int], stream: bytes) -> tuple[np.ndarray, str] | None:
    frame = Dataset()
    for name in FACTS:
        if name in facts:
            setattr(frame, name, facts[name])
    frame.PixelData = encapsulate([stream], has_bot=False)
    decoder = get_decoder(str(facts["TransferSyntaxUID"]))
    plugins = decoder.available_plugins
    try:
        pixels, found = decoder.as_array(
            frame, index=0, decoding_plugin="pillow" if "pillow" in plugins else ""
        )
    except Exception:
        return None
    return pixels, str(found["photometric_interpretation"])
