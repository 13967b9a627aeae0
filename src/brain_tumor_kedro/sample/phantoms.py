"""Phantom slices: one patient's head, tumor and scan, cut at a position."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brain_tumor_kedro.sample.geometry import Floats, View, pixel_grid
from brain_tumor_kedro.sample.heads import Head, draw_head, paint_head
from brain_tumor_kedro.sample.lesions import Lesion, draw_lesion, paint_lesion
from brain_tumor_kedro.sample.scanner import Scanner, draw_scanner, draw_view, moved, scan
from brain_tumor_kedro.sample.textures import resized

#: Slices are painted at this size and enlarged, as scanners interpolate their raw matrix.
RAW_SIZE = 256

#: Neighboring slices are cut so far apart that their thumbnails correlate at most this much: in
#: the Figshare collection half of a patient's neighbors lie above 0.94, and copies above 0.99.
NEIGHBOR_CORRELATION = 0.955
THUMBNAIL_SIZE = 32


@dataclass(frozen=True)
class Patient:
    """A phantom patient.

    Attributes:
        patient_id: Name, contains `tasks.PHANTOM`.
        label: A class of `tasks.TUMOR_TYPE`; decides about the tumor and nothing else, but for
            the distance between slices, which is fitted with the tumor in place.
        seed: Decides about head and scan, and about the tumor's place and shape.
    """

    patient_id: str
    label: str
    seed: int


@dataclass(frozen=True)
class PhantomSlice:
    """A slice as a viewer sees it.

    Attributes:
        image: float32 (size, size), in [0, 1].
        mask: uint8 (size, size), 1 inside the tumor; all 0 for `no_tumor`.
        border: float64 (points, 2), x and y of the tumor's edge in pixels, 0 the center of the
            first; (0, 2) for `no_tumor`.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.uint8]
    border: NDArray[np.float64]


def draw_slice(patient: Patient, position: float, size: int) -> PhantomSlice:
    """Draw one slice of a patient.

    Args:
        patient: The patient.
        position: Slice number, 0 in the middle of the tumor; neighbors differ by 1.
        size: Side of the picture in pixels.

    Returns:
        The slice.
    """
    anatomy = _anatomy(patient)
    depth = position * anatomy.spacing
    noise = np.random.default_rng([patient.seed, 3, round((position + 100) * 1000)])
    image = scan(anatomy.scanner, _painted(anatomy, depth, RAW_SIZE), noise)
    border = _border(anatomy, depth, size)
    return PhantomSlice(np.clip(resized(image, size, size), 0, 1), _filled(border, size), border)


def peak_of(patient: Patient) -> int:
    """Tell the brightest value of the patient's 12-bit pictures."""
    return _anatomy(patient).scanner.peak


@dataclass(frozen=True)
class _Anatomy:
    head: Head
    lesion: Lesion | None
    scanner: Scanner
    view: View
    spacing: float


@lru_cache(maxsize=8)
def _anatomy(patient: Patient) -> _Anatomy:
    """Draw what a patient's slices share; streams are apart so that no look depends on a label."""
    look, tumor = (np.random.default_rng([patient.seed, stream]) for stream in (1, 2))
    head, scanner, view = draw_head(look), draw_scanner(look), draw_view(look)
    lesion = draw_lesion(patient.label, head, tumor)
    anatomy = _Anatomy(head, lesion, scanner, view, spacing=1.0)
    return replace(anatomy, spacing=_fitting_spacing(anatomy))


def _painted(anatomy: _Anatomy, depth: float, size: int) -> Floats:
    """Paint head and tumor at a depth, before the scanner."""
    points = moved(anatomy.view, depth).to_head(pixel_grid(size))
    image = paint_head(anatomy.head, points, depth)
    if anatomy.lesion is None:
        return image
    return paint_lesion(anatomy.lesion, image, points, anatomy.lesion.outline_at(depth))


def _fitting_spacing(anatomy: _Anatomy) -> float:
    """Find the depth between neighbors at which they are as alike as real neighbors."""
    spacing = 0.15
    for _ in range(2):
        stack = np.stack([_thumbnail(anatomy, step * spacing) for step in (-1.5, -0.5, 0.5, 1.5)])
        change = 1 - float((stack[:-1] * stack[1:]).sum(axis=1).max())
        # For small steps the loss of correlation grows with the square of the step.
        spacing *= float(np.sqrt((1 - NEIGHBOR_CORRELATION) / change))
    return float(np.clip(spacing, 0.02, 0.6))


def _thumbnail(anatomy: _Anatomy, depth: float) -> Floats:
    """Paint a small slice, its values centered and scaled so that a product is a correlation."""
    image = scan(anatomy.scanner, _painted(anatomy, depth, 3 * THUMBNAIL_SIZE))
    small = resized(image, THUMBNAIL_SIZE, THUMBNAIL_SIZE, Image.Resampling.BOX).ravel()
    centered: Floats = small - small.mean()
    return np.divide(centered, np.linalg.norm(centered))


def _border(anatomy: _Anatomy, depth: float, size: int) -> NDArray[np.float64]:
    if anatomy.lesion is None:
        return np.empty((0, 2))
    line = anatomy.lesion.outline_at(depth).line()
    picture = moved(anatomy.view, depth).to_picture(line)
    return (np.stack(picture, axis=1).astype(np.float64) + 1) * size / 2 - 0.5


def _filled(border: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    canvas = Image.new("L", (size, size), 0)
    if len(border) > 0:
        ImageDraw.Draw(canvas).polygon([(x, y) for x, y in border.tolist()], fill=1)
    return np.asarray(canvas, dtype=np.uint8).copy()
