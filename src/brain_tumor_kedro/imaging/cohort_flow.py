"""The flow of a cohort: from the cases that were found to the patients of every split.

Boxes and order follow the flow diagram of STARD 2015 (Bossuyt et al., doi:10.1136/bmj.h5527).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from brain_tumor_kedro.imaging.exploration import CLASS_COLORS, MUTED
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.same_patients import name_cases
from brain_tumor_kedro.imaging.sheets import BOTTOM, MARGIN, TOP, WIDTH, start_sheet, write
from brain_tumor_kedro.tasks import SPLITS

#: Height of a line, room around the words of a box, and the room for an arrow, in inches.
LINE, PAD, GAP = 0.2, 0.12, 0.4
#: Width of a box, in inches.
BOX = 2.9


def plot_flow(
    manifest: pd.DataFrame,
    cohort: pd.DataFrame,
    classes: Sequence[str],
    title: str = "From the cases that were found to the patients of every split",
    data_note: str = "",
) -> Figure:
    """Draw how many cases were found, left out and kept.

    Args:
        manifest: The finished manifest of volumes.
        cohort: As `tabulate_cohort` makes it.
        classes: Class labels in the order in which they are named.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Boxes with numbers, and arrows between them. Where single slices were split, a patient
        counts in every split that has one of them.
    """
    rows = kept(manifest)
    slices = rows.assign(case=name_cases(rows))
    left_out = _say_left_out(cohort)
    included = ["Included", *_say_patients(slices, classes)]
    splits = {name: slices[slices["split"] == name] for name in SPLITS}
    parts = [[name, *_say_patients(part, classes)] for name, part in splits.items()]
    side = _height(left_out) + GAP
    tall = (
        TOP + _height([""] * 2) + side + _height(included) + GAP + _height(parts[0]) + BOTTOM + 0.1
    )
    figure, axes = start_sheet(tall, title, data_note)
    middle, y = WIDTH / 3, TOP
    found = _draw_box(axes, middle, y, ["Found", f"{_count(len(cohort), 'case')}"])
    y = found + side
    _draw_arrow(axes, middle, found, middle, y)
    center = found + side / 2
    _draw_box(axes, WIDTH * 0.74, center - _height(left_out) / 2, left_out, wide=3.6)
    _draw_arrow(axes, middle, center, WIDTH * 0.74 - 1.8, center)
    bottom = _draw_box(axes, middle, y, included)
    centers = np.linspace(MARGIN + BOX / 2, WIDTH - MARGIN - BOX / 2, len(parts))
    axes.plot([middle, middle], [bottom, bottom + GAP / 2], color=MUTED, linewidth=1)
    axes.plot(centers[[0, -1]], [bottom + GAP / 2] * 2, color=MUTED, linewidth=1)
    for x, words, color in zip(centers.tolist(), parts, CLASS_COLORS, strict=False):
        _draw_arrow(axes, x, bottom + GAP / 2, x, bottom + GAP)
        _draw_box(axes, x, bottom + GAP, words, color=color)
    return figure


def _say_left_out(cohort: pd.DataFrame) -> list[str]:
    # As the report's table has them: the most frequent first, equal ones by name.
    reasons = cohort["reason"].dropna().value_counts().sort_index()
    reasons = reasons.sort_values(ascending=False, kind="stable")
    lines = [f"{str(name).replace('_', ' ')}: {n:,}" for name, n in reasons.items()]
    return ["Left out", _count(int(reasons.sum()), "case"), *lines]


def _say_patients(slices: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """How many patients with how many slices, in all and by class."""
    people = slices.drop_duplicates("group_id")
    lines = [f"{_count(len(people), 'patient')}, {_count(len(slices), 'slice')}"]
    if len(people) < (cases := slices["case"].nunique()):
        lines[0] = f"{lines[0]}, {_count(cases, 'case')}"
    for label in classes:
        own = int((people["label"] == label).sum())
        shown = int((slices["label"] == label).sum())
        lines.append(f"{label.replace('_', ' ')}: {own:,} ({_count(shown, 'slice')})")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _height(words: Sequence[str]) -> float:
    return len(words) * LINE + 2 * PAD - 0.05


def _draw_box(
    axes: Axes, x: float, y: float, words: Sequence[str], wide: float = BOX, color: str = MUTED
) -> float:
    """Draw a box around words, its upper edge centered at a place; return its lower edge."""
    left, high = x - wide / 2, _height(words)
    look: dict[str, Any] = {"facecolor": "#f6f7f9", "edgecolor": color, "linewidth": 1.2}
    style = "round,pad=0,rounding_size=0.06"
    axes.add_patch(FancyBboxPatch((left, y), wide, high, boxstyle=style, **look))
    for line, said in enumerate(words):
        weight = "bold" if line == 0 else "normal"
        write(axes, left + PAD, y + PAD + line * LINE, said, size=9, weight=weight)
    return y + high


def _draw_arrow(axes: Axes, x: float, y: float, to_x: float, to_y: float) -> None:
    style = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (to_x, to_y), (x, y), arrowprops=style)
