"""Sheets: pictures and words at places in inches, however many there are.

A grid of one axes per picture takes Matplotlib seconds to lay out; here all lie in one.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.exploration import MUTED, NOTE, plain, shorten

#: Width of a sheet and its margin, in inches.
WIDTH = 9.6
MARGIN = 0.15
#: Where the first thing below the title begins, in inches.
TOP = 0.55
#: Room for the note on the data below, in inches.
BOTTOM = 0.35
#: Letters of 7 points that fit into an inch.
LETTERS = 19


def start_sheet(height: float, title: str, data_note: str) -> tuple[Figure, Axes]:
    """Open a sheet whose coordinates are inches from its upper left corner.

    Args:
        height: In inches, title and note included.
        title: The title, left-aligned.
        data_note: The note at the bottom; none where empty.

    Returns:
        The figure and its only axes, which fill it.
    """
    figure = Figure(figsize=(WIDTH, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    write(axes, MARGIN, 0.1, title, size=12)
    place = WIDTH - MARGIN, height - 0.08
    write(axes, *place, data_note, ha="right", va="bottom", size=9, color=NOTE, weight="bold")
    return figure, axes


def write(axes: Axes, x: float, y: float, words: str, **style: Any) -> None:
    """Write words with their upper left corner at a place, both in inches."""
    if words:
        axes.text(x, y, plain(words), **{"va": "top", "size": 8, **style})


def place_image(axes: Axes, pixels: npt.NDArray[np.uint8], x: float, y: float, side: float) -> None:
    """Draw an image into the square with its upper left corner at a place, in inches.

    Args:
        axes: Of a sheet.
        pixels: uint8, shape (h, w), or (h, w, 3) in color; the longer side fills the square.
        x: From the left.
        y: From the top.
        side: Of the square.
    """
    height, width = (side * n / max(pixels.shape[:2]) for n in pixels.shape[:2])
    left, top = x + (side - width) / 2, y + (side - height) / 2
    axes.imshow(
        pixels,
        cmap="gray",
        vmin=0,
        vmax=255,
        interpolation="antialiased",
        aspect="auto",
        extent=(left, left + width, top + height, top),
    )


def write_name(
    axes: Axes, x: float, y: float, name: str, width: float, lines: Literal[1, 2] = 2
) -> None:
    """Write a file's or a source's name on a line or two, as `wrap_name` breaks it.

    Args:
        axes: Of a sheet.
        x: From the left.
        y: From the top.
        name: To be written.
        width: Of the lines, in inches.
        lines: How many lines it may take.
    """
    for line, words in enumerate(wrap_name(name, int(width * LETTERS), lines)):
        write(axes, x, y + 0.12 * line, words, size=7, color=MUTED)


def wrap_name(name: str, letters: int, lines: Literal[1, 2] = 2) -> list[str]:
    """Break a name into lines, behind a slash where one leaves room for the rest.

    Args:
        name: To be broken.
        letters: How many fit into a line.
        lines: How many lines there may be.

    Returns:
        The lines; of a name too long for them the end, which tells files apart.
    """
    whole = shorten(name, letters * lines)
    if len(whole) <= letters:
        return [whole]
    at = whole.rfind("/", len(whole) - letters - 1, letters) + 1 or letters
    return [whole[:at], whole[at:]]
