"""Cached views: features of a few random variants of each training image, computed once."""

import shutil
import tempfile
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.features import below_head, in_mode, predict_features

#: Views that take more bytes go into a temporary file. The head is small and reads fast from one;
#: a laptop of 16 GB still has room for images, backbone and its activations beside this.
LARGEST_IN_MEMORY = 4 * 2**30


class ViewBatches(Batches):
    """Batches of features of which each epoch reads another view.

    Epoch `e` of a phase reads view `e % k`. So every image is shown in each of its views equally
    often, and the first `k` epochs are those of training without a cache, image for image.
    """

    def __init__(self, views: np.ndarray, rows: np.ndarray, *, first: int, **options: Any) -> None:
        """Say what to read; nothing is read yet.

        Args:
            views: `(k, n, features)`; may be a memory map.
            rows: Row numbers `(m,)` of `n`.
            first: The phase's first epoch, from 0 and across phases.
            options: As for `Batches`.
        """
        self._views = views
        self._first = first
        super().__init__(views[0], rows, **options)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle as the seed says for this epoch, and turn to its view.

        Args:
            epoch: From 0, across phases.
        """
        super().start_epoch(epoch)
        self._array = self._views[(epoch - self._first) % len(self._views)]


def compute_views(
    classifier: keras.Model,
    augmentation: Augmentation,
    batches: Batches,
    *,
    image_shape: Sequence[int],
    views: int,
    first: int,
    seed: int,
) -> np.ndarray:
    """Run random variants of images through everything below the head.

    View `v` is what the phase's epoch `v` would draw without a cache: the same random changes of
    the same batches in the same order.

    Args:
        classifier: What `build_classifier` returned.
        augmentation: What changes.
        batches: What training would read, one array per batch.
        image_shape: `(h, w)` or `(h, w, 3)`.
        views: Variants of each image.
        first: The phase's first epoch, from 0 and across phases.
        seed: Of the random changes.

    Returns:
        Pooled features `float32` `(views, m, features)`, in the order of the rows that the batches
        were made with; a memory map of a temporary file where they are large.

    Raises:
        ValueError: Where they fit neither in memory nor into the temporary folder.
    """
    trunk = in_mode(below_head(classifier), training=False)
    changed = with_augmentation(trunk, augmentation, image_shape, seed)
    model = in_mode(changed, training=True)
    result = allocate((views, len(batches.order), trunk.output_shape[-1]))
    for view in range(views):
        batches.start_epoch(first + view)
        description = f"Computing features of view {view + 1} of {views}"
        result[view, batches.order] = predict_features(model, batches, description)
    return result


def allocate(shape: tuple[int, ...]) -> np.ndarray:
    """Make room for features, in memory or else in a temporary file.

    The file has no name, so that nothing is left of it however the program ends.

    Args:
        shape: What it shall hold, `float32`.

    Returns:
        An array of arbitrary values.

    Raises:
        ValueError: Where it fits nowhere.
    """
    needed = int(np.prod(shape, dtype=np.int64)) * 4
    if needed <= LARGEST_IN_MEMORY:
        return np.empty(shape, np.float32)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if needed > free:  # writing past the end of a full disk would kill the program
        raise ValueError(
            f"Cached views of {shape[1]:,} images need {needed / 2**30:,.1f} GiB, but {folder} has "
            f"{free / 2**30:,.1f} GiB free. Use fewer `views`, none, or another TMPDIR."
        )
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float32, mode="w+", shape=shape)
