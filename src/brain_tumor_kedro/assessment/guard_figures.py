"""Figures of a guard: how strange every kind is, and what the kinds look like."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatter

from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.assessment.guard_findings import name_kind
from brain_tumor_kedro.assessment.guard_judging import (
    CHANGED,
    DECEIVING,
    FOREIGN,
    GIVEN,
    GOOD,
    HARMLESS,
    NEAR,
)
from brain_tumor_kedro.assessment.plots import COLORS, MUTED, NOTE, start_figure, tidy
from brain_tumor_kedro.assessment.tiles import Tile, TileRow, plot_tiles

#: Colors of the families, and what a reader calls them.
FAMILIES = {
    GOOD: (COLORS[0], "slices as they are"),
    HARMLESS: (COLORS[2], "slices changed without harm"),
    CHANGED: (COLORS[1], "slices that were changed"),
    NEAR: (COLORS[4], "phantoms of heads"),
    GIVEN: (COLORS[5], "images of your own"),
    DECEIVING: (COLORS[6], "photographs made to deceive"),
    FOREIGN: (COLORS[3], "no brain MRI"),
}

#: Tiles side by side on the sheet.
COLUMNS = 6

#: Height of a kind in the figure of scores, inches.
LINE = 0.24


def plot_guard_scores(
    scores: pd.DataFrame, threshold: float | None, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw the score of every image, a line for each kind.

    Args:
        scores: With the columns of `guard_judging.COLUMNS`.
        threshold: Beyond it an image is flagged; None where there is none.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One panel, its axis logarithmic; a black stroke is the kind's median.
    """
    known = scores[scores["score"].notna()]
    known = known.assign(score=np.maximum(known["score"], 1e-3))
    lines = [
        (family, kind)
        for family in FAMILIES
        for kind in dict.fromkeys(known.loc[known["family"] == family, "kind"])
    ]
    size = (8.6, 1.5 + LINE * len(lines))
    figure = start_figure(size, "How strange images are to the guard", subtitle, data_note)
    axes = figure.subplots()
    for place, (family, kind) in enumerate(lines):
        rows = known[(known["family"] == family) & (known["kind"] == kind)]
        _draw_line(axes, rows["score"].to_numpy(dtype=float), place, FAMILIES[family][0])
    words = [_name(family, kind) for family, kind in lines]
    axes.set_yticks(range(len(lines)), words, fontsize=8)
    axes.set(xscale="log", ylim=(len(lines) - 0.4, -0.6), xlabel="Distance from training images")
    for which in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        which(LogFormatter(minor_thresholds=(2, 0.5)))
    axes.legend(handles=_explain(lines), loc="upper right", frameon=False, fontsize=8)
    if threshold is not None:
        axes.axvline(threshold, color="black", linewidth=1, linestyle="--")
        axes.annotate(
            "flagged from here on", (threshold, -0.5), (4, 2), textcoords="offset points",
            fontsize=8, color=MUTED, va="bottom", annotation_clip=False,
        )  # fmt: skip
    tidy(axes)
    return figure


def plot_guard_examples(
    scores: pd.DataFrame,
    pictures: Mapping[str, np.ndarray],
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw some images of every kind with their scores.

    Args:
        scores: With the columns of `guard_judging.COLUMNS`.
        pictures: By `image`, as the classifier saw it, uint8 (side, side) or (side, side, 3).
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        The sheet, family by family.
    """
    shown = scores[scores["image"].isin(list(pictures))]
    rows = []
    for family, (_, words) in FAMILIES.items():
        part = shown[shown["family"] == family]
        every = 3 if family == GOOD else 2 if family in (CHANGED, NEAR, DECEIVING) else 1
        tiles = [
            _make_tile(row, pictures[row["image"]])
            for _, kind in part.groupby("kind", sort=False)
            for _, row in kind.head(every).iterrows()
        ]
        rows += _wrap(words[:1].upper() + words[1:], tiles)
    title = "What the guard was tried on: flagged (red) or not (green)"
    return plot_tiles(rows, COLUMNS, title, subtitle, data_note)


def _explain(lines: Sequence[tuple[str, str]]) -> list[Line2D]:
    present = {family for family, _ in lines}
    look: dict[str, Any] = {"marker": "o", "linewidth": 0, "markersize": 5}
    return [
        Line2D([], [], color=color, label=words, **look)
        for family, (color, words) in FAMILIES.items()
        if family in present
    ]


def _wrap(heading: str, tiles: Sequence[Tile]) -> list[TileRow]:
    parts = [tiles[start : start + COLUMNS] for start in range(0, len(tiles), COLUMNS)]
    return [TileRow("" if number else heading, part) for number, part in enumerate(parts)]


def _make_tile(row: pd.Series, pixels: np.ndarray) -> Tile:
    color, verdict = _judge(row["flagged"])
    taken = f"{format_words(row['predicted'])} {row['probability']:.0%}"
    lines = (name_kind(row["kind"]), f"{verdict}score {row['score']:,.0f}", taken)
    return Tile(pixels, lines, color)


def _judge(flagged: Any) -> tuple[str, str]:
    """The color of a frame, and the word that says the same to whoever sees no colors."""
    if pd.isna(flagged):
        return MUTED, ""
    return (NOTE, "flagged, ") if flagged else (COLORS[2], "passes, ")


def _draw_line(axes: Axes, values: np.ndarray, place: int, color: str) -> None:
    spread = np.random.default_rng(place).uniform(-0.28, 0.28, len(values))
    size = float(np.clip(300 / len(values), 5, 22))
    axes.scatter(values, place + spread, s=size, alpha=0.35, linewidth=0, color=color)
    axes.plot([np.median(values)] * 2, [place - 0.38, place + 0.38], color="black", linewidth=1.6)


def _name(family: str, kind: str) -> str:
    return f"{kind} slices" if family == GOOD else name_kind(kind)
