"""Images of any format: from a file's bytes to pictures that carry no name."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from brain_tumor_kedro.datasets.figshare_dataset import HDF5, decode_slice
from brain_tumor_kedro.datasets.formats import is_dicom
from brain_tumor_kedro.datasets.limits import require_bytes
from brain_tumor_kedro.datasets.nifti_slices import decode_nifti, is_nifti_content
from brain_tumor_kedro.datasets.picture_frames import decode_picture_frames
from brain_tumor_kedro.datasets.silence import silenced
from brain_tumor_kedro.datasets.source import (
    ForeignFileError,
    NotAnImageError,
    Picture,
    UndecodableError,
)

Decoder = Callable[[bytes], Iterator[Picture]]

OLD_MATLAB = b"MATLAB 5.0"


def decode_frames(content: bytes) -> Iterator[Picture]:
    """Decode every frame of an image file, one at a time, whatever its format.

    The format is found by the bytes: DICOM, NIfTI (`.nii`, `.nii.gz`), Figshare's `.mat`, or a
    picture (JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF, JPEG 2000, PPM). Frames of a multi-frame DICOM,
    slices of a volume, pages of a TIFF and frames of an animation come one after the other.

    Nothing of the file leaves but its pixels: no label, no patient, no tag. Notes and errors are
    sentences of this project that quote nothing, and what libraries warn or log is silenced.

    Args:
        content: The whole file.

    Yields:
        Pictures, as a viewer shows them.

    Raises:
        NotAnImageError: Where the bytes are those of something else.
        ValueError: Where they are broken, cut short or too large; after the frames that come
            before the fault.
    """
    kind, decoder = _find_decoder(content)
    frames = decoder(content)
    while True:
        # Raised outside of the handler: a chained error would carry the other one's text along.
        picture, problem = _take(frames, kind)
        if problem is not None:
            raise problem
        if picture is None:
            return
        yield replace(picture, label=None, patient_id=None)


def _take(frames: Iterator[Picture], kind: str) -> tuple[Picture | None, ValueError | None]:
    """The next picture, or none at the end, or what is wrong."""
    try:
        with silenced():
            return next(frames, None), None
    except UndecodableError as error:
        return None, type(error)(str(error))
    except Exception as error:
        # Decoders raise almost anything on broken bytes, and quote them: only the kind is told.
        said = f"expected a whole {kind}, found one that is broken or cut short"
        return None, UndecodableError(f"{said} ({type(error).__name__})")


def _find_decoder(content: bytes) -> tuple[str, Decoder]:
    require_bytes(len(content))
    if not content:
        raise UndecodableError("expected an image, found a file without bytes")
    if is_dicom(content):
        return "DICOM image", _decode_dicom
    if is_nifti_content(content):
        return "NIfTI image", decode_nifti
    if HDF5 in content[:4096] or content.startswith(OLD_MATLAB):
        return "MATLAB file", _decode_matlab
    return "picture", decode_picture_frames


def _decode_dicom(content: bytes) -> Iterator[Picture]:
    # pydicom takes half a second to import, which other formats need not wait for.
    from brain_tumor_kedro.datasets.dicom import decode_dicom

    return decode_dicom(content)


def _decode_matlab(content: bytes) -> Iterator[Picture]:
    """The slice of a Figshare file."""
    problem = None
    try:
        yield decode_slice(content)
    except NotAnImageError:
        problem = "expected a slice as Figshare's collection has it (MATLAB v7.3, struct cjdata)"
    if problem:
        raise ForeignFileError(problem)
