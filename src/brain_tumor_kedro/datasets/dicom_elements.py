"""What a DICOM file says of how its gray values are shown."""

from typing import Any

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from brain_tumor_kedro.datasets.dicom_display import Display, Function, Table, Window

#: Most bytes of an element that is read: as much as the functional groups of 4,096 frames take.
MAX_LENGTH = 2**24


def read_element(dataset: Dataset, name: str) -> Any:
    """The value of an element; None where there is none, or where it is no value of its kind.

    Most images can be shown without the element that is broken, or far too long.
    """
    try:
        raw = dataset.get_item(name)
        # Read from the file and not yet taken apart, which may make a hundredfold of its bytes.
        if isinstance(raw, RawDataElement) and len(raw.value or b"") > MAX_LENGTH:
            return None
        return dataset.get(name)
    except Exception:
        # pydicom converts values when they are first read, and quotes what it cannot convert.
        return None


def find_display(dataset: Dataset, place: int) -> Display:
    """How a frame is shown.

    Args:
        dataset: As `read_dicom` returns it.
        place: The frame's, from 0.

    Returns:
        What the frame's own functional groups say, else those shared by all, else the data set.
    """
    modality = _find_group(dataset, place, "PixelValueTransformationSequence")
    interest = _find_group(dataset, place, "FrameVOILUTSequence")
    little = dataset.file_meta.TransferSyntaxUID.is_little_endian
    return Display(
        modality=_find_table(dataset, "ModalityLUTSequence", little) or _find_rescale(modality),
        interest=_find_table(dataset, "VOILUTSequence", little) or _find_window(interest),
        inverted=str(dataset.PhotometricInterpretation).strip() == "MONOCHROME1",
        bits=int(dataset.BitsStored),
        padding=_find_padding(dataset),
    )


def _find_group(dataset: Dataset, place: int, name: str) -> Dataset:
    per_frame = read_element(dataset, "PerFrameFunctionalGroupsSequence") or []
    shared = read_element(dataset, "SharedFunctionalGroupsSequence") or []
    for groups in (*per_frame[place : place + 1], *shared[:1]):
        if found := read_element(groups, name):
            group: Dataset = found[0]
            return group
    return dataset


def _find_rescale(dataset: Dataset) -> tuple[float, float] | None:
    slope = first_number(read_element(dataset, "RescaleSlope"))
    intercept = first_number(read_element(dataset, "RescaleIntercept"))
    # Zero would show nothing, and is written where a scanner had nothing to say.
    if not slope or intercept is None or (slope, intercept) == (1, 0):
        return None
    return slope, intercept


def _find_window(dataset: Dataset) -> Window | None:
    center = first_number(read_element(dataset, "WindowCenter"))
    width = first_number(read_element(dataset, "WindowWidth"))
    named = str(read_element(dataset, "VOILUTFunction") or "").strip().upper()
    function: Function = "LINEAR"
    if named in ("LINEAR_EXACT", "SIGMOID"):
        function = "SIGMOID" if named == "SIGMOID" else "LINEAR_EXACT"
    if center is None or width is None or width <= 0 or (function == "LINEAR" and width < 1):
        return None
    return Window(center, width, function)


def _find_table(dataset: Dataset, name: str, little: bool) -> Table | None:
    item = (read_element(dataset, name) or [Dataset()])[0]
    descriptor, entries = read_element(item, "LUTDescriptor"), read_element(item, "LUTData")
    if descriptor is None or len(descriptor) != 3 or not entries:
        return None
    number = int(descriptor[0]) or 2**16
    if isinstance(entries, bytes):
        kind = "u1" if len(entries) < 2 * number else "<u2" if little else ">u2"
        values = np.frombuffer(entries[: len(entries) // 2 * 2], kind)[:number]
    else:
        values = np.atleast_1d(np.asarray(entries, np.int64))[:number] & 0xFFFF
    return Table(values.astype(np.uint16), _as_signed(dataset, int(descriptor[1])))


def _as_signed(dataset: Dataset, first: int) -> int:
    """The value of a table's first entry, stored as the pixels are: with a sign, or without."""
    return first - 2**16 if dataset.PixelRepresentation == 1 and first >= 2**15 else first


def _find_padding(dataset: Dataset) -> tuple[float, float] | None:
    value = first_number(read_element(dataset, "PixelPaddingValue"))
    if value is None:
        return None
    limit = first_number(read_element(dataset, "PixelPaddingRangeLimit"))
    low, high = sorted((value, value if limit is None else limit))
    return low, high


def first_number(value: Any) -> float | None:
    """The first of the numbers of an element; None where there is none that is finite."""
    several = isinstance(value, (list, tuple)) or hasattr(value, "__iter__")
    try:
        number = float(next(iter(value)) if several and not isinstance(value, str) else value)
    except (TypeError, ValueError, StopIteration):
        return None
    return number if np.isfinite(number) else None
