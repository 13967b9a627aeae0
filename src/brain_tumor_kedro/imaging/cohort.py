"""The cohort: which cases can be used, why others cannot, and the slices of those that can.

Inclusion as in published work on BraTS: the sequences and the tumor's mask are there and readable,
lie on one another, and a grade is known. One volume at a time is held in memory.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from brain_tumor_kedro.imaging.quality import clean_detail, hash_pixels
from brain_tumor_kedro.imaging.volume_case import MASK, Volume, VolumeCase
from brain_tumor_kedro.imaging.volumes import (
    SliceSettings,
    choose_slices,
    cut_slices,
    fit_slices,
    measure_areas,
    name_slice,
    scale_slices,
    show_tumor,
)

Sequences = Literal["t1", "t1ce", "t2", "flair"]


class CohortSettings(BaseModel):
    """Which cases are used.

    Attributes:
        channels: The three sequences that become the channels of an image.
        spacing: What the distance of voxels along x, y and z must be, in mm; null for any.
        spacing_tolerance: By how much it may differ, in mm.
        affine_tolerance: By how much the numbers of the affines of one case may differ, in mm.
        same_patient: Of several usable cases of one patient keep the `first` or the `last` by
            name, or `all` of them as one patient.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: tuple[Sequences, Sequences, Sequences] = ("t1ce", "t2", "flair")
    spacing: tuple[Annotated[float, Field(gt=0)], ...] | None = (1.0, 1.0, 1.0)
    spacing_tolerance: float = Field(0.01, ge=0)
    affine_tolerance: float = Field(0.01, ge=0)
    same_patient: Literal["first", "last", "all"] = "first"

    @field_validator("channels")
    @classmethod
    def _differ(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(channels)) < len(channels):
            raise ValueError(f"expected three different sequences, found {channels}")
        return channels

    @field_validator("spacing")
    @classmethod
    def _three(cls, spacing: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if spacing is not None and len(spacing) != 3:
            raise ValueError(f"expected the spacing along x, y and z, found {spacing}")
        return spacing


class UnusableCaseError(ValueError):
    """A case cannot be used.

    Attributes:
        reason: One of the manifest's reasons.
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Say why, in a word and in a sentence."""
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class CaseInspection:
    """What was found in one case.

    Attributes:
        rows: Rows of the manifest in the making: one for each slice, or one that says why there
            is none.
        images: The slices, `(n, size, size, 3)` uint8.
        measures: `depth`, the number of slices in the volume; `tumor_slices`, those in which the
            tumor is visible; `tumor_ml`, its volume; `largest_mm2`, its largest area.
    """

    rows: list[dict[str, Any]]
    images: np.ndarray
    measures: dict[str, float] = field(default_factory=dict)


def find_excluded(cases: Sequence[VolumeCase], excluded: Sequence[str]) -> frozenset[str]:
    """The ids of the cases that are dropped by hand.

    Args:
        cases: All cases.
        excluded: Names of case folders, or paths of them from the folder of all input.

    Returns:
        Their `image_id`.

    Raises:
        ValueError: Names what is no case, and what may have been meant.
    """
    named = isinstance(excluded, list | tuple) and all(isinstance(name, str) for name in excluded)
    if not named:
        raise ValueError(f"Expected exclude_cases to be a list of cases, found {excluded!r}.")
    by_name: dict[str, set[str]] = {}
    for case in cases:
        for name in (case.case_id, case.image_id):
            by_name.setdefault(name, set()).add(case.image_id)
    for name in excluded:
        if name not in by_name:
            close = get_close_matches(name, by_name, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise ValueError(f"There is no case {name}, which exclude_cases names.{hint}")
    return frozenset().union(*(by_name[name] for name in excluded))


def inspect_case(
    case: VolumeCase,
    excluded: frozenset[str],
    classes: Sequence[str],
    cohort: CohortSettings,
    slices: SliceSettings,
    size: int,
) -> CaseInspection:
    """Read one case and cut its slices.

    Args:
        case: Not yet opened.
        excluded: Ids of the cases that are dropped by hand.
        classes: The labels that are known.
        cohort: What a case must fulfill.
        slices: Which slices are cut.
        size: Side of the images in pixels.

    Returns:
        What was found. A case that cannot be used has a reason; nothing is raised for it.
    """
    row: dict[str, Any] = {
        "image_id": case.image_id,
        "source": case.source,
        "label": case.label if case.label in classes else None,
        "patient_id": case.patient_id,
    }
    nothing = np.zeros((0, size, size, len(cohort.channels)), np.uint8)
    try:
        _require_usable(case, excluded, classes, cohort)
        return _inspect_volumes(case, row, cohort, slices, size)
    except UnusableCaseError as error:
        reason, detail = error.reason, str(error)
    except Exception as error:
        # Whatever a file holds, it must not stop the reading of all others.
        reason, detail = "unreadable", f"{type(error).__name__}: {error}"
    return CaseInspection([row | {"reason": reason, "detail": clean_detail(detail)}], nothing)


def _require_usable(
    case: VolumeCase, excluded: frozenset[str], classes: Sequence[str], cohort: CohortSettings
) -> None:
    """What can be known without opening a file."""
    if case.image_id in excluded:
        raise UnusableCaseError("excluded_by_hand", "named in exclude_cases")
    if missing := [name for name in (*cohort.channels, MASK) if name not in case.sequences]:
        raise UnusableCaseError("missing_sequence", f"no file of {', '.join(missing)}")
    if case.label not in classes:
        found = case.detail or f"the grade is {case.label}, known are {', '.join(classes)}"
        raise UnusableCaseError("unknown_label", found)


def _inspect_volumes(
    case: VolumeCase,
    row: dict[str, Any],
    cohort: CohortSettings,
    settings: SliceSettings,
    size: int,
) -> CaseInspection:
    mask = _read(case, MASK)
    _require_spacing(mask, cohort)
    areas = measure_areas(mask.voxels, np.asarray(mask.spacing))
    places = choose_slices(areas, settings)
    if not len(places):
        found = f"the largest area of the mask is {areas.max(initial=0):g} mm²"
        raise UnusableCaseError("no_tumor_visible", found)
    shape, affine, thickness = mask.voxels.shape, mask.affine, float(mask.spacing[2])
    del mask
    digest = hashlib.sha256(repr(shape).encode())
    images = np.empty((len(places), shape[1], shape[0], len(cohort.channels)), np.uint8)
    for channel, sequence in enumerate(cohort.channels):
        images[..., channel] = _cut(case, sequence, places, digest, (shape, affine), cohort)
    shown = images.any(axis=(1, 2, 3))
    images, places = images[shown], places[shown]
    if not len(places):
        raise UnusableCaseError("blank", "nothing is to be seen in any slice with tumor")
    whole = row | {
        "width": shape[0],
        "height": shape[1],
        "mode": "+".join(cohort.channels),
        "content_hash": digest.hexdigest(),
        "detail": case.detail,
    }
    rows = [
        whole | {"image_id": name_slice(case.image_id, place), "pixel_hash": hash_pixels(image)}
        for place, image in zip(places.tolist(), images, strict=True)
    ]
    measures = _measure(areas, thickness, settings)
    return CaseInspection(rows, fit_slices(images, size), measures)


def _cut(
    case: VolumeCase,
    sequence: str,
    places: np.ndarray,
    digest: Any,
    grid: tuple[tuple[int, ...], np.ndarray],
    cohort: CohortSettings,
) -> np.ndarray:
    """The slices of one sequence, which must lie on the mask; its voxels go into the digest."""
    volume = _read(case, sequence)
    _require_same_grid(sequence, volume, *grid, cohort.affine_tolerance)
    # As they lie in a file, so that most volumes are not copied for it.
    voxels = np.ascontiguousarray(volume.voxels.T, np.float32)
    if voxels.min() == voxels.max():
        raise UnusableCaseError("blank", f"every voxel of {sequence} is {voxels.flat[0]:g}")
    digest.update(voxels.data)
    return scale_slices(cut_slices(voxels.T, places))


def _read(case: VolumeCase, sequence: str) -> Volume:
    try:
        return case.read(sequence)
    except Exception as error:
        raise UnusableCaseError("unreadable", f"{sequence}: {error}") from error


def _require_spacing(mask: Volume, cohort: CohortSettings) -> None:
    found = np.asarray(mask.spacing, float)
    words = " x ".join(f"{side:g}" for side in found)
    if found.shape != (3,) or not (np.isfinite(found) & (found > 0)).all():
        raise UnusableCaseError("wrong_spacing", f"the distance of voxels is {words} mm")
    expected = cohort.spacing
    if expected and np.abs(found - expected).max() > cohort.spacing_tolerance:
        wanted = " x ".join(f"{side:g}" for side in expected)
        raise UnusableCaseError("wrong_spacing", f"expected {wanted} mm, found {words} mm")


def _require_same_grid(
    sequence: str, volume: Volume, shape: tuple[int, ...], affine: np.ndarray, tolerance: float
) -> None:
    if volume.voxels.shape != shape:
        found = f"{sequence} has {volume.voxels.shape} voxels, {MASK} has {shape}"
        raise UnusableCaseError("shape_mismatch", found)
    off = float(np.abs(np.asarray(volume.affine) - affine).max())
    if not off <= tolerance:
        found = f"the affines of {sequence} and {MASK} differ by up to {off:g} mm"
        raise UnusableCaseError("affine_mismatch", found)


def _measure(areas: np.ndarray, thickness: float, settings: SliceSettings) -> dict[str, float]:
    return {
        "depth": len(areas),
        "tumor_slices": int(show_tumor(areas, settings).sum()),
        "tumor_ml": round(float(areas.sum()) * thickness / 1000, 3),
        "largest_mm2": round(float(areas.max()), 2),
    }
