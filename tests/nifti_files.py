"""Small volumes and case folders for tests."""

from dataclasses import dataclass

import numpy as np

NAMES = ("t1", "t1ce", "t2", "flair", "seg")
#: BraTS' own: axes run to the left, the back and the top.
LPS = np.array([[-1.0, 0, 0, 0], [0, -1, 0, 239], [0, 0, 1, 0], [0, 0, 0, 1]])


@dataclass
class Written:
    voxels: np.ndarray
    affine: np.ndarray


def make_volume(seed: int = 0, shape=(6, 7, 5), affine=LPS, dtype=np.int16) -> Written:
    voxels = np.random.default_rng(seed).integers(0, 90, shape)
    return Written(voxels.astype(dtype), np.asarray(affine, dtype=np.float64))


def make_case(folder: str, names=NAMES, separator="_", suffix=".nii") -> dict[str, Written]:
    """Files of a case by their paths; the same name, the same voxels."""
    case = folder.split("/")[-1]
    return {
        f"{folder}/{case}{separator}{name}{suffix}": make_volume(seed)
        for seed, name in enumerate(names)
    }
