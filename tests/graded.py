"""Slices of made-up patients in three channels, low grade and high: no phantoms, next to noise."""

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.manifest import check_manifest
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.imaging.quality import hash_pixels

SIZE = 48

#: Patients by split; two of three have a high grade, so that both lie in every split.
PATIENTS = {"train": 12, "val": 6, "test": 9}
SLICES = 4


def make_graded(
    patients: dict[str, int] | None = None, slices: int = SLICES, seed: int = 0
) -> tuple[pd.DataFrame, np.ndarray]:
    """Make slices of skull-stripped brains with a tumor, bright in T1CE where its grade is high.

    Args:
        patients: How many in each split.
        slices: Of each patient.
        seed: Of everything.

    Returns:
        The manifest of a curation of volumes, and packed images, uint8 `(n, SIZE, SIZE, 3)`.
    """
    random = np.random.default_rng(seed)
    rows, images = [], []
    for split, count in (patients or PATIENTS).items():
        for number in range(count):
            label = "LGG" if number % 3 == 0 else "HGG"
            name = f"phantom_{split}_{number:03d}"
            place, size = random.uniform(-8, 8, 2), random.uniform(4, 7)
            for z in range(slices):
                image = draw_slice(label, place, size, random)
                rows.append(_row(f"brats/{name}#{z:03d}", name, label, split, image, len(rows)))
                images.append(image)
    return check_manifest(pd.DataFrame(rows)), np.stack(images)


def find_tumor(place: np.ndarray, size: float) -> np.ndarray:
    """Where a tumor lies, bool `(SIZE, SIZE)`."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    inside: np.ndarray = np.hypot(y - place[0], x - place[1]) <= size
    return inside


def draw_slice(
    label: str, place: np.ndarray, size: float, random: np.random.Generator
) -> np.ndarray:
    """Draw T1CE, T2 and FLAIR of one slice, uint8 `(SIZE, SIZE, 3)`."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    brain, tumor = np.hypot(y / 21, x / 17) <= 1, find_tumor(place, size)
    levels = (random.normal(150 if label == "HGG" else 100, 30), 190, 210)
    channels = []
    for base, level in zip((110, 90, 100), levels, strict=True):
        gray = np.where(tumor & brain, level, base) + random.normal(0, 12, (SIZE, SIZE))
        channels.append(np.where(brain, np.clip(gray, 1, 255), 0))
    return np.stack(channels, axis=-1).astype(np.uint8)


def _row(
    image_id: str, patient: str, label: str, split: str, image: np.ndarray, row: int
) -> dict[str, object]:
    return {
        "image_id": image_id, "source": "brats", "published_split": None, "published_fold": None,
        "label": label, "patient_id": patient, "width": SIZE, "height": SIZE, "mode": "float32",
        "bytes": 1, "content_hash": f"c{row}", "pixel_hash": hash_pixels(image),
        "status": "kept", "reason": None, "detail": None, "outlier_score": None, "flag": None,
        "copy_of": None, "group_id": f"brats/{patient}", "split": split,
        "fold": row % 3 if split != "test" else None, "row": row, "packed_hash": hash_packed(image),
    }  # fmt: skip
