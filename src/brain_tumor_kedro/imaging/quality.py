"""What one file holds: its bytes turned to a gray image, or a reason why it is no use."""

import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from brain_tumor_kedro.imaging.content import find_fault
from brain_tumor_kedro.imaging.image_file import ImageFile
from brain_tumor_kedro.imaging.manifest import REASONS
from brain_tumor_kedro.imaging.similarity import THUMBNAIL_SIDE, thumbnail

#: Size over which a file is no slice, whatever it is; it would be read into memory whole.
MAX_BYTES = 256 * 2**20
#: Share of pixels that may alone reach over half of an image's range: more are part of the image,
#: so few are faults of the detector. Real slices: at least 0.0001 lie over 0.59 of the range.
#: Of a small image one pixel may.
SPIKE_SHARE = 1e-4
#: Ranges of values between which 32 bits are enough to scale them.
NARROWEST, WIDEST = 1e-30, 1e30
#: Longest text in `detail`.
MAX_DETAIL = 500


@dataclass(frozen=True)
class Inspection:
    """One row of the manifest in the making.

    Attributes:
        row: The manifest's columns that the file alone decides.
        thumbnail: Gray, `(64, 64)` uint8; black where the file cannot be used.
    """

    row: dict[str, object]
    thumbnail: np.ndarray


def inspect_file(file: ImageFile) -> Inspection:
    """Read one file and say what it is.

    Args:
        file: A file of a source, not yet opened.

    Returns:
        What was found. A file that cannot be used has a reason; nothing is raised for it.
    """
    row: dict[str, object] = {
        "image_id": file.image_id,
        "source": file.source,
        "published_split": file.published_split,
        "published_fold": file.published_fold,
        "label": file.label,
    }
    try:
        content = _read(file.path)
    except OSError as error:
        return _reject(row, "unreadable", str(error))
    row |= {"content_hash": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    if not content:
        return _reject(row, "empty", "the file has no bytes")
    try:
        picture = file.decode(content)
        known = row | {"label": picture.label or file.label, "patient_id": picture.patient_id}
        return _inspect_pixels(known | {"mode": picture.mode}, picture.pixels, picture.note)
    except Exception as error:
        # Whatever odd pixels a file holds, it must not stop the reading of all others.
        reason = getattr(error, "reason", None)
        known_reason = reason if reason in REASONS else "unreadable"
        return _reject(row, known_reason, f"{type(error).__name__}: {error}")


def _read(path: Path) -> bytes:
    # A pipe would wait for ever and a device never end.
    if not path.is_file():
        raise OSError(f"expected a regular file, found {_name_kind(path)}")
    if path.stat().st_size > MAX_BYTES:
        raise OSError(f"expected at most {MAX_BYTES:,} bytes, found {path.stat().st_size:,}")
    return path.read_bytes()


def _name_kind(path: Path) -> str:
    if not path.is_dir():
        gone = not path.is_symlink() and not path.exists()
        return "nothing any more" if gone else "a broken link, a pipe or a device"
    try:
        next(path.iterdir(), None)
    except OSError as error:
        return f"a folder that cannot be listed: {error}"
    return "a link to a folder above it, which is read once"


def _inspect_pixels(row: dict[str, object], pixels: np.ndarray, note: str | None) -> Inspection:
    if not _is_image(pixels):
        found = f"{pixels.dtype} of shape {pixels.shape}"
        row = row | {"mode": None}
        return _reject(row, "unreadable", f"expected (h, w) or (h, w, 3) numbers, found {found}")
    height, width = pixels.shape[:2]
    gray, clipped = _scale(pixels)
    row = row | {"height": height, "width": width, "pixel_hash": hash_pixels(gray)}
    fault = find_fault(pixels, gray)
    if fault is not None:
        return _reject(row, *fault)
    if row["label"] is None:
        return _reject(row, "unknown_label", "no folder above the file names a known class")
    notes = "; ".join(said for said in (note, clipped) if said)
    return Inspection(row | {"detail": notes or None}, thumbnail(gray))


def _is_image(pixels: np.ndarray) -> bool:
    shaped = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in {1, 3, 4})
    return shaped and pixels.size > 0 and pixels.dtype.kind in "uif"


def _reject(row: dict[str, object], reason: str, detail: str) -> Inspection:
    black = np.zeros((THUMBNAIL_SIDE, THUMBNAIL_SIDE), np.uint8)
    return Inspection(row | {"reason": reason, "detail": clean_detail(detail)}, black)


def clean_detail(detail: str) -> str:
    """An error's text as the manifest can hold it, and the same in every run."""
    # Where an object lay in memory is no reason, and differs from run to run.
    detail = re.sub(r" ?<_io\.\w+ object at 0x[0-9a-f]+>", "", detail)
    return detail.encode("utf-8", "backslashreplace").decode()[:MAX_DETAIL]


def to_gray(pixels: np.ndarray) -> np.ndarray:
    """An image as 8-bit gray.

    Args:
        pixels: `(h, w)` or `(h, w, c)`. `uint8` is taken as it is; any other type is scaled
            linearly from its own minimum and maximum to 0 and 255, as in Cheng et al. 2015
            (doi:10.1371/journal.pone.0140381). Where no more than one pixel in 10,000 (of a
            small image: one) reaches into the upper or the lower half of that range, these are
            clipped.

    Returns:
        `(h, w)` uint8; color is weighted as in ITU-R BT.601.
    """
    return _scale(pixels)[0]


def _scale(pixels: np.ndarray) -> tuple[np.ndarray, str | None]:
    """An image as 8-bit gray, and what was clipped for it."""
    if pixels.ndim == 3 and pixels.shape[-1] < 3:
        pixels = pixels[..., 0]
    if pixels.ndim == 3:
        weighted = pixels[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        pixels = np.rint(weighted).astype(np.uint8) if pixels.dtype == np.uint8 else weighted
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels), None
    if pixels.dtype.kind == "f":
        with np.errstate(over="ignore"):
            pixels = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high, clipped = find_range(pixels)
    scale = 255.0 / (high - low) if high > low else 0.0
    # 32 bits hold neither the range of numbers that fill them nor the scale of the smallest ones.
    enough = NARROWEST < high - low < WIDEST
    values: npt.NDArray[np.floating] = pixels.astype(np.float32 if enough else np.float64)
    if clipped:
        np.clip(values, low, high, out=values)
    values -= low
    values *= scale
    gray = np.ascontiguousarray(np.rint(values, out=values).astype(np.uint8))
    return gray, f"{clipped} pixels clipped to {low:g} to {high:g}" if clipped else None


def find_range(values: np.ndarray) -> tuple[float, float, int]:
    """The range of an image's values without lone spikes, such as hot and dead pixels.

    Args:
        values: Any shape and number type.

    Returns:
        The smallest and the largest value, and how many lie outside: at each end at most
        `SPIKE_SHARE` of all or a single one, and further from the rest than the rest spreads.
    """
    most = max(1.0, SPIKE_SHARE * values.size)
    low, high = float(values.min()), float(values.max())
    above = below = 0
    whole = values.dtype.kind in "ui"
    # Every round at least halves the range; more than 64 halve no number type.
    for _ in range(64):
        middle = (low + high) / 2
        # Integers are compared with integers: with a float NumPy would turn all of them into some.
        lower, upper = (math.floor(middle), math.ceil(middle)) if whole else (middle, middle)
        if low < high and (count := int(np.count_nonzero(values > lower))) <= most:
            above, high = count, float(values.max(initial=values.min(), where=values <= lower))
        elif low < high and (count := int(np.count_nonzero(values < upper))) <= most:
            below, low = count, float(values.min(initial=values.max(), where=values >= upper))
        else:
            break
    return low, high, above + below


def hash_pixels(gray: np.ndarray) -> str:
    """SHA-256 of an image's shape and pixels."""
    digest = hashlib.sha256(repr(gray.shape).encode())
    digest.update(np.ascontiguousarray(gray).data)
    return digest.hexdigest()
