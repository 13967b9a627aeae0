"""The figure of what training makes of its images."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.plots import start_figure

#: Side of an image on the figure, in inches, and the gap between two, as a fraction of it.
SIDE = 1.4
GAP = 0.04
#: Letters of the heading that fit into an inch.
LETTERS = 10


def plot_augmentation(
    originals: npt.NDArray[np.uint8],
    views: npt.NDArray[np.uint8],
    labels: Sequence[str],
    title: str = "Training images and what augmentation makes of them",
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw a row for each image: as it is packed, then as training may show it.

    Args:
        originals: `uint8` `(n, h, w)`, or `(n, h, w, 3)`, whose channels are drawn as colors.
        views: `uint8` `(n, k, h, w)` or `(n, k, h, w, 3)`.
        labels: Of each image.
        title: The title of the figure.
        subtitle: What is said under the title, for example the recipe and its settings.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One panel that holds all images.

    Raises:
        ValueError: Originals, views and labels are not of the same images.
    """
    tiles = _tiles(originals, views, labels)
    rows, columns = tiles.shape[:2]
    size = (SIDE * columns + 0.6, SIDE * rows + 1.0)
    figure = start_figure(size, title, fill(subtitle, int(LETTERS * size[0])), data_note)
    axes = figure.subplots()
    axes.imshow(
        _mosaic(tiles),
        cmap="gray",
        vmin=0,
        vmax=255,
        interpolation="antialiased",
        extent=(0, columns, rows, 0),
        aspect=originals.shape[1] / originals.shape[2],
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9)
    axes.xaxis.tick_top()
    numbers = [f"view {number + 1}" for number in range(columns - 1)]
    axes.set_xticks(np.arange(columns) + 0.5, ["original", *numbers])
    names = [label.replace("_", " ") for label in labels]
    axes.set_yticks(np.arange(rows) + 0.5, names, rotation=90, va="center", parse_math=False)
    return figure


def _tiles(
    originals: npt.NDArray[np.uint8], views: npt.NDArray[np.uint8], labels: Sequence[str]
) -> npt.NDArray[np.uint8]:
    if views.shape[:1] + views.shape[2:] != originals.shape or len(labels) != len(originals):
        raise ValueError(
            f"Expected views and labels of the same images, received {len(labels)} labels, images "
            f"of shape {originals.shape} and views of shape {views.shape}."
        )
    return np.concatenate([originals[:, None], views], axis=1)


def _mosaic(tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay `(rows, columns, h, w)` or `(rows, columns, h, w, 3)` side by side on white."""
    height, width = tiles.shape[2:4]
    gaps = [(0, 0)] * 2 + [(round(GAP * side / 2),) * 2 for side in (height, width)]
    framed = np.pad(tiles, gaps + [(0, 0)] * (tiles.ndim - 4), constant_values=255)
    rows, columns, height, width, *channels = framed.shape
    return framed.swapaxes(1, 2).reshape(rows * height, columns * width, *channels)
