"""Slices of a volume: which show the tumor, how they lie, and how they become 8-bit images."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.imaging.packing import fit_square

#: A mask's voxel counts from here on: whole labels, also where they were interpolated.
INSIDE = 0.5


class SliceSettings(BaseModel):
    """Which slices of a volume are used.

    Attributes:
        choose: `visible`: every slice with at least `minimum_area` of tumor; `largest`: the `k` of
            them with most tumor; `all`: every slice of the volume that shows anything.
        k: How many for `largest`; of a smaller tumor there are fewer.
        minimum_area: Least area of the mask in a slice in mm²; 0 for any voxel at all. Where no
            slice has as much, no tumor counts as visible.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    choose: Literal["visible", "all", "largest"] = "visible"
    k: int = Field(10, ge=1)
    minimum_area: float = Field(0.0, ge=0)


def measure_areas(mask: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """How much tumor each slice shows.

    Args:
        mask: `(x, y, z)`, 0 outside of the tumor and at least 1 inside.
        spacing: Distance of voxels along each axis, `(3,)`, in mm.

    Returns:
        Areas along z, `(z,)` float64, in mm².
    """
    inside: np.ndarray = (np.asarray(mask) > INSIDE).sum(axis=(0, 1))
    areas: np.ndarray = inside * float(spacing[0] * spacing[1])
    return areas


def show_tumor(areas: np.ndarray, settings: SliceSettings) -> np.ndarray:
    """Whether the tumor counts as visible in each slice, `(z,)` bool."""
    visible: np.ndarray = (areas > 0) & (areas >= settings.minimum_area)
    return visible


def choose_slices(areas: np.ndarray, settings: SliceSettings) -> np.ndarray:
    """Choose slices by what they show of the tumor.

    Args:
        areas: As `measure_areas` makes them.
        settings: Which to choose.

    Returns:
        Their places along z, ascending; none where no tumor is visible.
    """
    visible = np.flatnonzero(show_tumor(areas, settings))
    if settings.choose == "largest":
        # Of equal ones the lower slice, so that nothing hangs on the sorting.
        order = np.argsort(-areas[visible], kind="stable")
        return np.sort(visible[order[: settings.k]])
    if settings.choose == "all" and len(visible):
        return np.arange(len(areas))
    return visible


def cut_slices(voxels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Cut axial slices as radiologists look at them: from below, the patient's face up.

    Args:
        voxels: `(x, y, z)`, canonical: the axes lead to the patient's right, front and top.
        places: Along z.

    Returns:
        `(n, y, x)`: the first row is the patient's front, the first column the patient's right,
        so that the patient's left is on the viewer's right. A copy: the volume can go.
    """
    chosen = np.asarray(voxels)[::-1, ::-1, places]
    return np.ascontiguousarray(chosen.transpose(2, 1, 0))


def scale_slices(slices: np.ndarray) -> np.ndarray:
    """Scale each slice from its own minimum and maximum to 0 and 255; a constant one is 0.

    Args:
        slices: `(n, h, w)`, any number type, finite.

    Returns:
        `(n, h, w)` uint8.
    """
    values = slices.astype(np.float64)
    low = values.min(axis=(1, 2), keepdims=True)
    width = values.max(axis=(1, 2), keepdims=True) - low
    scaled = (values - low) * (255 / np.where(width > 0, width, 1))
    levels: np.ndarray = np.rint(scaled).astype(np.uint8)
    return levels


def fit_slices(slices: np.ndarray, size: int) -> np.ndarray:
    """Bring slices to one square, bilinearly, their proportions kept.

    Args:
        slices: `(n, h, w, c)` uint8.
        size: Side of the square in pixels.

    Returns:
        `(n, size, size, c)` uint8.
    """
    number, height, width, channels = slices.shape
    if height == width == size:
        return slices
    fitted = np.empty((number, size, size, channels), np.uint8)
    for place, image in enumerate(slices):
        for channel in range(channels):
            fitted[place, ..., channel] = fit_square(image[..., channel], size)
    return fitted


def name_slice(case: str, place: int) -> str:
    """The `image_id` of a slice: its case's, and its place along z."""
    return f"{case}#{place:03d}"


def parse_slice(image_id: str) -> tuple[str, int]:
    """The `image_id` of a slice's case, and the slice's place along z.

    Raises:
        ValueError: Where the id is none of a slice.
    """
    case, _, place = image_id.rpartition("#")
    if not case or not place.isdecimal():
        raise ValueError(f"Expected a slice's id, such as folder/case#077, found {image_id}.")
    return case, int(place)
