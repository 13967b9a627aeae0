"""Figures of robustness: accuracy against severity, and what each severity looks like."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.plots import COLORS, LINES, MUTED, NOTE, start_figure, tidy
from brain_tumor_kedro.assessment.robustness import ALL, CLEAN
from brain_tumor_kedro.assessment.robustness_findings import name_corruption

#: Panels side by side.
COLUMNS = 4

#: Width of a sheet of examples, and of what is written at its left, in inches.
WIDTH = 6.6
NAMES = 0.95


def plot_corruptions(
    table: pd.DataFrame, classes: Sequence[str], subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw accuracy against severity, a panel for each corruption.

    Args:
        table: As `robustness.score_corruptions` makes it.
        classes: Class labels; each has a thin line, all together a thick one with its interval.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        The panels, with one legend; severity 0 is the clean image.
    """
    names = [name for name in dict.fromkeys(table["corruption"]) if name != CLEAN]
    n = int(table.loc[table["label"] == ALL, "n"].iloc[0])
    rows = -(-(len(names) + 1) // COLUMNS)
    title = f"Accuracy on corrupted test images, n = {n:,} in every point"
    figure = start_figure((2.5 * COLUMNS, 2.2 * rows + 0.7), title, subtitle, data_note)
    grid = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True)
    panels = list(grid.ravel())
    for axes, name in zip(panels, names, strict=False):
        _draw_panel(axes, table, name, classes)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("Accuracy")
    for axes in panels[max(0, len(names) - COLUMNS) : len(names)]:
        axes.set_xlabel("Severity")
        axes.tick_params(labelbottom=True)
    handles, labels = panels[0].get_legend_handles_labels()
    panels[len(names)].legend(handles, labels, loc="center left", frameon=False, fontsize=9)
    return figure


def plot_corruption_examples(
    pictures: Mapping[str, Sequence[npt.NDArray[np.uint8]]], data_note: str = "", channel: str = ""
) -> Figure:
    """Draw one image under every corruption: a row each, from clean to the strongest.

    Args:
        pictures: By corruption: the clean image and one for each severity, uint8, shape (h, w) or
            (h, w, channels), of which the first is shown.
        data_note: What the reader must know about the data, for example "phantom data".
        channel: What the first of several channels is.

    Returns:
        The sheet.
    """
    columns = max(len(row) for row in pictures.values())
    side = (WIDTH - NAMES) / columns
    top, bottom = 0.6, 0.3 if data_note else 0.05
    height = top + side * len(pictures) + bottom
    figure = Figure(figsize=(WIDTH, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    title = "One test image under every corruption" + (f": its {channel}" if channel else "")
    axes.text(0.08, 0.1, title, va="top", fontsize=11)
    if data_note:
        axes.text(WIDTH - 0.08, height - 0.08, data_note, **_NOTE)
    for column in range(columns):
        words = "clean" if column == 0 else f"severity {column}"
        place = NAMES + side * (column + 0.5)
        axes.text(place, top - 0.06, words, ha="center", va="bottom", fontsize=8, color=MUTED)
    for line, (name, row) in enumerate(pictures.items()):
        y = top + side * line
        words = textwrap.fill(name_corruption(name), 12)
        axes.text(0.08, y + side / 2, words, va="center", fontsize=8)
        for column, picture in enumerate(row):
            _place(axes, picture, NAMES + side * column, y, side)
    return figure


_NOTE: dict[str, Any] = {
    "ha": "right", "va": "bottom", "fontsize": 8, "color": NOTE, "weight": "bold",
}  # fmt: skip


def _draw_panel(axes: Axes, table: pd.DataFrame, name: str, classes: Sequence[str]) -> None:
    rows = table[table["corruption"].isin([CLEAN, name])].sort_values("severity")
    for number, label in enumerate(classes):
        one = rows[rows["label"] == label]
        if len(one):
            style = {
                "color": COLORS[number % len(COLORS)],
                "linestyle": LINES[number % len(LINES)],
                "linewidth": 1.2,
            }
            words = f"{label.replace('_', ' ')} (n = {int(one['n'].iloc[0])})"
            axes.plot(one["severity"], one["accuracy"], **style, label=words)
    together = rows[rows["label"] == ALL]
    low, high = (together[side].astype(float) for side in ("low", "high"))
    axes.fill_between(together["severity"], low, high, color="black", alpha=0.12, linewidth=0)
    axes.plot(
        together["severity"],
        together["accuracy"],
        color="black",
        linewidth=2.2,
        marker="o",
        markersize=3,
        label="mean of the classes",
    )
    axes.set_title(name_corruption(name), fontsize=10, loc="left")
    axes.set(ylim=(-0.02, 1.02), xticks=sorted(set(table["severity"])))
    tidy(axes)


def _place(axes: Axes, picture: npt.NDArray[np.uint8], x: float, y: float, side: float) -> None:
    gray = picture if picture.ndim == 2 else picture[..., 0]
    gap = 0.02
    axes.imshow(
        gray,
        cmap="gray",
        vmin=0,
        vmax=255,
        interpolation="antialiased",
        aspect="auto",
        extent=(x + gap, x + side - gap, y + side - gap, y + gap),
    )
