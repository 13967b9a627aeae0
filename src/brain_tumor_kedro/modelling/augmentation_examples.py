"""Examples of augmentation: training images, and what training makes of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.augmentation import draw_views
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.batches import select_rows
from brain_tumor_kedro.modelling.recipes import Recipe


class Examples(NamedTuple):
    """Images with their views.

    Attributes:
        labels: Of each image.
        originals: `uint8` `(n, h, w)` or `(n, h, w, 3)`.
        views: `uint8` `(n, k, h, w)` or `(n, k, h, w, 3)`.
        changes: What changes, in words.
    """

    labels: list[str]
    originals: np.ndarray
    views: np.ndarray
    changes: str


def draw_examples(
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    recipe: Recipe,
    seed: int,
    views: int = 6,
) -> Examples:
    """Draw views of one training image of each class, through the layers of the recipe.

    Args:
        images: Packed images, `uint8` `(n, h, w)` or `(n, h, w, 3)`; only those shown are read.
        manifest: Columns `row`, `label`, `split`.
        classes: Class labels, in the order of the examples; one without images is left out.
        recipe: Where none of its phases augments, every view is the image.
        seed: Of the choice and of the changes.
        views: Of each image.

    Returns:
        The examples.

    Raises:
        ValueError: Where images or manifest are not as described.
    """
    found = select_rows(images, manifest, classes, "train")
    generator = np.random.default_rng(seed)
    rows = {
        label: generator.choice(found.rows[found.labels == index])
        for index, label in enumerate(classes)
        if (found.labels == index).any()
    }
    originals = np.stack([images[row] for row in rows.values()])
    phases = [phase.name for phase in recipe.phases if phase.augment]
    augmentation = recipe.augmentation if phases else Augmentation()
    changes = f"{augmentation.describe()} (phase {', '.join(phases)})"
    return Examples(
        labels=list(rows),
        originals=originals,
        views=draw_views(originals, augmentation, views, seed),
        changes=changes if augmentation.active else "training changes no image",
    )
