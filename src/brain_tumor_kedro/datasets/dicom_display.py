"""What a viewer makes of a DICOM image's stored values before it shows them.

The standard's grayscale pipeline (DICOM PS3.3 C.11, PS3.4 N.2): stored values, modality
transformation (rescale slope and intercept, or a table), values of interest (a window, or a
table), presentation (`MONOCHROME1` is shown inverted).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydicom.dataset import Dataset

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True)
class Table:
    """A look-up table.

    Attributes:
        values: What is shown, `(n,)` uint8 or uint16.
        first: The value that the first entry is for; smaller ones have it too.
    """

    values: np.ndarray
    first: int

    def apply(self, values: np.ndarray) -> np.ndarray:
        """What the table says of values of any shape and number type."""
        places = np.nan_to_num(values).astype(np.int64) - self.first
        found: np.ndarray = self.values[np.clip(places, 0, len(self.values) - 1)]
        return found


@dataclass(frozen=True)
class Window:
    """Which values are told apart: below all are black, above all are white.

    Attributes:
        center: Middle of the window.
        width: Its width, over 0; at least 1 if linear.
        function: How values between become brightness.
    """

    center: float
    width: float
    function: Function = "LINEAR"

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Brightness of values of any shape, float32 from 0 to 1 (PS3.3 C.11.2.1.2 and 3)."""
        distance = values.astype(np.float64) - self.center
        if self.function == "SIGMOID":
            with np.errstate(over="ignore"):
                return (1 / (1 + np.exp(-4 * distance / self.width))).astype(np.float32)
        if self.function == "LINEAR_EXACT":
            return np.clip(distance / self.width + 0.5, 0, 1).astype(np.float32)
        if self.width == 1:
            return (distance > -0.5).astype(np.float32)
        return np.clip((distance + 0.5) / (self.width - 1) + 0.5, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Display:
    """How the gray values of one frame are shown; None where the file does not say.

    Attributes:
        modality: Table, or slope and intercept, from stored values to those of the modality.
        interest: Table or window.
        inverted: Whether the smallest value is white.
        bits: How many bits of a stored value count.
        padding: Smallest and largest stored value that stand for no value at all.
    """

    modality: Table | tuple[float, float] | None
    interest: Table | Window | None
    inverted: bool
    bits: int
    padding: tuple[float, float] | None

    def show(self, stored: np.ndarray) -> np.ndarray:
        """Make of stored values what a viewer shows.

        Args:
            stored: `(h, w)`, any integer or float type.

        Returns:
            `(h, w)`. Eight stored bits without any transformation stay `uint8`. Else any other
            type: the viewer's black and white are the smallest and the largest value.
        """
        values = _widen(stored, self.bits)
        if isinstance(self.modality, Table):
            values = self.modality.apply(values)
        elif self.modality is not None:
            values = (values * np.float64(self.modality[0]) + self.modality[1]).astype(np.float32)
        shown = self._choose(values)
        if self.inverted:
            shown = _invert(shown)
        return _blacken(shown, stored, self.padding)

    def _choose(self, values: np.ndarray) -> np.ndarray:
        if self.interest is None:
            return values
        shown = self.interest.apply(values)
        # A window that lies beside all values would show nothing of an image that is there.
        return shown if np.ptp(shown) > 0 else values


def _widen(stored: np.ndarray, bits: int) -> np.ndarray:
    """Bytes of which not all bits count are no brightness yet: 15 may be white."""
    if stored.dtype.itemsize == 1 and (bits != 8 or stored.dtype.kind != "u"):
        return stored.astype(np.int16)
    return stored


def _invert(shown: np.ndarray) -> np.ndarray:
    if shown.dtype.kind == "u":
        inverted: np.ndarray = np.iinfo(shown.dtype).max - shown
        return inverted
    return -shown.astype(np.float32)


def _blacken(
    shown: np.ndarray, stored: np.ndarray, padding: tuple[float, float] | None
) -> np.ndarray:
    """Padding lies outside of all values, and would take a part of the brightness for itself."""
    if padding is None:
        return shown
    padded = (stored >= padding[0]) & (stored <= padding[1])
    if padded.all() or not padded.any():
        return shown
    return np.where(padded, shown[~padded].min(), shown)


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
        inverted=str(dataset.get("PhotometricInterpretation", "")).strip() == "MONOCHROME1",
        bits=int(dataset.BitsStored),
        padding=_find_padding(dataset),
    )


def _find_group(dataset: Dataset, place: int, name: str) -> Dataset:
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for groups in (*per_frame[place : place + 1], *shared[:1]):
        if found := groups.get(name):
            group: Dataset = found[0]
            return group
    return dataset


def _find_rescale(dataset: Dataset) -> tuple[float, float] | None:
    slope = first_number(dataset.get("RescaleSlope"))
    intercept = first_number(dataset.get("RescaleIntercept"))
    # Zero would show nothing, and is written where a scanner had nothing to say.
    if not slope or intercept is None or (slope, intercept) == (1, 0):
        return None
    return slope, intercept


def _find_window(dataset: Dataset) -> Window | None:
    center = first_number(dataset.get("WindowCenter"))
    width = first_number(dataset.get("WindowWidth"))
    named = str(dataset.get("VOILUTFunction") or "").strip().upper()
    function: Function = "LINEAR"
    if named in ("LINEAR_EXACT", "SIGMOID"):
        function = "SIGMOID" if named == "SIGMOID" else "LINEAR_EXACT"
    if center is None or width is None or width <= 0 or (function == "LINEAR" and width < 1):
        return None
    return Window(center, width, function)


def _find_table(dataset: Dataset, name: str, little: bool) -> Table | None:
    item = (dataset.get(name) or [Dataset()])[0]
    descriptor, entries = item.get("LUTDescriptor"), item.get("LUTData")
    if descriptor is None or len(descriptor) != 3 or not entries:
        return None
    number = int(descriptor[0]) or 2**16
    if isinstance(entries, bytes):
        kind = "u1" if len(entries) < 2 * number else "<u2" if little else ">u2"
        values = np.frombuffer(entries[: len(entries) // 2 * 2], kind)[:number]
    else:
        values = np.atleast_1d(np.asarray(entries, np.int64))[:number] & 0xFFFF
    return Table(values.astype(np.uint16), int(descriptor[1]))


def _find_padding(dataset: Dataset) -> tuple[float, float] | None:
    value = first_number(dataset.get("PixelPaddingValue"))
    if value is None:
        return None
    limit = first_number(dataset.get("PixelPaddingRangeLimit"))
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
