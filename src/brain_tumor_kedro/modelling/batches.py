"""Batches of a memory-mapped array, and which of its rows train and which validate."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd


@dataclass(frozen=True)
class LabelledRows:
    """Rows of the packed images with what they show.

    Attributes:
        rows: Row numbers, `int64` `(n,)`.
        labels: Index of the class, `int64` `(n,)`.
    """

    rows: np.ndarray
    labels: np.ndarray


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of some rows of an array, of which no more than a batch is ever in memory.

    Example:
        >>> batches = Batches(np.zeros((5, 8, 8), np.uint8), np.array([4, 2, 0]), batch_size=2)
        >>> len(batches), batches[0][0].shape
        (2, (2, 8, 8))
    """

    def __init__(
        self,
        array: np.ndarray,
        rows: np.ndarray,
        *,
        targets: np.ndarray | None = None,
        sample_weights: np.ndarray | None = None,
        batch_size: int = 32,
        seed: int | None = None,
    ) -> None:
        """Say what to read; nothing is read yet.

        Args:
            array: Images or features, rows first; may be a memory map.
            rows: Row numbers `(n,)` in that array.
            targets: One-hot `(n, classes)`, in the order of `rows`.
            sample_weights: `(n,)`, in the order of `rows`.
            batch_size: Rows per batch; the last may be smaller.
            seed: Shuffles anew each epoch; None keeps the order of `rows`.
        """
        super().__init__()
        self._array = array
        self._rows = rows
        self._targets = targets
        self._sample_weights = sample_weights
        self._batch_size = batch_size
        self._seed = seed
        self._order = np.arange(len(rows))
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle as the seed says for this epoch; Keras's own hooks may come twice an epoch.

        Args:
            epoch: From 0.
        """
        if self._seed is not None:
            self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._rows))

    @property
    def order(self) -> np.ndarray:
        """The places in `rows` of what the batches hold, one after the other, `(n,)`."""
        return self._order

    def __len__(self) -> int:
        """Count the batches."""
        return -(-len(self._rows) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        """Read a batch.

        Args:
            index: From 0.

        Returns:
            The rows of the array, then the targets and the sample weights where there are any.
        """
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        batch = [np.asarray(self._array[self._rows[chosen]])]
        for values in (self._targets, self._sample_weights):
            if values is not None:
                batch.append(values[chosen])
        return tuple(batch)


def select_rows(
    images: np.ndarray, manifest: pd.DataFrame, classes: Sequence[str], split: str
) -> LabelledRows:
    """Find a split's rows in the packed images.

    Args:
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`.
        manifest: Columns `row`, `label`, `split`; images without a split are left out.
        classes: Class labels in the order of the classifier's outputs.
        split: `train`, `val` or `test`.

    Returns:
        The rows in the manifest's order; none where the split is empty.

    Raises:
        ValueError: Where images are no packed images, a row is missing or out of range, or a
            label is no class.
    """
    _check_images(images)
    chosen = manifest.loc[(manifest["split"] == split).fillna(False), ["row", "label"]]
    if chosen["row"].isna().any():
        raise ValueError(f"The manifest has {split} images without a row in the packed images.")
    unknown = sorted(set(chosen["label"].dropna()) - set(classes))
    if unknown or chosen["label"].isna().any():
        raise ValueError(
            f"Expected {split} labels among {', '.join(classes)}, received "
            f"{', '.join(unknown) or 'rows without a label'}."
        )
    rows = chosen["row"].to_numpy(dtype=np.int64)
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(images)):
        raise ValueError(
            f"The manifest points to rows {rows.min()} to {rows.max()}, but {len(images)} images "
            "are packed. Manifest and images are of different runs: curate again."
        )
    index = {label: number for number, label in enumerate(classes)}
    return LabelledRows(rows, chosen["label"].map(index).to_numpy(dtype=np.int64))


def balanced_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Weigh each class by the inverse of its frequency.

    King and Zeng, Logistic Regression in Rare Events Data, Political Analysis 2001.

    Args:
        labels: Index of the class, `(n,)`, each class at least once.
        classes: How many there are.

    Returns:
        `float32` `(n,)` with mean 1.
    """
    counts = np.bincount(labels, minlength=classes)
    weights: np.ndarray = (len(labels) / (classes * counts))[labels].astype(np.float32)
    return weights


def _check_images(images: np.ndarray) -> None:
    gray = images.ndim == 3
    if images.dtype != np.uint8 or not (gray or (images.ndim == 4 and images.shape[-1] == 3)):
        raise ValueError(
            "Expected packed images, uint8 of shape (n, h, w) or (n, h, w, 3), received "
            f"{images.dtype} of shape {images.shape}."
        )
