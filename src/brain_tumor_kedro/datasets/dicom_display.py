"""What a viewer makes of a DICOM image's stored values before it shows them.

The standard's grayscale pipeline (DICOM PS3.3 C.11, PS3.4 N.2): stored values, modality
transformation (rescale slope and intercept, or a table), values of interest (a window, or a
table), presentation (`MONOCHROME1` is shown inverted).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

#: Share of what can be seen over the full range that a window may make black or white.
MAX_HIDDEN = 0.02
#: What can be seen is brighter than this share of the full range, and what is missed when it is
#: black brighter than that.
DARK, DIM = 0.05, 0.15
#: Percent of the pixels at each end that are no part of the range, and half a level of 8-bit gray.
SPIKES, GRAY_LEVEL = 0.01, 1 / 512
#: About as many pixels are looked at.
SAMPLE = 2**16

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

    def look_up(self, values: np.ndarray) -> np.ndarray:
        """What the table says of values of any shape and number type."""
        places = np.nan_to_num(values).astype(np.int64) - self.first
        found: np.ndarray = self.values[np.clip(places, 0, len(self.values) - 1)]
        return found

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Brightness of values of any shape, float32 from 0 to 1."""
        low, width = int(self.values.min()), max(int(np.ptp(self.values)), 1)
        brightness: np.ndarray = (self.look_up(values) - np.float32(low)) / np.float32(width)
        return brightness


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

    def show(self, stored: np.ndarray) -> tuple[np.ndarray, bool]:
        """Make of stored values what a viewer shows, if that shows what there is.

        A classifier must see what it has learned to see. On slices of the Figshare collection,
        windows that hide up to a hundredth of the head change nothing, three hundredths cost one
        or two points of accuracy, a tenth costs twelve (tests/benchmarks/windows.py). A window that
        hides more than `MAX_HIDDEN` is left out: the values are shown over their full range, as
        those slices were when it learned. All this is of the image as it is seen: where small
        values are white, of the inverted one.

        Args:
            stored: `(h, w)`, any integer or float type.

        Returns:
            `(h, w)`, and whether the window (or table) was left out. Eight stored bits stay
            `uint8`, already brightness. Else any other type: its smallest value is black and its
            largest white, so that a window wider than the values loses no contrast.
        """
        padded = _find_padded(stored, self.padding)
        values = self._rescale(_widen(stored, self.bits))
        # Inverted before they are compared: what hides is judged as it is seen.
        shown, left_out = _invert(values) if self.inverted else values, False
        if self.interest is not None:
            brightness = self.interest.apply(values)
            brightness = 1 - brightness if self.inverted else brightness
            left_out = _hides(_sample(brightness, padded), _sample(shown, padded))
            shown = shown if left_out else _as_stored(brightness, values)
        if padded is not None:
            shown = np.where(padded, shown[~padded].min(), shown)
        return shown, left_out

    def _rescale(self, values: np.ndarray) -> np.ndarray:
        if self.modality is None:
            return values
        if isinstance(self.modality, Table):
            mapped: np.ndarray = self.modality.look_up(values)
            return mapped
        slope, intercept = self.modality
        rescaled: np.ndarray = (values * np.float64(slope) + intercept).astype(np.float32)
        return rescaled


def _hides(brightness: np.ndarray, values: np.ndarray) -> bool:
    """Whether too much of what can be seen over the full range is black or white by a window."""
    low, high = np.percentile(values, [SPIKES, 100 - SPIKES])
    shares = (values - np.float32(low)) / np.float32(max(high - low, 1e-9))
    white = (brightness > 1 - GRAY_LEVEL) & (shares > DARK)
    black = (brightness < GRAY_LEVEL) & (shares > DIM)
    hidden, seen = int(np.count_nonzero(white | black)), int(np.count_nonzero(shares > DARK))
    return hidden > MAX_HIDDEN * max(seen, 1) or bool(np.ptp(brightness) == 0)


def _as_stored(brightness: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Brightness of bytes as bytes: a window of them all changes nothing."""
    return np.rint(brightness * 255).astype(np.uint8) if values.dtype == np.uint8 else brightness


def _widen(stored: np.ndarray, bits: int) -> np.ndarray:
    """Bytes of which not all bits count are no brightness yet: 15 may be white."""
    if stored.dtype.itemsize == 1 and (bits != 8 or stored.dtype.kind != "u"):
        return stored.astype(np.int16)
    return stored


def _invert(shown: np.ndarray) -> np.ndarray:
    if shown.dtype in (np.uint8, np.uint16):
        inverted: np.ndarray = np.iinfo(shown.dtype).max - shown
        return inverted
    return -shown.astype(np.float32)


def _find_padded(stored: np.ndarray, padding: tuple[float, float] | None) -> np.ndarray | None:
    """Where values stand for no value: they would take a part of the brightness for themselves."""
    if padding is None:
        return None
    padded: np.ndarray = (stored >= padding[0]) & (stored <= padding[1])
    return padded if padded.any() and not padded.all() else None


def _sample(pixels: np.ndarray, padded: np.ndarray | None) -> np.ndarray:
    """The pixels that are no padding, as many of them as tell shares of a percent."""
    found = pixels.ravel() if padded is None else pixels[~padded]
    return found[:: max(1, found.size // SAMPLE)]
