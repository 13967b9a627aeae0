"""The figure that shows at a glance whether a classifier looks at the tumor."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.explanation_summary import METHODS, REFERENCES
from brain_tumor_kedro.assessment.plots import COLORS, MUTED, say, start_figure, tidy

#: Color and marker of each method; the guesses are hollow.
STYLES = {
    "gradcam": (COLORS[0], "o", True),
    "occlusion": (COLORS[1], "s", True),
    "center": ("#343a40", "D", False),
    "random": ("#8a929b", "o", False),
}

#: The scores that are drawn, and the titles of their panels.
PANELS = {
    "hit": "Strongest point lies on the tumor\n(share of images)",
    "energy": "How much of the map lies on the tumor\n(share of its sum)",
}

TITLE = "Where it looks"


def plot_where_it_looks(
    scores: Sequence[Mapping[str, Any]], subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw, for each class, how well each method finds the tumor, beside two guesses.

    Args:
        scores: As of `summarize_scores`.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Two panels with 95% intervals; a sentence where nothing was scored.
    """
    rows = [row for row in scores if row["kind"] in ("all", "class")]
    if not rows:
        return say(TITLE, "no test image with an outlined tumor", data_note)
    parts = list(dict.fromkeys(row["part"] for row in rows))
    n = {row["part"]: row["n"] for row in rows}
    title = f"{TITLE}: test images with an outlined tumor, n = {n['all']:,}"
    figure = start_figure((9.4, 1.7 + 0.95 * len(parts)), title, subtitle, data_note)
    grid = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (score, words) in zip(grid, PANELS.items(), strict=True):
        _draw_panel(axes, rows, parts, score)
        axes.set_title(words, fontsize=11, loc="left")
    names = [f"{part.replace('_', ' ')}\nn = {n[part]:,}" for part in parts]
    grid[0].set_yticks(range(len(parts)), names, fontsize=11, parse_math=False)
    grid[0].set_ylim(len(parts) - 0.5, -0.5)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=11)
    return figure


def _draw_panel(
    axes: Axes, rows: Sequence[Mapping[str, Any]], parts: Sequence[str], score: str
) -> None:
    names = METHODS | REFERENCES
    for number, (method, name) in enumerate(names.items()):
        color, marker, filled = STYLES[method]
        style = {"color": color, "marker": marker, "markerfacecolor": color if filled else "white"}
        shift = 0.19 * (number - (len(names) - 1) / 2)
        mine = [row for row in rows if row["method"] == method]
        heights = [parts.index(row["part"]) + shift for row in mine]
        axes.plot(
            [row[score] for row in mine], heights, **style, linestyle="none", label=name,
            markersize=7, zorder=3,
        )  # fmt: skip
        for height, row in zip(heights, mine, strict=True):
            if row[f"{score}_low"] is not None:
                ends = [row[f"{score}_low"], row[f"{score}_high"]]
                axes.plot(ends, [height] * 2, color=color, linewidth=1.8, zorder=2)
    for height in range(1, len(parts)):
        axes.axhline(height - 0.5, color="#c9ced4", linewidth=0.8)
    highest = max(max(row[score], row[f"{score}_high"] or 0) for row in rows)
    axes.set_xlim(-0.02 * highest, min(1.02, 1.08 * highest))
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelcolor=MUTED)
    tidy(axes)
    axes.grid(visible=False, axis="y")
