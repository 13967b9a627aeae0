"""NIfTI volumes: from a file's bytes to voxels in canonical orientation, and back."""

import gzip
import io
import logging
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
#: How far axes may lean out of the scanner's, as a share of the spacing: about half a degree.
MAX_LEAN = 0.01
#: How far the two places of a header that tell the spacing may differ, as a share of it.
MAX_SPACING_ERROR = 0.01
#: How names of NIfTI files end.
SUFFIXES = (".nii.gz", ".nii")
GZIP = b"\x1f\x8b"
FORMATS: dict[int, Any] = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
MAGIC = {348: slice(344, 347), 540: slice(4, 7)}

# nibabel tells each oddity of a header without the file's name; what matters is checked here.
_silent = logging.Logger("nifti headers")
_silent.addHandler(logging.NullHandler())


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
            image = _reorient(_open(_unpack(path)))
            voxels = np.asanyarray(image.dataobj)
            _require_finite(voxels)
            voxels = _as_labels(voxels) if segmentation else _as_numbers(voxels)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    except Exception as error:
        # Broken files raise almost anything, from zlib, struct, nibabel and NumPy.
        raise ValueError(f"{path.name}: expected a NIfTI volume: {error!r}") from error
    affine = np.asarray(image.affine, dtype=np.float64)
    return Volume(voxels, affine, nib.affines.voxel_sizes(affine))


def _unpack(path: Path) -> bytes:
    """The file's bytes, unpacked to their end, where the checksum lies."""
    if not path.is_file():
        raise ValueError("expected a file, found a folder, a broken link or nothing")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} bytes, found {path.stat().st_size:,}")
    content = path.read_bytes()
    if not content.startswith(GZIP):
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        unpacked = packed.read(MAX_BYTES + 1)
    if len(unpacked) > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} bytes unpacked, found more")
    return unpacked


def _open(content: bytes) -> nib.Nifti1Image:
    """A volume whose voxels are not read yet, but known to be there."""
    header = _read_header(content)
    shape, kind = header.get_data_shape(), header.get_data_dtype()
    size = int(np.prod([int(length) for length in shape], dtype=object))
    if len(shape) < 3 or any(length != 1 for length in shape[3:]) or size < 1:
        raise ValueError(f"expected a volume (x, y, z), found shape {shape}")
    if kind.kind not in "iuf":
        raise ValueError(f"expected voxels of one number each, found {kind}")
    if size > MAX_VALUES or size * kind.itemsize > MAX_BYTES:
        most = f"{MAX_VALUES:,} voxels and {MAX_BYTES:,} bytes"
        raise ValueError(f"expected at most {most}, found shape {shape} of {kind}")
    start = header.get_data_offset()
    if not 0 <= start <= len(content) - size * kind.itemsize:
        least = start + size * kind.itemsize
        raise ValueError(f"expected {least:,} bytes, found {len(content):,}: is it cut short?")
    proxy = ArrayProxy(io.BytesIO(content), header)
    image: nib.Nifti1Image = nib.squeeze_image(nib.Nifti1Image(proxy, _find_affine(header), header))
    return image


def _read_header(content: bytes) -> nib.Nifti1Header:
    orders = {int.from_bytes(content[:4], order) for order in ("little", "big")}
    length = next((size for size in FORMATS if size in orders), 0)
    if len(content) < length or content[MAGIC[length]] not in {b"n+1", b"n+2"} if length else True:
        raise ValueError("expected a NIfTI file (.nii or .nii.gz, header and voxels in one)")
    header: nib.Nifti1Header = FORMATS[length](content[:length], check=False)
    header.check_fix(logger=_silent)
    return header


def _find_affine(header: nib.Nifti1Header) -> NDArray[np.float64]:
    """The way from voxels to mm, of positive spacing that the header does not contradict."""
    stated = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    if not (np.isfinite(affine).all() and np.isfinite(stated).all() and (stated > 0).all()):
        raise ValueError(f"expected a positive spacing in mm, found {stated} in {affine.tolist()}")
    spacing = nib.affines.voxel_sizes(affine)
    if not np.allclose(spacing, stated, rtol=MAX_SPACING_ERROR, atol=0):
        raise ValueError(
            f"expected one spacing, found {spacing} mm by the affine and {stated} by the header"
        )
    return affine


def _reorient(image: nib.Nifti1Image) -> nib.Nifti1Image:
    """The same volume with axes that run to the right, front and top."""
    canonical: nib.Nifti1Image = nib.as_closest_canonical(image)
    axes = canonical.affine[:3, :3] / nib.affines.voxel_sizes(canonical.affine)
    lean = np.abs(axes - np.eye(3)).max()
    if not lean <= MAX_LEAN:
        raise ValueError(
            "expected axes along the scanner's, found a turned or sheared grid (affine "
            f"{image.affine[:3, :3].tolist()}): resample the case to a straight one"
        )
    return canonical


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
