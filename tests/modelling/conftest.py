"""Tiny images that a tiny network can tell apart, and recipes for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.recipes import Recipe

CLASSES = ("left", "right")
SIDE = 40


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """Noise with a bright half, `uint8` `(32, 40, 40)`; odd rows are bright on the right."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 90, (32, SIDE, SIDE), dtype=np.uint8)
    images[0::2, :, : SIDE // 2] += 120
    images[1::2, :, SIDE // 2 :] += 120
    return images


@pytest.fixture(scope="session")
def every_change() -> Augmentation:
    """All that augmentation can do, at once."""
    return Augmentation(
        brightness=(0.8, 1.2),
        contrast=(0.8, 1.2),
        horizontal_flip=True,
        vertical_flip=True,
        rotation=10,
        translation=0.1,
        shear=0.1,
        zoom=0.1,
        noise=2,
    )


@pytest.fixture
def manifest() -> pd.DataFrame:
    """Two thirds for training; the last image was rejected."""
    table = pd.DataFrame(
        {
            "image_id": [f"figshare/{number}.mat" for number in range(32)],
            "label": [CLASSES[number % 2] for number in range(32)],
            "split": ["train"] * 20 + ["val"] * 6 + ["test"] * 5 + [None],
            "row": pd.array([*range(31), None], dtype="Int64"),
        }
    )
    return table.sample(frac=1, random_state=0).reset_index(drop=True)


@pytest.fixture
def make_recipe() -> Callable[..., Recipe]:
    """Make a recipe for the tiny network; keywords replace what it says."""

    def make(**changes: Any) -> Recipe:
        values = {
            "backbone": "sample_cnn",
            "weights": "none",
            "image_size": 32,
            "batch_size": 8,
            "precision": "float32",
            "phases": [phase()],
        }
        return Recipe.model_validate(values | changes)

    return make


@pytest.fixture
def only_phase() -> dict[str, Any]:
    """A phase of one epoch that trains everything."""
    return phase()


def phase(**changes: Any) -> dict[str, Any]:
    """Make a phase of one epoch; keywords replace what it says."""
    values = {
        "name": "only",
        "trainable": "all",
        "learning_rate": 1e-3,
        "epochs": 1,
    }
    return values | changes
