"""A picture of the images themselves: samples of every class, as they are packed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.exploration import MUTED, plain, shorten, start_figure
from brain_tumor_kedro.imaging.manifest import kept

#: Longest caption of an image; of a longer one the end is shown, which tells files apart.
CAPTION = 28


def plot_samples(
    images: npt.NDArray[np.uint8],
    manifest: pd.DataFrame,
    classes: Sequence[str],
    per_class: int = 6,
    seed: int = 0,
    title: str = "Sample images per class",
    data_note: str = "",
) -> Figure:
    """Draw a contact sheet with a few kept images of every class.

    The choice depends on the seed and the images alone, not on the order of the manifest, and
    takes images of different groups before a second one of the same group.

    Args:
        images: Packed images, uint8, shape (n, h, w), or (n, h, w, 3), whose channels are shown as
            red, green and blue; only those shown are read.
        manifest: Columns `image_id`, `status`, `label`, `group_id`, `row`.
        classes: Class labels, one row of the sheet each, in this order.
        per_class: Images per class, fewer where there are fewer.
        seed: Another seed, another choice.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        The contact sheet, with the end of each `image_id` as caption.
    """
    figure = start_figure((1.75 * per_class + 0.4, 1.95 * len(classes) + 0.7), title, data_note)
    grid = figure.subplots(len(classes), per_class, squeeze=False)
    packed = kept(manifest).dropna(subset=["row"])
    for line, label in zip(grid, classes, strict=True):
        chosen = _choose(packed[packed["label"] == label], per_class, seed)
        for axes in line:
            _bare(axes)
        line[0].set_ylabel(plain(label.replace("_", " ")), fontsize=10)
        if chosen.empty:
            line[0].text(0.5, 0.5, "no images", ha="center", va="center", color=MUTED)
        for axes, image_id, row in zip(line, chosen["image_id"], chosen["row"], strict=False):
            _draw_image(axes, images[int(row)], str(image_id))
    return figure


def _choose(rows: pd.DataFrame, number: int, seed: int) -> pd.DataFrame:
    order = np.random.default_rng(seed).permutation(len(rows))
    shuffled = rows.sort_values("image_id").iloc[order]
    turn = shuffled.groupby("group_id", dropna=False).cumcount()
    return shuffled.iloc[np.argsort(turn.to_numpy(), kind="stable")[:number]]


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _draw_image(axes: Axes, pixels: npt.NDArray[np.uint8], image_id: str) -> None:
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
    axes.set_xlabel(plain(shorten(image_id, CAPTION)), fontsize=7, color=MUTED, labelpad=2)
