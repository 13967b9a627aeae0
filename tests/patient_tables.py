"""Predictions of patients with slices, for tests."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

CLASSES = ("LGG", "HGG")
POSITIVE = ("HGG",)


def slices_of(
    patients: Mapping[str, Sequence[float]],
    labels: Mapping[str, str] | None = None,
    splits: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.Series]:
    """Predictions of patients, by the HGG probability of their slices; and whose slices they are.

    Without a label or a split, a patient is HGG and of the test split.
    """
    rows = [
        {
            "image_id": f"phantom/{patient}#{z:03d}",
            "patient_id": patient,
            "split": (splits or {}).get(patient, "test"),
            "label": (labels or {}).get(patient, "HGG"),
            "predicted": "HGG" if p >= 0.5 else "LGG",
            "p_LGG": 1 - p,
            "p_HGG": float(p),
        }
        for patient, values in patients.items()
        for z, p in enumerate(values)
    ]
    table = pd.DataFrame(rows)
    return table.drop(columns="patient_id"), table.set_index("image_id")["patient_id"]


def draw_patients(
    per_split: Mapping[str, tuple[int, int]], slices: int = 8, skill: float = 1.0, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions and manifest of so many LGG and HGG patients in each split.

    Args:
        per_split: By split: how many LGG and how many HGG patients.
        slices: At most so many of each patient.
        skill: How far the mean logits of the two grades lie apart, in standard deviations.
        seed: Of the draws.
    """
    random = np.random.default_rng(seed)
    patients, labels, splits = {}, {}, {}
    for split, numbers in per_split.items():
        for label, number in zip(CLASSES, numbers, strict=True):
            for place in range(number):
                name = f"{split}-{label}-{place:03d}"
                side = skill / 2 if label == "HGG" else -skill / 2
                logits = side + random.normal() + random.normal(size=random.integers(2, slices + 1))
                patients[name] = 1 / (1 + np.exp(-logits))
                labels[name], splits[name] = label, split
    predictions, patient_of = slices_of(patients, labels, splits)
    manifest = predictions[["image_id", "split", "label"]].assign(
        patient_id=predictions["image_id"].map(patient_of), source="brats", status="kept"
    )
    manifest["group_id"] = "patient " + manifest["patient_id"]
    manifest["row"] = np.arange(len(manifest))
    return predictions, manifest
