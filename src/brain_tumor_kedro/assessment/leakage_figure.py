"""The figure of the price of leakage: one row per protocol, scores with their intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from brain_tumor_kedro.assessment.plots import COLORS, MUTED, start_figure
from brain_tumor_kedro.tasks import note_data

#: What each protocol is called, in the order in which they are shown.
PROTOCOLS = {
    "published_folders": "Published folders",
    "naive_merge": "All merged, random split",
    "copies_removed": "Copies removed, random split",
    "groups_apart": "Groups kept apart",
    "source_left_out": "One source left out",
}

#: The same where the images are slices of patients, all of them known.
OF_PATIENTS = PROTOCOLS | {
    "copies_removed": "Slice by slice, at random",
    "groups_apart": "Patients kept apart",
}

INK = "#1d2430"
#: What is drawn of a row: prefix of its columns, how far below the row's middle, color and words.
MARKS = (
    ("", 0.0, INK, "all test images"),
    ("copy_", 0.27, COLORS[3], "those with a copy in training"),
    ("no_copy_", 0.47, COLORS[0], "those without"),
)
#: Longest name of a source; of a longer one the end is shown.
NAME = 20


def plot_price(table: pd.DataFrame) -> Figure:
    """Draw the accuracy under every protocol, and with and without copies in training.

    Args:
        table: What `leakage_price.tabulate_price` returned, with `attrs` as the leakage pipeline
            gives them: `classifier`, `images`, `sources`, `phantom` and `unit`.

    Returns:
        One panel; every row says how many images were tested and which share of them has a copy
        in training.
    """
    rows = sort_protocols(table)
    about = table.attrs
    sources = ", ".join(shorten(name) for name in about.get("sources", []))
    title = "The price of leakage: one classifier, five ways to split the same data"
    if rows["protocol"].nunique() != len(PROTOCOLS):
        title = "The price of leakage: one classifier, the same data split in several ways"
    subtitle = f"{about.get('images', 0):,} images of {sources}\n{about.get('classifier', '')}"
    height = 1.9 + 0.72 * max(len(rows), 1)
    figure = start_figure((8, height), title, subtitle, note_data(about.get("phantom", False)))
    axes = figure.subplots()
    if rows.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no protocol could be run", ha="center", color=MUTED, fontsize=11)
        return figure
    for place, row in enumerate(rows.to_dict("records")):
        named = {str(name): value for name, value in row.items()}
        _draw_row(axes, place, named, name_protocol(named, about.get("unit", "slice")))
    _finish(axes, rows)
    return figure


def sort_protocols(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows in the order of `PROTOCOLS`, the most test images of a protocol first."""
    if table.empty:
        return pd.DataFrame(columns=["protocol", "source"])
    order = {name: place for place, name in enumerate(PROTOCOLS)}
    places = table["protocol"].map(order)
    sorted_rows = table.assign(_place=places).sort_values(
        ["_place", "n_test"], ascending=[True, False], kind="stable"
    )
    return sorted_rows.drop(columns="_place").reset_index(drop=True)


def name_protocol(row: Mapping[Any, Any], unit: str) -> str:
    """What a row's protocol is called, with its source.

    Args:
        row: Of the table: `protocol` and `source`.
        unit: What one answer is about, `slice` or `patient`.
    """
    names = OF_PATIENTS if unit == "patient" else PROTOCOLS
    name = names.get(row["protocol"], row["protocol"])
    return f"{name}: {shorten(row['source'])}" if isinstance(row["source"], str) else name


def shorten(source: str) -> str:
    """The name of a source's folder, its end where it is long."""
    name = source.rpartition("/")[2]
    return name if len(name) <= NAME else f"\N{HORIZONTAL ELLIPSIS}{name[1 - NAME :]}"


def describe_test(row: Mapping[str, Any]) -> str:
    """Say in a few words what a row's test images are, and what of them is in training."""
    lone = f"all {row['tested'].replace('_', ' ')}, " if "," not in row["tested"] else ""
    tie = "no relative"
    if row["copy_share"]:
        tie = f"{row['copy_share']:.0%} with a copy"
    elif row["relative_share"]:
        tie = f"{row['relative_share']:.0%} with a relative"
    if pd.isna(row["low"]):
        return f"n = {row['n_test']:,}, {lone}only {row['groups']} groups"
    return f"n = {row['n_test']:,}, {lone}{tie} in training"


def _draw_row(axes: Axes, place: int, row: Mapping[str, Any], name: str) -> None:
    for prefix, below, color, _ in MARKS:
        value = row[f"{prefix}accuracy"]
        # Where no image has a copy, those without are all of them.
        if pd.isna(value) or (prefix and not row["copy_n"]):
            continue
        size, width = (9, 2.2) if not prefix else (5.5, 1.4)
        sure = pd.notna(row[f"{prefix}low"])
        ends = [row[f"{prefix}low"], row[f"{prefix}high"]] if sure else [value, value]
        axes.plot(ends, [place + below] * 2, color=color, linewidth=width)
        fill = color if sure else "white"
        style: dict[str, Any] = {
            "markersize": size,
            "markerfacecolor": fill,
            "clip_on": False,
            "zorder": 3,
        }
        axes.plot(value, place + below, "o", color=color, **style)
        axes.annotate(
            f"{value:.1%}" if not prefix else f"{value:.0%}",
            (1.03, place + below),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=12 if not prefix else 9,
            weight="bold" if not prefix else "normal",
            color=color,
            annotation_clip=False,
        )
    left: dict[str, Any] = {
        "xycoords": axes.get_yaxis_transform(),
        "ha": "right",
        "annotation_clip": False,
    }
    axes.annotate(name, (-0.02, place), va="center", fontsize=11, color=INK, **left)
    axes.annotate(
        describe_test(row), (-0.02, place + 0.31), va="center", fontsize=9, color=MUTED, **left
    )


def _finish(axes: Axes, rows: pd.DataFrame) -> None:
    columns = [f"{prefix}{end}" for prefix, *_ in MARKS for end in ("accuracy", "low")]
    least = float(np.nanmin(rows[columns].to_numpy(dtype=float)))
    axes.set(xlim=(min(0.5, np.floor(least * 10) / 10), 1.0), ylim=(len(rows) - 0.25, -0.4))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("Accuracy on the test images, with 95% interval over groups", fontsize=10)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#e3e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    for place in range(1, len(rows)):
        axes.axhline(place - 0.3, color="#e3e6ea", linewidth=0.8)
    marks = MARKS if (rows["copy_n"] > 0).any() else MARKS[:1]
    for _, _, color, words in marks:
        axes.plot([], [], "o", color=color, label=words)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=3, frameon=False, fontsize=10,
        handletextpad=0.1, columnspacing=1.2,
    )  # fmt: skip
