"""NIfTI images for answers: slice by slice, as a viewer shows them."""

import gzip
import io
import math
from collections.abc import Iterator
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from brain_tumor_kedro.datasets.limits import (
    MAX_BYTES,
    require_bytes,
    require_frames,
    require_pixels,
)
from brain_tumor_kedro.datasets.nifti import FORMATS, GZIP, PIECE, silent
from brain_tumor_kedro.datasets.source import ForeignFileError, Picture, UndecodableError
from brain_tumor_kedro.doubts import AND, NOT_SQUARE, UNKNOWN_ORIENTATION

#: Header and voxels in two files.
SPLIT = (b"ni1", b"ni2")
MAX_UNEVEN = 0.01
#: Axis of the slices, and the rows' and columns' axes, each from its far end or not: canonical
#: axes run to the patient's right, front and top, and viewers look from below, from the front and
#: from the patient's left.
VIEWS = {
    2: ((1, True), (0, True)),
    1: ((2, True), (0, True)),
    0: ((2, True), (1, True)),
}


def is_nifti_content(content: bytes) -> bool:
    """Whether bytes begin like a NIfTI file, packed or not."""
    return content.startswith(GZIP) or _find_format(content) is not None


def decode_nifti(content: bytes) -> Iterator[Picture]:
    """Decode the slices of a NIfTI image, one at a time.

    Slices lie across the third axis of the canonical array (RAS+), from the bottom up: axial, seen
    from below with the patient's front up and left on the viewer's right, as
    `imaging.volumes.cut_slices` cuts them. An image of a single slice is shown in its own plane. A
    grid that is turned is taken along the axes that are nearest.

    Args:
        content: The whole file, `.nii` or `.nii.gz`.

    Yields:
        `(h, w)`: the type that is stored, or float32 where the header scales it.

    Raises:
        ForeignFileError: Where it is no NIfTI file.
        UndecodableError: Where it is cut short, too large, or holds no image or volume.
        Exception: Where it is broken otherwise; the text may quote the file.
    """
    plain = _unpack(content) if content.startswith(GZIP) else content
    with np.errstate(all="ignore"):
        header = _read_header(plain)
        volume = _map_voxels(header, plain)
        affine, known = _find_affine(header)
        turned = nib.io_orientation(affine)
        canonical = nib.apply_orientation(volume, turned)
    axis = _find_axis(canonical.shape)
    doubts = [] if known else [UNKNOWN_ORIENTATION]
    doubts += [NOT_SQUARE] if _is_uneven(header, turned, axis) else []
    note = AND.join(doubts) or None
    require_frames(canonical.shape[axis], canonical.size // canonical.shape[axis])
    slope, intercept = header.get_slope_inter()
    for place in range(canonical.shape[axis]):
        pixels = _scale(_cut(canonical, axis, place), slope, intercept)
        yield Picture(pixels, "F" if pixels.dtype.kind == "f" else "I;16", note=note)


def _unpack(content: bytes) -> memoryview:
    unpacked = io.BytesIO()
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        while piece := packed.read(PIECE):
            if not unpacked.tell() and _find_format(piece) is None:
                raise ForeignFileError("expected an image, found a packed file of something else")
            unpacked.write(piece)
            require_bytes(unpacked.tell())
    return unpacked.getbuffer()


def _find_format(content: bytes | memoryview) -> int | None:
    """Length of the header that the bytes begin with."""
    for length, (_, place, magic) in FORMATS.items():
        if bytes(content[place]) in (magic, *SPLIT) and len(content) >= length:
            return length
    return None


def _read_header(content: bytes | memoryview) -> nib.Nifti1Header:
    length = _find_format(content)
    if length is None:
        raise ForeignFileError("expected an image, found something else")
    kind, place, _ = FORMATS[length]
    if bytes(content[place]) in SPLIT:
        raise UndecodableError("expected header and voxels in one NIfTI file, found the header")
    header: nib.Nifti1Header = kind(bytes(content[:length]), check=False)
    header.check_fix(logger=silent)
    if header.get_data_offset() < length:
        raise UndecodableError("expected voxels behind the NIfTI header, found their place in it")
    return header


def _map_voxels(header: nib.Nifti1Header, content: bytes | memoryview) -> NDArray[Any]:
    """The voxels as they lie in the bytes, `(x, y, z)`, without a copy."""
    shape = tuple(int(length) for length in header.get_data_shape())
    kind = header.get_data_dtype()
    if len(shape) < 2 or min(shape) < 1 or max(shape[3:], default=1) > 1:
        raise UndecodableError(
            "expected one image or volume, two or three axes, found another number of axes or a "
            "series in time: cut one volume out of it"
        )
    if kind.kind not in "iuf":
        raise UndecodableError("expected one number for each voxel of the NIfTI file")
    shape = (*shape, 1)[:3]
    size, offset = math.prod(shape), int(header.get_data_offset())
    if size * kind.itemsize > MAX_BYTES or offset + size * kind.itemsize > len(content):
        raise UndecodableError("expected as many voxels as the NIfTI header says: is it cut short?")
    return np.ndarray(shape, kind, content, offset, order="F")


def _find_affine(header: nib.Nifti1Header) -> tuple[NDArray[np.float64], bool]:
    """From voxels to mm, and whether the header says so: without, it is the format's habit."""
    affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    usable = np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 0
    said = bool(header["sform_code"] > 0 or header["qform_code"] > 0)
    return (affine, said) if usable else (np.eye(4), False)


def _find_axis(shape: tuple[int, ...]) -> int:
    """The axis that slices lie across: the third, or the one along which there is one slice."""
    single = [axis for axis in range(3) if shape[axis] == 1]
    return single[0] if len(single) == 1 else 2


def _cut(volume: NDArray[Any], axis: int, place: int) -> NDArray[Any]:
    (rows, rows_back), (columns, columns_back) = VIEWS[axis]
    plane = np.moveaxis(volume, (axis, rows, columns), (0, 1, 2))[place]
    plane = plane[:: -1 if rows_back else 1, :: -1 if columns_back else 1]
    require_pixels(plane.size)
    return np.array(plane, dtype=plane.dtype.newbyteorder("="), order="C")


def _scale(stored: NDArray[Any], slope: float | None, intercept: float | None) -> NDArray[Any]:
    if slope is None or (slope, intercept) == (1, 0):
        return stored if stored.dtype.itemsize <= 8 else stored.astype(np.float32)
    scaled: NDArray[Any] = stored.astype(np.float64) * slope + (intercept or 0)
    with np.errstate(over="ignore"):
        return scaled.astype(np.float32)


def _is_uneven(header: nib.Nifti1Header, turned: NDArray[Any], axis: int) -> bool:
    spacing = np.zeros(3)
    for stored, (place, _) in enumerate(turned):
        spacing[int(place)] = abs(float(header["pixdim"][1 + stored]))
    sides = np.delete(spacing, axis)
    if not np.isfinite(sides).all() or min(sides) <= 0:
        return False
    return bool(max(sides) / min(sides) - 1 > MAX_UNEVEN)
