"""DICOM images: from a file's bytes to frames as a viewer shows them."""

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import UID

from brain_tumor_kedro.datasets.compressed_frames import decode_compressed, require_decodable
from brain_tumor_kedro.datasets.dicom_elements import find_display, first_number, read_element
from brain_tumor_kedro.datasets.dicom_file import PIXELS, read_dicom
from brain_tumor_kedro.datasets.limits import require_frames, require_pixels
from brain_tumor_kedro.datasets.source import Picture, UndecodableError
from brain_tumor_kedro.doubts import AND, BURNED_IN, LEFT_OUT, NOT_SQUARE

#: How much wider or higher than a square pixels may be, as a share.
MAX_UNEVEN = 0.01


def decode_dicom(content: bytes) -> Iterator[Picture]:
    """Decode the frames of a DICOM image, one at a time.

    Values are rescaled, windowed and inverted as the file says, of several windows by the first:
    what results is the picture that a viewer opens with, unless the window hides much of it (see
    `Display.show`). Padding is black, overlays are left out.
    No name, date, comment or other text of the file is read.

    Args:
        content: The whole file.

    Yields:
        `(h, w)`, or `(h, w, 3)` of RGB; see `Display.show` for the type. The note is made of
        the sentences of `doubts`.

    Raises:
        ForeignFileError: Where the object is none that holds an image.
        UndecodableError: Where the file is cut short, too large, or compressed in a way that
            cannot be decoded here.
        Exception: Where it is broken otherwise: what pydicom raises, which may quote the file.
    """
    dataset = read_dicom(content)
    _complete(dataset)
    note, number = _note(dataset), int(dataset.NumberOfFrames)
    place = -1
    for place, (stored, meaning) in zip(range(number), _decode(dataset), strict=False):
        pixels, left_out = _show(dataset, place, stored, meaning)
        notes = (*note, LEFT_OUT) if left_out else note
        yield Picture(pixels, _name_mode(pixels), note=AND.join(notes) or None)
    if place + 1 < number:
        raise UndecodableError("expected as many frames as the DICOM file says, found fewer")


def _complete(dataset: Dataset) -> None:
    """Fill in what old files leave out, and refuse what no memory holds."""
    samples = int(dataset.get("SamplesPerPixel") or 1)
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if min(rows, columns, frames, samples) < 1:
        raise UndecodableError("expected at least one row, column and frame, found fewer")
    require_pixels(rows * columns * samples)
    require_frames(frames, rows * columns)
    dataset.SamplesPerPixel, dataset.NumberOfFrames = samples, frames
    for name in ("PixelRepresentation", "PlanarConfiguration"):
        setattr(dataset, name, int(dataset.get(name) or 0))
    dataset.BitsStored = dataset.get("BitsStored") or dataset.get("BitsAllocated")
    meaning = str(dataset.get("PhotometricInterpretation") or "").strip()
    dataset.PhotometricInterpretation = meaning or ("RGB" if samples > 1 else "MONOCHROME2")


def _decode(dataset: Dataset) -> Iterator[tuple[np.ndarray, str]]:
    """Stored values and their photometric interpretation, frame by frame."""
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    require_decodable(syntax, int(dataset.BitsStored))
    if syntax.is_encapsulated:
        yield from decode_compressed(dataset)
        return
    _require_length(dataset)
    for stored, facts in get_decoder(syntax).iter_array(dataset, allow_excess_frames=False):
        yield stored, str(facts["photometric_interpretation"])


def _require_length(dataset: Dataset) -> None:
    bits = 1 if dataset.BitsAllocated == 1 else int(dataset.BitsAllocated)
    values = int(dataset.Rows) * int(dataset.Columns) * int(dataset.NumberOfFrames)
    samples = 2 if dataset.PhotometricInterpretation == "YBR_FULL_422" else dataset.SamplesPerPixel
    stored = next(dataset[name].value for name in PIXELS if name in dataset)
    if len(stored or b"") * 8 < values * int(samples) * bits:
        raise UndecodableError("expected as many pixels as the DICOM image says: is it cut short?")


def _show(
    dataset: Dataset, place: int, stored: np.ndarray, meaning: str
) -> tuple[np.ndarray, bool]:
    if meaning == "PALETTE COLOR":
        colors = _to_bytes(apply_color_lut(stored, dataset)[..., :3])
        return _drop_equal_channels(colors), False
    if stored.ndim == 3:
        return _drop_equal_channels(stored), False
    native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    return find_display(dataset, place).show(native)


def _to_bytes(colors: np.ndarray) -> np.ndarray:
    """Entries of a palette as 8 bits each: of 16 bits the upper ones."""
    return colors if colors.dtype == np.uint8 else (colors >> 8).astype(np.uint8)


def _drop_equal_channels(colors: np.ndarray) -> np.ndarray:
    first = colors[..., 0]
    same = all(np.array_equal(first, colors[..., other]) for other in range(1, colors.shape[-1]))
    return np.ascontiguousarray(first) if same else colors


def _name_mode(pixels: np.ndarray) -> str:
    if pixels.ndim == 3:
        return "RGB"
    return {"u1": "L", "u2": "I;16", "i2": "I;16"}.get(pixels.dtype.str[1:], "F")


def _note(dataset: Dataset) -> tuple[str, ...]:
    notes = []
    if str(read_element(dataset, "BurnedInAnnotation") or "").strip().upper() == "YES":
        notes.append(BURNED_IN)
    if not _is_square(dataset):
        notes.append(NOT_SQUARE)
    return tuple(notes)


def _is_square(dataset: Dataset) -> bool:
    sides = (
        read_element(dataset, "PixelSpacing") or read_element(dataset, "PixelAspectRatio") or (1, 1)
    )
    height, width = first_number(sides[:1]), first_number(sides[1:2])
    if not height or not width:
        return True
    return abs(height / width - 1) <= MAX_UNEVEN
