"""What curation left, for benchmarks of training."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.batches import select_rows
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.tasks import TUMOR_TYPE

CLASSES = list(TUMOR_TYPE.classes)


@dataclass(frozen=True)
class Data:
    """What curation left, of two splits: `uint8` `(n, h, w)`, rows and labels of each."""

    images: np.ndarray
    manifest: pd.DataFrame
    weights: str

    def rows(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        found = select_rows(self.images, self.manifest, CLASSES, split)
        return found.rows, found.labels

    def recipe(self, *phases: dict[str, Any], **changes: Any) -> Recipe:
        return Recipe.model_validate(
            {
                "backbone": "mobilenet_v2_035",
                "weights": self.weights,
                "head": {"dropout": 0.2},
                "precision": "float32",
                "phases": list(phases),
            }
            | changes
        )


def read_data(folder: Path, weights: str) -> Data:
    manifest = newest(folder / "03_primary" / TUMOR_TYPE.name / "manifest.parquet")
    images = newest(folder / "05_model_input" / TUMOR_TYPE.name / "images.npy")
    return Data(np.load(images, mmap_mode="r"), pd.read_parquet(manifest), weights)


def newest(folder: Path) -> Path:
    versions = sorted(folder.glob(f"*/{folder.name}"))
    if not versions:
        sys.exit(f"Expected a version in {folder}, found none: run the pipeline `curation` first.")
    return versions[-1]
