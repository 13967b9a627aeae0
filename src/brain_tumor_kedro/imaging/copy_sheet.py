"""A sheet of copies: beside each image that was kept, a copy of it, by pairs of sources."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.copy_examples import CopyExample, CopyGroup
from brain_tumor_kedro.imaging.exploration import MUTED, NOTE, say, start_figure
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

#: Examples in a line: more are not shown.
EXAMPLES = 3
GAP = 0.06
SIDE = (WIDTH - 2 * MARGIN - EXAMPLES * GAP - (EXAMPLES - 1) * 0.3) / (2 * EXAMPLES)
#: Height of a line: its heading, verdicts, pictures and names, in inches.
LINE = 0.55 + SIDE + 0.65


def plot_copies(
    groups: Sequence[CopyGroup],
    left_out: int = 0,
    title: str = "Examples of copies that were found",
    data_note: str = "",
) -> Figure:
    """Draw copies beside the images that were kept for them.

    Args:
        groups: What to show, as `choose_copies` makes it.
        left_out: How many pairs of sources are not among them.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A line of up to three examples per pair of sources; a figure that says so where there are
        no copies.
    """
    if not groups:
        figure = start_figure((6, 2), title, data_note)
        return say(figure, figure.subplots(), "no copies found")
    more = 0.3 if left_out else 0.0
    figure, axes = start_sheet(TOP + LINE * len(groups) + more + BOTTOM, title, data_note)
    for place, group in enumerate(groups):
        _draw_group(axes, TOP + place * LINE, group)
    if left_out:
        words = f"{left_out} more pairs of sources, with fewer copies, are left out."
        write(axes, MARGIN, TOP + LINE * len(groups), words, color=MUTED)
    return figure


def _draw_group(axes: Axes, top: float, group: CopyGroup) -> None:
    if group.kept_source == group.copy_source:
        words = f"{group.n:,} copies within {group.kept_source}"
    else:
        words = f"{group.n:,} images of {group.copy_source} are copies of {group.kept_source}"
    write(axes, MARGIN, top, words, size=10, weight="bold")
    for place, example in enumerate(group.examples[:EXAMPLES]):
        _draw_example(axes, MARGIN + place * (2 * SIDE + GAP + 0.3), top + 0.28, group, example)


def _draw_example(axes: Axes, x: float, y: float, group: CopyGroup, example: CopyExample) -> None:
    write(axes, x, y, _describe(example), color=NOTE)
    sides = (
        ("kept", group.kept_source, example.kept_id, example.kept_pixels),
        ("copy", group.copy_source, example.copy_id, example.copy_pixels),
    )
    for place, (word, source, image_id, pixels) in enumerate(sides):
        left = x + place * (SIDE + GAP)
        place_image(axes, pixels, left, y + 0.2, SIDE)
        name = image_id.removeprefix(f"{source}/")
        write_name(axes, left, y + 0.25 + SIDE, f"{word}: {name}", SIDE)


def _describe(example: CopyExample) -> str:
    """Say how a copy differs from what was kept, and why it is shown."""
    view = "" if example.view in ("", "upright") else example.view.replace("_", " ")
    measured = f"{example.similarity:.3f}" if np.isfinite(example.similarity) else ""
    words = (example.reason.replace("_", " "), view, measured)
    return f"{example.choice}: {', '.join(word for word in words if word)}"
