"""A sheet of label conflicts: the copies side by side, under each what its source calls it."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.exploration import MUTED, NOTE, say, start_figure
from brain_tumor_kedro.imaging.image_file import ImageFile
from brain_tumor_kedro.imaging.packing import fit_square, read_gray
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

#: Pictures in a row, sets on a sheet: more are said, not shown.
PICTURES = 6
SETS = 12
GAP = 0.12
SIDE = (WIDTH - 2 * MARGIN - (PICTURES - 1) * GAP) / PICTURES
#: Height of a row: its heading, pictures and what stands under them, in inches.
ROW = 0.3 + SIDE + 0.9
PIXELS = 224
KEPT = "#1f5f8b"


def plot_conflicts(
    conflicts: pd.DataFrame,
    files: Sequence[ImageFile],
    title: str = "Copies of one slice whose labels contradict each other",
    data_note: str = "",
) -> Figure:
    """Draw the images of every label conflict, a row each, with labels, sources and verdicts.

    Args:
        conflicts: As `tabulate_conflicts` makes them.
        files: The files of all sources.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A sheet of up to 12 sets that says how many are left out; a figure that says so where there
        are no conflicts.
    """
    sets = [part for _, part in conflicts.groupby("conflict")]
    if not sets:
        figure = start_figure((6, 2), title, data_note)
        return say(figure, figure.subplots(), "no label conflicts found")
    shown, left_out = sets[:SETS], len(sets[SETS:])
    more = 0.3 if left_out else 0.0
    figure, axes = start_sheet(TOP + ROW * len(shown) + more + BOTTOM, title, data_note)
    by_id = {file.image_id: file for file in files}
    for place, part in enumerate(shown):
        _draw_set(axes, TOP + place * ROW, part, by_id)
    if left_out:
        words = f"{left_out} more sets are left out; the table of label conflicts has all."
        write(axes, MARGIN, TOP + ROW * len(shown), words, color=MUTED)
    return figure


def _draw_set(axes: Axes, top: float, conflict: pd.DataFrame, by_id: dict[str, ImageFile]) -> None:
    first = conflict.iloc[0]
    hidden = f" (not shown: {len(conflict) - PICTURES})" if len(conflict) > PICTURES else ""
    decision = str(first["decision"]).replace("_", " ")
    words = f"Conflict {first['conflict']}: {decision}{hidden}"
    write(axes, MARGIN, top, words, size=10, weight="bold")
    for place, row in enumerate(conflict.head(PICTURES).to_dict("records")):
        left = MARGIN + place * (SIDE + GAP)
        pixels = fit_square(read_gray(by_id[row["image_id"]]), PIXELS)
        place_image(axes, pixels, left, top + 0.27, SIDE)
        _write_below(axes, left, top + 0.32 + SIDE, row)


def _write_below(axes: Axes, x: float, y: float, row: Mapping[Hashable, Any]) -> None:
    kept = row["verdict"] != "label_conflict"
    verdict = {"kept": "kept", "label_conflict": "rejected: label"}.get(
        row["verdict"], f"{row['verdict']}, label agrees".replace("_", " ")
    )
    write(axes, x, y, row["label"].replace("_", " "), size=9, weight="bold")
    trusted = ", trusted" if row["trusted"] else ""
    write(axes, x, y + 0.16, f"{verdict}{trusted}", color=KEPT if kept else NOTE)
    write_name(axes, x, y + 0.31, row["source"], SIDE, lines=1)
    write_name(axes, x, y + 0.43, row["image_id"].removeprefix(f"{row['source']}/"), SIDE)
