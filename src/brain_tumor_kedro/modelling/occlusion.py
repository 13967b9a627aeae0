"""Occlusion sensitivity: how much less sure a classifier is where a patch of the image is hidden.

Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014,
https://arxiv.org/abs/1311.2901. It needs no gradient, and nothing of what is in the classifier.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from scipy.ndimage import uniform_filter
from tqdm import tqdm

from brain_tumor_kedro.modelling.gradcam import require_square
from brain_tumor_kedro.modelling.parts import fold_parts

#: Side of the neighborhood whose mean is put in a pixel's place, in patches.
NEIGHBORHOOD = 2

#: Gray values by which no pixel of a patch may differ for it to count as hidden already.
UNCHANGED = 1


@dataclass(frozen=True)
class Patches:
    """Where the patches lie.

    Attributes:
        side: Of a patch, in pixels.
        starts: First row, or column, of each patch; the last patch ends with the image.
    """

    side: int
    starts: np.ndarray

    def __iter__(self) -> Iterator[tuple[slice, slice]]:
        """Go through the patches, as slices of rows and columns."""
        spans = [slice(start, start + self.side) for start in self.starts.tolist()]
        return ((rows, columns) for rows in spans for columns in spans)


def lay_patches(size: int, patch: float, stride: float) -> Patches:
    """Lay patches over an image, evenly and from edge to edge.

    Args:
        size: Side of the image, in pixels.
        patch: Side of a patch, as a share of the image's.
        stride: Distance of two patches at most, as a share of the image's side.

    Returns:
        The patches, which leave no pixel out.

    Raises:
        ValueError: Where pixels would lie between two patches, or a share is not in (0, 1].
    """
    if not 0 < stride <= patch <= 1:
        raise ValueError(
            "Expected a stride above 0 and at most a patch, and a patch of at most 1, as shares of "
            f"the image's side; received a stride of {stride} and a patch of {patch}."
        )
    side = max(1, round(patch * size))
    count = 1 + int(np.ceil((size - side) / max(1, round(stride * size)) - 1e-9))
    return Patches(side, np.rint(np.linspace(0, size - side, count)).astype(np.int64))


def compute_occlusion(
    model: keras.Model,
    images: np.ndarray,
    rows: np.ndarray,
    targets: np.ndarray,
    *,
    patch: float = 0.2,
    stride: float = 0.16,
    batch_size: int = 64,
) -> np.ndarray:
    """Hide one patch after the other, and see how far the probability of a class falls.

    In a patch, each pixel is replaced by the mean of its neighborhood, two patches wide. Gray, as
    in the paper, or black would be a hole with sharp edges, and a dark hole in a brain means
    something (fluid, a necrotic core); the patch's own mean would leave an evenly bright tumor as
    it is. What is black all around stays black, and is not predicted again: nothing changes.

    Args:
        model: A classifier, fresh or loaded.
        images: `uint8` `(n, side, side)` or `(n, side, side, 3)`; may be a memory map.
        rows: Row numbers `(m,)`, at least one.
        targets: Index of the class whose probability is looked at, `(m,)`.
        patch: Side of a patch, as a share of the image's side.
        stride: Distance of two patches at most, as a share of the image's side.
        batch_size: Images per step; no more are ever in memory.

    Returns:
        `float32` `(m, side, side)`, in the order of `rows`: how far the probability falls, -1 to 1,
        in the middle of each patch as it was found, and interpolated between; above 0 where what
        is there speaks for the class.

    Raises:
        ValueError: Where the images are not square, or the patches leave pixels out.
    """
    require_square(images)
    patches = lay_patches(images.shape[1], patch, stride)
    fast = fold_parts(model)
    seen = predict_stream(fast, (images[row] for row in rows), len(rows), batch_size)
    before = seen[np.arange(len(rows)), targets]
    count = len(patches.starts) ** 2
    falls = np.zeros((len(rows), count), np.float32)
    places = list[tuple[int, int]]()
    hidden = _hide(images, rows, patches, places)
    after = predict_stream(fast, hidden, len(rows) * count, batch_size, "Hiding patches")
    number, place = np.array(places, np.int64).reshape(-1, 2).T
    falls[number, place] = before[number] - after[np.arange(len(after)), targets[number]]
    return _spread(falls, patches, images.shape[1])


def blur(image: np.ndarray, width: int) -> np.ndarray:
    """Take the mean of each pixel's neighborhood, black beyond the edge.

    Args:
        image: `uint8` `(h, w)` or `(h, w, 3)`.
        width: Side of the neighborhood, in pixels.

    Returns:
        `uint8`, of the same shape.
    """
    size = (width, width, 1)[: image.ndim]
    means = uniform_filter(image.astype(np.float32), size, mode="constant")
    blurred: np.ndarray = np.rint(means).astype(np.uint8)
    return blurred


def _hide(
    images: np.ndarray, rows: np.ndarray, patches: Patches, places: list[tuple[int, int]]
) -> Iterator[np.ndarray]:
    """Make the images with a patch hidden, one by one, and note which image and patch it is."""
    for number, row in enumerate(rows):
        image = np.asarray(images[row])
        around = blur(image, NEIGHBORHOOD * patches.side)
        for place, span in enumerate(patches):
            changed = np.abs(image[span].astype(np.int16) - around[span])
            if changed.max() > UNCHANGED:
                hidden = image.copy()
                hidden[span] = around[span]
                places.append((number, place))
                yield hidden


def predict_stream(
    model: keras.Model,
    images: Iterator[np.ndarray],
    number: int,
    batch_size: int,
    description: str = "",
) -> np.ndarray:
    """Predict images as they come, a batch at a time; a last batch is filled up.

    Args:
        model: A classifier.
        images: One by one, `uint8` `(side, side)` or `(side, side, 3)`.
        number: How many there are at most, for the progress bar.
        batch_size: Images per step.
        description: Of the progress bar; none where empty.

    Returns:
        Probabilities `float32` `(m, classes)`.
    """
    found = [np.zeros((0, model.output_shape[-1]), np.float32)]
    progress = tqdm(
        total=number, desc=description, unit="image", leave=False,
        disable=None if description else True,
    )  # fmt: skip
    with progress:
        for batch in _batches(images, batch_size):
            filled = np.resize(batch, (batch_size, *batch.shape[1:]))
            found.append(np.asarray(model.predict_on_batch(filled))[: len(batch)])
            progress.update(len(batch))
    return np.concatenate(found)


def _batches(images: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    batch = list[np.ndarray]()
    for image in images:
        batch.append(image)
        if len(batch) == size:
            yield np.stack(batch)
            batch.clear()
    if batch:
        yield np.stack(batch)


def _spread(falls: np.ndarray, patches: Patches, size: int) -> np.ndarray:
    """Put each fall in the middle of its patch, and interpolate between; beyond, the nearest."""
    middles = patches.starts + (patches.side - 1) / 2
    count = len(middles)
    weights = np.stack([np.interp(np.arange(size), middles, row) for row in np.eye(count)], axis=1)
    grids = falls.reshape(-1, count, count)
    maps: np.ndarray = (weights @ grids @ weights.T).astype(np.float32)
    return maps
