"""What one file holds: its bytes turned to a gray image, or a reason why it is no use."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brain_tumor_kedro.imaging.manifest import ImageFile
from brain_tumor_kedro.imaging.similarity import thumbnail

MIN_SIDE = 32
#: Size over which a file is no slice, whatever it is; it would be read into memory whole.
MAX_BYTES = 256 * 2**20
#: Standard deviation of the gray values (0 to 255) under which an image shows nothing.
BLANK_DEVIATION = 2.0
#: Mean difference between color channels (0 to 255) over which an image is a color photograph.
GRAY_TOLERANCE = 12.0


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
        return _inspect_pixels(known, picture.pixels, picture.mode)
    except Exception as error:
        # Whatever odd pixels a file holds, it must not stop the reading of all others.
        return _reject(row, "unreadable", f"{type(error).__name__}: {error}")


def _read(path: Path) -> bytes:
    # A pipe would wait for ever and a device never end.
    if not path.is_file():
        raise OSError("expected a regular file, found a broken link, a pipe or a device")
    if path.stat().st_size > MAX_BYTES:
        raise OSError(f"expected at most {MAX_BYTES:,} bytes, found {path.stat().st_size:,}")
    return path.read_bytes()


def _inspect_pixels(row: dict[str, object], pixels: np.ndarray, mode: str) -> Inspection:
    if not _is_image(pixels):
        found = f"{pixels.dtype} of shape {pixels.shape}"
        return _reject(row, "unreadable", f"expected (h, w) or (h, w, 3) numbers, found {found}")
    height, width = pixels.shape[:2]
    row |= {"height": height, "width": width, "mode": mode}
    gray = to_gray(pixels)
    row["pixel_hash"] = hash_pixels(gray)
    fault = find_fault(pixels, gray)
    if fault is not None:
        return _reject(row, *fault)
    if row["label"] is None:
        return _reject(row, "unknown_label", "no folder above the file names a known class")
    return Inspection(row, thumbnail(gray))


def _is_image(pixels: np.ndarray) -> bool:
    shaped = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in {1, 3, 4})
    return shaped and pixels.size > 0 and pixels.dtype.kind in "uif"


def _reject(row: dict[str, object], reason: str, detail: str) -> Inspection:
    # Where an object lay in memory is no reason, and differs from run to run.
    detail = re.sub(r" ?<_io\.\w+ object at 0x[0-9a-f]+>", "", detail)
    return Inspection(row | {"reason": reason, "detail": detail}, np.zeros((64, 64), np.uint8))


def find_fault(pixels: np.ndarray, gray: np.ndarray) -> tuple[str, str] | None:
    """Why an image cannot be used, as a reason of the manifest and a sentence, or None.

    Args:
        pixels: The image as decoded, `(h, w)` or `(h, w, c)`.
        gray: The same as `to_gray` makes it, `(h, w)` uint8.
    """
    height, width = gray.shape
    if min(height, width) < MIN_SIDE:
        return "too_small", f"{width} x {height} pixels, expected at least {MIN_SIDE} a side"
    if gray.std() < BLANK_DEVIATION or np.ptp(pixels) == 0:
        return "blank", f"gray values deviate by {gray.std():.2f}, expected {BLANK_DEVIATION}"
    if pixels.ndim == 3 and (color := color_difference(pixels)) > GRAY_TOLERANCE:
        return "not_gray", f"color channels differ by {color:.1f}, expected {GRAY_TOLERANCE}"
    return None


def color_difference(pixels: np.ndarray) -> float:
    """Mean absolute difference between the largest and the smallest color channel, 0 to 255."""
    channels = pixels[..., :3].astype(np.float32)
    if pixels.dtype != np.uint8:
        channels *= 255.0 / max(float(np.ptp(channels)), 1e-9)
    return float((channels.max(axis=-1) - channels.min(axis=-1)).mean())


def to_gray(pixels: np.ndarray) -> np.ndarray:
    """An image as 8-bit gray.

    Args:
        pixels: `(h, w)` or `(h, w, c)`. `uint8` is taken as it is; any other type is scaled
            linearly from its own minimum and maximum to 0 and 255, as a viewer shows a slice.

    Returns:
        `(h, w)` uint8; color is weighted as in ITU-R BT.601.
    """
    if pixels.ndim == 3 and pixels.shape[-1] < 3:
        pixels = pixels[..., 0]
    if pixels.ndim == 3:
        weighted = pixels[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        pixels = np.rint(weighted).astype(np.uint8) if pixels.dtype == np.uint8 else weighted
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    values = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    gray: np.ndarray = np.rint((values - low) * scale).astype(np.uint8)
    return gray


def hash_pixels(gray: np.ndarray) -> str:
    """SHA-256 of a gray image's shape and pixels."""
    digest = hashlib.sha256(repr(gray.shape).encode())
    digest.update(np.ascontiguousarray(gray).data)
    return digest.hexdigest()
