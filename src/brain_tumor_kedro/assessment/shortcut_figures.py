"""Figures of shortcuts: what can be told without the head, and what the head is taken to be."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.masking import MASKINGS, NO_BACKGROUND, NO_HEAD, WHOLE
from brain_tumor_kedro.assessment.plots import COLORS, MUTED, start_figure, tidy
from brain_tumor_kedro.assessment.shortcut_report import EVERY
from brain_tumor_kedro.assessment.shortcuts import LABEL, LABEL_ALONE, SOURCE

#: What the rows are called.
TOLD = {LABEL: "class", SOURCE: "source"}
SHOWN = {
    WHOLE: "the classifier, whole image",
    NO_HEAD: "the classifier, head removed",
    NO_BACKGROUND: "the classifier, background removed",
}

#: Most backgrounds are next to black; what is left of them would not be seen.
BRIGHTER = 4

Row = tuple[str, float, float | None, float | None, float, str]


def plot_shortcuts(numbers: Mapping[str, Any], subtitle: str = "", data_note: str = "") -> Figure:
    """Draw what is told from which part of the image, with its interval, beside guessing.

    Args:
        numbers: With `probes` and `masking`.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One row for each probe over all images, and for each way to mask the image.
    """
    rows = [*_masking_rows(numbers["masking"]), *_probe_rows(numbers["probes"])]
    title = "What can be told from which part of the image"
    figure = start_figure((8.5, 0.36 * len(rows) + 1.7), title, subtitle, data_note)
    axes = figure.subplots()
    for place, (_, value, low, high, chance, color) in enumerate(rows):
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color=color, linewidth=2.4)
        axes.plot(value, place, "o", color=color, markersize=7)
        axes.plot(chance, place, "|", color="black", markersize=15, markeredgewidth=1.6)
        axes.annotate(f"{value:.0%}", (1.02, place), va="center", fontsize=9, annotation_clip=False)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set(
        xlim=(0, 1.1), ylim=(len(rows) - 0.4, -0.6), xlabel="Mean recall, with its 95% interval"
    )
    axes.plot([], [], "|", color="black", markersize=12, label="guessing")
    figure.legend(loc="outside lower left", frameon=False, fontsize=9)
    tidy(axes)
    return figure


def plot_masking(
    pictures: Mapping[str, Sequence[Mapping[str, npt.NDArray[np.uint8]]]], data_note: str = ""
) -> Figure:
    """Draw images of every source as they are, without the head, and without the rest.

    Args:
        pictures: By source: images, each by masking: uint8, shape (h, w).
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A row for each source; the maskings of an image stand side by side.
    """
    across = max(len(images) for images in pictures.values())
    size = (1.3 * across * len(MASKINGS) + 0.2, 1.55 * len(pictures) + 0.9)
    title = "Test images: whole; head removed, shown brighter; background removed"
    figure = start_figure(size, title, "", data_note)
    grid = figure.subplots(len(pictures), across * len(MASKINGS), squeeze=False)
    for line, (source, images) in zip(grid, pictures.items(), strict=True):
        for axes in line:
            axes.set_axis_off()
        line[0].set_title(source, fontsize=9, loc="left", color=MUTED, parse_math=False)
        for number, image in enumerate(images):
            for place, masking in enumerate(MASKINGS):
                gain = BRIGHTER if masking == NO_HEAD else 1
                bright = np.clip(image[masking].astype(int) * gain, 0, 255).astype(np.uint8)
                _show(line[number * len(MASKINGS) + place], bright)
    return figure


def _masking_rows(masking: Mapping[str, Any]) -> list[Row]:
    rows = []
    for name, scores in masking["scores"].items():
        score = scores["balanced"]
        bounds = score["value"], score["low"], score["high"]
        rows.append((f"class, by {SHOWN[name]}", *bounds, masking["chance"], COLORS[0]))
    return rows


def _probe_rows(probes: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows = []
    for target, color in ((LABEL, COLORS[1]), (SOURCE, COLORS[2])):
        for found in probes:
            if (found["target"], found["within"]) != (target, None) or found["accuracy"] is None:
                continue
            words = "the class alone" if found["basis"] == LABEL_ALONE else f"the {found['basis']}"
            bounds = found["accuracy"], found["low"], found["high"]
            which = f" ({found['images']})" if found["images"] != EVERY else ""
            rows.append((f"{TOLD[target]}, from {words}{which}", *bounds, found["chance"], color))
    return rows


def _show(axes: Axes, picture: npt.NDArray[np.uint8]) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
