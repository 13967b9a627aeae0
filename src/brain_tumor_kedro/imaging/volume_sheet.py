"""A picture of slices with several channels: each alone, and all together in color."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.exploration import CLASS_COLORS, MUTED, say
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.sheets import (
    BOTTOM,
    MARGIN,
    TOP,
    WIDTH,
    place_image,
    start_sheet,
    write,
    write_name,
)

#: Side of a picture and the room between two, in inches.
SIDE, GAP = 1.72, 0.12
#: Room for the name above a row of pictures, in inches.
NAME = 0.22
OUTLINE = "#ffd23f"


def choose_shown(
    manifest: pd.DataFrame,
    cohort: pd.DataFrame,
    classes: Sequence[str],
    per_class: int = 2,
    seed: int = 0,
) -> list[str]:
    """Choose the middle slice of a few patients of every class.

    Args:
        manifest: The finished manifest of volumes.
        cohort: As `tabulate_cohort` makes it.
        classes: Class labels in their order.
        per_class: Patients of each.
        seed: Another seed, another choice.

    Returns:
        Ids of slices, class by class.
    """
    rows = kept(manifest).sort_values("image_id")
    shown = []
    for label in classes:
        own = cohort[(cohort["status"] == "kept") & (cohort["label"] == label)]
        order = np.random.default_rng(seed).permutation(len(own))[:per_class]
        for case in own["image_id"].iloc[np.sort(order)]:
            slices = rows.loc[rows["image_id"].str.startswith(f"{case}#"), "image_id"]
            shown.append(str(slices.iloc[len(slices) // 2]))
    return shown


def plot_volume_samples(
    images: np.ndarray,
    manifest: pd.DataFrame,
    shown: Sequence[str],
    masks: Mapping[str, np.ndarray],
    classes: Sequence[str],
    channels: Sequence[str],
    title: str = "Slices as they are packed, channel by channel",
    data_note: str = "",
) -> Figure:
    """Draw a row of pictures for each slice.

    Args:
        images: Packed slices, `(n, size, size, 3)` uint8; only those shown are read.
        manifest: With `label` and `row`.
        shown: The slices' ids, a row each.
        masks: Where known, a slice's tumor, `(size, size)` bool.
        classes: Class labels in the order of their colors.
        channels: What the channels are.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        The channels in gray, all of them as red, green and blue, and that with the tumor's outline.
    """
    heads = [*(name.upper() for name in channels), "In color", "Outline of the tumor"]
    height = TOP + 0.2 + len(shown) * (NAME + SIDE + GAP) + BOTTOM
    figure, axes = start_sheet(max(height, 2.0), title, data_note)
    if not shown:
        return say(figure, axes, "no slice was kept")
    rows = manifest.set_index("image_id").loc[list(shown)]
    for place, head in enumerate(heads):
        write(axes, MARGIN + place * (SIDE + GAP), TOP - 0.05, head, size=9, color=MUTED)
    for line, (image_id, row) in enumerate(rows.iterrows()):
        top = TOP + 0.2 + line * (NAME + SIDE + GAP)
        color = CLASS_COLORS[list(classes).index(row["label"]) % len(CLASS_COLORS)]
        write(axes, MARGIN, top, str(row["label"]), size=10, weight="bold", color=color)
        write_name(axes, MARGIN + 0.8, top + 0.02, str(image_id), WIDTH - 1.2, lines=1)
        image = np.asarray(images[int(row["row"])])
        pictures = [*np.moveaxis(image, -1, 0), image, image]
        for place, pixels in enumerate(pictures):
            x, y = MARGIN + place * (SIDE + GAP), top + NAME
            place_image(axes, pixels, x, y, SIDE)
        if (mask := masks.get(str(image_id))) is not None:
            side = (np.arange(len(mask)) + 0.5) * SIDE / len(mask)
            outline = mask.astype(float)
            axes.contour(x + side, y + side, outline, [0.5], colors=OUTLINE, linewidths=1.0)
    return figure
