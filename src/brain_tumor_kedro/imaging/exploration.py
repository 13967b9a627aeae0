"""Figures of what the sources hold and what curation made of it."""

from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter, StrMethodFormatter

from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.tasks import EXTERNAL, SPLITS

MUTED = "#5b6470"
NOTE = "#a4420d"
CLASS_COLORS = sns.color_palette("colorblind").as_hex()
REASON_COLORS = sns.color_palette("Set2").as_hex()
LEGEND_ABOVE: dict[str, Any] = {
    "loc": "lower left",
    "bbox_to_anchor": (0, 1),
    "ncols": 4,
    "frameon": False,
    "fontsize": 8,
}


def plot_splits(
    manifest: pd.DataFrame,
    classes: Sequence[str],
    title: str = "Kept images per class and split",
    counted: str = "Images",
    data_note: str = "",
) -> Figure:
    """Draw how many kept images of each class every split has.

    Args:
        manifest: Columns `status`, `label`, `split`.
        classes: Class labels in the order in which they are drawn.
        title: The title of the figure.
        counted: What an image is called.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One group of bars per class, one bar per split, with its count; one more for the images of
        held-out sources, where there are any.
    """
    figure = start_figure((8, 4.6), title, data_note)
    axes = figure.subplots()
    rows = kept(manifest).dropna(subset=["split"])
    if rows.empty:
        return say(figure, axes, "no kept image has a split")
    table = pd.crosstab(rows["split"].astype(object), rows["label"].astype(object))
    splits = [*SPLITS, *([EXTERNAL] if EXTERNAL in table.index else [])]
    table = table.reindex(index=splits, columns=list(classes), fill_value=0)
    long = table.melt(var_name="label", value_name="n", ignore_index=False).reset_index()
    style = {"palette": CLASS_COLORS[: len(splits)], "saturation": 1, "errorbar": None}
    sns.barplot(long, x="label", y="n", hue="split", hue_order=splits, ax=axes, **style)
    for bars in axes.containers:
        axes.bar_label(cast("BarContainer", bars), fmt="{:,.0f}", fontsize=8, padding=1)
    shares = [f"{name}, {n:,} ({n / len(rows):.1%})" for name, n in table.sum(axis=1).items()]
    axes.legend(axes.get_legend_handles_labels()[0], shares, **LEGEND_ABOVE)
    axes.set_xticks(range(len(classes)), [plain(label.replace("_", " ")) for label in classes])
    axes.set(xlabel="", ylabel=counted)
    tidy(axes, "y")
    return figure


def plot_sources(
    manifest: pd.DataFrame,
    classes: Sequence[str],
    title: str = "What the sources hold, and what was rejected",
    data_note: str = "",
) -> Figure:
    """Draw for each source the kept images by class, and the rejected share by reason.

    Args:
        manifest: Columns `source`, `status`, `reason`, `label`.
        classes: Class labels in the order in which they are drawn.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Two panels of stacked bars, one bar per source.
    """
    found = manifest["source"].astype(str).value_counts().sort_index()
    figure = start_figure((12, 2.6 + 0.45 * len(found)), title, data_note)
    if found.empty:
        return say(figure, figure.subplots(), "no images were found")
    left, right = figure.subplots(1, 2, sharey=True)
    table = _count(kept(manifest), "label", found.index)
    table = table.reindex(columns=list(classes), fill_value=0)
    _draw_stack(left, table, [f"{n:,}" for n in table.sum(axis=1)], CLASS_COLORS)
    left.set_xlabel("Kept images")
    rejected = _count(manifest[manifest["status"] == "rejected"], "reason", found.index)
    numbers = zip(rejected.sum(axis=1).astype(int), found, strict=True)
    ends = [f"{n:,} of {total:,}" for n, total in numbers]
    _draw_stack(right, rejected.div(found, axis=0), ends, REASON_COLORS)
    right.set_xlabel("Rejected share of the images found")
    right.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.invert_yaxis()
    return figure


def plot_sizes(
    manifest: pd.DataFrame,
    title: str = "Original image sizes",
    data_note: str = "",
) -> Figure:
    """Draw how wide and high the images of each source are before packing.

    Args:
        manifest: Columns `source`, `width`, `height`, in pixels, null where unreadable.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One panel per source; the area of a point is the share of that size in its source.
    """
    sized = manifest.dropna(subset=["width", "height"])
    sized = sized.astype({"source": str, "width": float, "height": float})
    sources = sorted(sized["source"].unique())
    columns = max(1, min(4, len(sources)))
    rows = max(1, -(-len(sources) // columns))
    figure = start_figure((max(5, 3.2 * columns + 0.6), 3.7 * rows + 0.6), title, data_note)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    if not sources:
        return say(figure, grid[0], "no image could be read")
    sides = sized[["width", "height"]].to_numpy()
    limits = (0.45 * sides.min(), 2.2 * sides.max())
    for axes, source in zip(grid, sources, strict=False):
        _draw_sizes(axes, sized[sized["source"] == source], source, limits)
    for axes in grid[len(sources) :]:
        axes.set_axis_off()
    return figure


def start_figure(size: tuple[float, float], title: str, data_note: str) -> Figure:
    """Open an empty figure with a title above and a note on the data below.

    Args:
        size: Width and height in inches.
        title: The title, left-aligned.
        data_note: The note, right-aligned; none where empty.

    Returns:
        A figure without axes.
    """
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    figure.suptitle(plain(title), x=0.01, ha="left", fontsize=12)
    if data_note:
        style = {"x": 0.99, "ha": "right", "fontsize": 9, "color": NOTE, "weight": "bold"}
        figure.supxlabel(plain(data_note), **style)
    return figure


def say(figure: Figure, axes: Axes, words: str) -> Figure:
    """Put words where there is nothing to draw, and return the figure."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", color=MUTED, transform=axes.transAxes)
    return figure


def plain(text: str) -> str:
    """Keep a file's name from being read as mathematics, and to letters that the font has."""
    known = "".join(c if c.isprintable() and ord(c) < 0x250 else "?" for c in text)
    return known.replace("$", r"\$")


def shorten(name: str, letters: int) -> str:
    """Cut a long name to its end, which tells files apart."""
    return name if len(name) <= letters else f"...{name[3 - letters :]}"


def _count(rows: pd.DataFrame, column: str, sources: pd.Index) -> pd.DataFrame:
    """Count rows by source, in the order given, and by the values of a column."""
    values = rows[column].astype(object).where(rows[column].notna(), "unknown")
    return pd.crosstab(rows["source"].astype(str), values).reindex(sources, fill_value=0)


def _draw_stack(
    axes: Axes, table: pd.DataFrame, ends: Sequence[str], colors: Sequence[str]
) -> None:
    positions = np.arange(len(table))
    start = np.zeros(len(table))
    for index, column in enumerate(table.columns):
        name = plain(str(column).replace("_", " "))
        width = table[column].to_numpy(dtype=float)
        axes.barh(positions, width, left=start, color=colors[index % len(colors)], label=name)
        start += width
    for position, (end, words) in enumerate(zip(start, ends, strict=True)):
        axes.text(end, position, f" {words}", va="center", fontsize=8)
    axes.set_yticks(positions, [plain(str(source)) for source in table.index])
    axes.set_xlim(0, 1.25 * start.max() or 1)
    if len(table.columns):
        axes.legend(**LEGEND_ABOVE)
    tidy(axes, "x")


def _draw_sizes(axes: Axes, sized: pd.DataFrame, source: str, limits: tuple[float, float]) -> None:
    counts = sized.groupby(["width", "height"]).size().reset_index(name="n").sort_values("n")
    areas = 15 + 500 * counts["n"] / len(sized)
    sns.scatterplot(counts, x="width", y="height", ax=axes, alpha=0.55, s=areas)
    axes.plot(limits, limits, color=MUTED, linewidth=0.8, linestyle=":")
    top = counts.iloc[-1]
    words = [
        plain(source),
        f"{len(sized):,} images, different sizes: {len(counts):,}",
        f"most often {top['width']:.0f} x {top['height']:.0f} ({top['n'] / len(sized):.0%})",
    ]
    axes.set_title("\n".join(words), fontsize=9, loc="left")
    axes.set(xscale="log", yscale="log", xlim=limits, ylim=limits)
    axes.set(xlabel="Width, pixels", ylabel="Height, pixels")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([2**power for power in range(14)]))
        axis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        axis.set_minor_locator(NullLocator())
    axes.tick_params(labelsize=8)
    tidy(axes, "both")


def tidy(axes: Axes, grid: Literal["x", "y", "both"]) -> None:
    """Leave a light grid and the two lines that carry scales."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="#e3e6ea", linewidth=0.7)
    axes.set_axisbelow(True)
