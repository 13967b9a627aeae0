"""Faults of volumetric collections, planted on purpose, one in a case."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PhantomVolume:
    """What a NIfTI file holds.

    Attributes:
        voxels: int16 (or uint8) `(x, y, z)`, in the order in which the file holds them.
        affine: From voxel indices to mm, RAS+, `(4, 4)` float64.
    """

    voxels: NDArray[Any]
    affine: NDArray[np.float64]


#: The volumes of a case, by sequence, and what its files hold in the end.
Volumes = dict[str, PhantomVolume]
Content = Mapping[str, PhantomVolume | bytes]


def drop_flair(volumes: Volumes) -> Content:
    """Leave a sequence out."""
    return {sequence: volume for sequence, volume in volumes.items() if sequence != "flair"}


def cut_t2_short(volumes: Volumes) -> Content:
    """Break the download of a packed file off."""
    volume = volumes["t2"]
    image = nib.Nifti1Image(volume.voxels, volume.affine)
    packed = gzip.compress(image.to_bytes(), mtime=0)
    return {**volumes, "t2": packed[: len(packed) * 3 // 5]}


def crop_segmentation(volumes: Volumes) -> Content:
    """Give the segmentation two slices fewer than the sequences."""
    return {**volumes, "seg": _changed(volumes["seg"], voxels=lambda voxels: voxels[:, :, :-2])}


def shift_flair(volumes: Volumes) -> Content:
    """Let a sequence lie one slice higher than the others."""
    up = np.zeros((4, 4))
    up[2, 3] = 6.0
    return {**volumes, "flair": _changed(volumes["flair"], affine=lambda affine: affine + up)}


def clear_segmentation(volumes: Volumes) -> Content:
    """Outline no tumor."""
    return {**volumes, "seg": _changed(volumes["seg"], voxels=np.zeros_like)}


def forget_grade(volumes: Volumes) -> Content:
    """Leave the files as they are: `name_mapping.csv` does not know the case."""
    return volumes


Change = Callable[[NDArray[Any]], NDArray[Any]]

#: What is done to a case's files, by the reason for which curation rejects it then.
FAULTS: dict[str, Callable[[Volumes], Content]] = {
    "missing_sequence": drop_flair,
    "unreadable": cut_t2_short,
    "unknown_label": forget_grade,
    "shape_mismatch": crop_segmentation,
    "affine_mismatch": shift_flair,
    "no_tumor_visible": clear_segmentation,
}


def _changed(
    volume: PhantomVolume, voxels: Change = np.asarray, affine: Change = np.asarray
) -> PhantomVolume:
    return PhantomVolume(voxels(volume.voxels), affine(volume.affine))
