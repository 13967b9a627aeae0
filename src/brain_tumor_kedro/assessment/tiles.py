"""Sheets of tiles: pictures in rows, each framed in a color, with a few short lines below."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextToPath
from PIL import Image

from brain_tumor_kedro.assessment.plots import MUTED, say, start_figure

#: Width of a sheet, its margin and the room between tiles, in inches.
WIDTH = 7.6
MARGIN = 0.12
GAP = 0.1

TITLE: dict[str, Any] = {"x": 0.01, "ha": "left", "fontsize": 10.5, "parse_math": False}

#: Room above the first row, below the last one, for a row's heading and for a line, in inches.
TOP = 0.66
BOTTOM = 0.3
HEADING = 0.24
LINE = 0.14

#: Size of the lines below a tile, and points in an inch.
SIZE = 7.5
POINTS = 72

#: Knows how wide letters are.
LETTERS = TextToPath()

#: Side of a picture in pixels, and its shades of gray: more make the file large, and show nothing.
PIXELS = 140
SHADES = 24


class Tile(NamedTuple):
    """A picture and what is said of it.

    Attributes:
        pixels: uint8, (h, w) or (h, w, 3).
        lines: Below it; the first is bold.
        color: Of its frame and of the first line.
    """

    pixels: npt.NDArray[np.uint8]
    lines: tuple[str, ...]
    color: str


class TileRow(NamedTuple):
    """A row of tiles.

    Attributes:
        heading: Above it; nothing where empty.
        tiles: From left to right.
    """

    heading: str
    tiles: Sequence[Tile]


def plot_tiles(
    rows: Sequence[TileRow],
    columns: int,
    title: str,
    subtitle: str = "",
    data_note: str = "",
    nothing: str = "nothing to show",
) -> Figure:
    """Draw rows of tiles.

    Args:
        rows: What to draw.
        columns: Tiles that a row has room for.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".
        nothing: What a figure without rows says.

    Returns:
        The sheet, less than 1,000 pixels wide at 130 dots per inch.
    """
    if not rows:
        return say(title, nothing, data_note)
    side = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns
    heights = [_height(row, side) for row in rows]
    height = TOP + sum(heights) + BOTTOM
    figure = start_figure((WIDTH, height), title, subtitle, data_note)
    figure.set_layout_engine("none")
    # Constrained layout would place the title in shares of a height that may be large.
    heading = "\n".join(line for line in (title, subtitle) if line)
    figure.suptitle(heading, y=1 - MARGIN / height, va="top", **TITLE)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    top = TOP
    for row, used in zip(rows, heights, strict=True):
        _draw_row(axes, row, top, side)
        top += used
    return figure


def _height(row: TileRow, side: float) -> float:
    lines = max((len(tile.lines) for tile in row.tiles), default=0)
    return (HEADING if row.heading else 0) + side + LINE * lines + 0.16


def _draw_row(axes: Axes, row: TileRow, top: float, side: float) -> None:
    if row.heading:
        _write(axes, MARGIN, top, row.heading, size=9, weight="bold")
        top += HEADING
    for place, tile in enumerate(row.tiles):
        _draw_tile(axes, tile, MARGIN + place * (side + GAP), top, side)


def _draw_tile(axes: Axes, tile: Tile, left: float, top: float, side: float) -> None:
    picture = Image.fromarray(np.ascontiguousarray(tile.pixels))
    picture.thumbnail((PIXELS, PIXELS), Image.Resampling.BOX)
    step = 256 // SHADES
    shown = np.asarray(picture) // step * step
    place = (left, left + side, top + side, top)
    look: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 256 - step, "aspect": "auto"}
    axes.imshow(shown, interpolation="nearest", extent=place, **look)
    frame = Rectangle((left, top), side, side, fill=False, edgecolor=tile.color, linewidth=2.2)
    axes.add_patch(frame)
    for number, line in enumerate(tile.lines):
        style = {"color": tile.color, "weight": "bold"} if not number else {"color": MUTED}
        height = top + side + 0.05 + number * LINE
        shown_line = shorten(line, side, bold=not number)
        _write(axes, left, height, shown_line, size=SIZE, **style)


def _write(axes: Axes, x: float, y: float, words: str, **style: Any) -> None:
    axes.text(x, y, words, va="top", parse_math=False, **style)


def shorten(words: str, inches: float, bold: bool = False) -> str:
    """Keep the end of what is too long: it tells files apart.

    Args:
        words: A line below a tile.
        inches: How wide it may be.
        bold: Whether it is written in bold letters.

    Returns:
        The words, or an ellipsis and as much of their end as there is room for.
    """
    style = FontProperties(size=SIZE, weight="bold" if bold else "normal")
    if _measure(words, style) <= inches * POINTS:
        return words
    ends = (f"…{words[start:]}" for start in range(1, len(words)))
    return next((end for end in ends if _measure(end, style) <= inches * POINTS), "…")


def _measure(words: str, style: FontProperties) -> float:
    """The width of words in points."""
    return float(LETTERS.get_text_width_height_descent(words, style, ismath=False)[0])
