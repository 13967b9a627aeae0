"""NIfTI volumes: from a file's bytes to voxels in canonical orientation, and back."""

import gzip
import io
import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from numpy.typing import NDArray

#: Most voxels of a volume; BraTS' own have nine million.
MAX_VALUES = 2**26
#: Most bytes of a volume's voxels, and most of a file when unpacked.
MAX_BYTES = 2**28
#: How much is unpacked at a time, bytes.
PIECE = 2**22
#: How far axes may lean out of the scanner's, as a share of the spacing: about half a degree.
MAX_LEAN = 0.01
#: How far the two places of a header that tell the spacing may differ, as a share of it.
MAX_SPACING_ERROR = 0.01
#: How names of NIfTI files end.
SUFFIXES = (".nii.gz", ".nii")
#: Units of length other than mm, by their code; files that state none are in mm.
OTHER_UNITS = {1: "meters", 3: "micrometers"}
GZIP = b"\x1f\x8b"
#: NIfTI-1 and 2: length of the header, its class, and where it says that the voxels follow.
FORMATS: dict[int, tuple[Any, slice, bytes]] = {
    348: (nib.Nifti1Header, slice(344, 347), b"n+1"),
    540: (nib.Nifti2Header, slice(4, 7), b"n+2"),
}

# nibabel tells each oddity of a header without the file's name; what matters is checked here.
silent = logging.Logger("nifti headers")
silent.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Volume:
    """A volume in canonical orientation: axes run to the patient's right, front and top (RAS+).

    Attributes:
        voxels: `(x, y, z)`, float32 as the header scales them; int32 for a segmentation.
        affine: From voxel indices to mm, `(4, 4)` float64.
        spacing: mm between voxels along each axis, `(3,)` float64.
    """

    voxels: NDArray[Any]
    affine: NDArray[np.float64]
    spacing: NDArray[np.float64]


class WritableVolume(Protocol):
    """What is written to a NIfTI file.

    Attributes:
        voxels: `(x, y, z)`, of the type that the file is to hold.
        affine: From voxel indices to mm, RAS+, `(4, 4)`.
    """

    @property
    def voxels(self) -> NDArray[Any]: ...  # noqa: D102

    @property
    def affine(self) -> NDArray[Any]: ...  # noqa: D102


def is_nifti(name: str) -> bool:
    """Whether a file's name says that it is a NIfTI file."""
    return name.lower().endswith(SUFFIXES)


def strip_suffix(name: str) -> str:
    """The name of a NIfTI file without its ending, `.nii` or `.nii.gz`."""
    ending = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(ending)]


def read_volume(path: Path) -> Volume:
    """Read the volume of an image.

    Args:
        path: The file, packed or not, whatever its name says.

    Returns:
        The volume, float32.

    Raises:
        ValueError: Says what is wrong: no file, no NIfTI, cut short, not a volume of at most
            `MAX_VALUES` finite numbers, or without a grid that is straight in the scanner.
    """
    return _read(path, segmentation=False)


def read_segmentation(path: Path) -> Volume:
    """Read a volume of labels: whole numbers, 0 where there is nothing.

    Args:
        path: The file, packed or not, whatever its name says.

    Returns:
        The volume, int32.

    Raises:
        ValueError: As `read_volume`, and where a value is negative or no whole number.
    """
    return _read(path, segmentation=True)


def _read(path: Path, segmentation: bool) -> Volume:
    try:
        # Broken numbers in a header make NumPy warn before they are refused.
        with np.errstate(all="ignore"):
            return _decode(_unpack(path), segmentation)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    except Exception as error:
        # Broken files raise almost anything, from zlib, struct, nibabel and NumPy.
        found = str(error) or type(error).__name__
        raise ValueError(f"{path.name}: expected a whole NIfTI volume: {found}") from error


def _decode(content: bytes, segmentation: bool) -> Volume:
    header = _read_header(content)
    _require_voxels(header, len(content))
    stored, turned = _find_affine(header), nib.io_orientation(_find_affine(header))
    shape = header.get_data_shape()[:3]
    affine = stored @ nib.orientations.inv_ornt_aff(turned, shape)
    spacing = nib.affines.voxel_sizes(affine)
    _require_straight(affine[:3, :3] / spacing)
    values = np.asanyarray(ArrayProxy(io.BytesIO(content), header)).reshape(shape)
    _require_finite(values)
    voxels = _as_labels(values) if segmentation else _as_numbers(values)
    return Volume(nib.apply_orientation(voxels, turned), affine, spacing)


def _unpack(path: Path) -> bytes:
    """The file's bytes, unpacked to their end, where the checksum lies."""
    if not path.is_file():
        raise ValueError("expected a file, found a folder, a broken link or nothing")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} bytes, found {path.stat().st_size:,}")
    content = path.read_bytes()
    if not content.startswith(GZIP):
        return content
    unpacked = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        # Piece by piece: asked for all that is allowed, the reader would reserve as much.
        while piece := packed.read(PIECE):
            unpacked += piece
            if len(unpacked) > MAX_BYTES:
                raise ValueError(f"expected at most {MAX_BYTES:,} bytes unpacked, found more")
    return bytes(unpacked)


def _read_header(content: bytes) -> nib.Nifti1Header:
    for length, (kind, place, magic) in FORMATS.items():
        if len(content) >= length and content[place] == magic:
            header: nib.Nifti1Header = kind(content[:length], check=False)
            _require_spacing(header)  # before it is mended
            header.check_fix(logger=silent)
            if header.get_data_offset() < length:
                raise ValueError("expected voxels behind the header, found their place in it")
            return header
    raise ValueError("expected a NIfTI file (.nii or .nii.gz, header and voxels in one)")


def _require_spacing(header: nib.Nifti1Header) -> None:
    """Raise `ValueError` unless the header states a positive spacing in mm."""
    stated = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    if not (np.isfinite(stated).all() and (stated > 0).all()):
        raise ValueError(f"expected a positive spacing in mm, found {stated.tolist()}")
    if unit := OTHER_UNITS.get(int(header["xyzt_units"]) % 8):
        raise ValueError(f"expected a spacing in mm, found one in {unit}")


def _require_voxels(header: nib.Nifti1Header, found: int) -> None:
    """Raise `ValueError` unless `found` bytes can hold what the header declares, a volume."""
    shape, kind = header.get_data_shape(), header.get_data_dtype()
    if len(shape) < 3 or min(shape) < 1 or max(shape[3:], default=1) > 1:
        raise ValueError(f"expected a volume (x, y, z), found shape {shape}")
    if kind.kind not in "iuf":
        raise ValueError(f"expected voxels of one number each, found {kind}")
    size = math.prod(int(length) for length in shape)
    if size > MAX_VALUES or size * kind.itemsize > MAX_BYTES:
        most = f"{MAX_VALUES:,} voxels and {MAX_BYTES:,} bytes"
        raise ValueError(f"expected at most {most}, found shape {shape} of {kind}")
    needed = header.get_data_offset() + size * kind.itemsize
    if needed > found:
        raise ValueError(f"expected {needed:,} bytes, found {found:,}: is it cut short?")


def _find_affine(header: nib.Nifti1Header) -> NDArray[np.float64]:
    """The way from voxels to mm, of the spacing that the header states."""
    stated = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    spacing = nib.affines.voxel_sizes(affine)
    if not (np.isfinite(affine).all() and np.allclose(spacing, stated, rtol=MAX_SPACING_ERROR)):
        raise ValueError(
            f"expected one spacing, found {spacing.tolist()} mm by the affine and "
            f"{stated.tolist()} by the header"
        )
    return affine


def _require_straight(axes: NDArray[np.float64]) -> None:
    """Raise `ValueError` unless canonical axes, each of length 1, are those of the scanner."""
    if not np.abs(axes - np.eye(3)).max() <= MAX_LEAN:
        raise ValueError(
            "expected axes along the scanner's, found a turned or sheared grid: resample the case "
            "to a straight one"
        )


def _require_finite(voxels: NDArray[Any]) -> None:
    missing = voxels.size - np.count_nonzero(np.isfinite(voxels))
    if missing:
        raise ValueError(f"expected finite numbers, found {missing:,} voxels without one")


def _as_numbers(voxels: NDArray[Any]) -> NDArray[np.float32]:
    numbers = voxels.astype(np.float32)
    _require_finite(numbers)
    return numbers


def _as_labels(voxels: NDArray[Any]) -> NDArray[np.int32]:
    labels = voxels.astype(np.int32)
    wrong = voxels[(labels != voxels) | (voxels < 0)]
    if wrong.size:
        raise ValueError(
            f"expected labels, whole numbers from 0 on, found {wrong[0]:g} and {wrong.size - 1:,} "
            "others: is it an image, or was it resampled?"
        )
    return labels


def encode_volume(volume: WritableVolume, packed: bool) -> bytes:
    """A volume as the bytes of a NIfTI-1 file; equal volumes give equal bytes.

    Args:
        volume: The volume.
        packed: Whether the file is `.nii.gz`.

    Returns:
        The file's bytes.
    """
    image = nib.Nifti1Image(volume.voxels, np.asarray(volume.affine, dtype=np.float64))
    image.header.set_xyzt_units("mm")
    image.set_qform(image.affine, code=1)
    image.set_sform(image.affine, code=1)
    content: bytes = image.to_bytes()
    return gzip.compress(content, mtime=0) if packed else content
