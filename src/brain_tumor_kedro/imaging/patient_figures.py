"""Figures of the patients of a cohort: how many slices each gives, and how large the tumor is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.exploration import (
    CLASS_COLORS,
    MUTED,
    plain,
    say,
    start_figure,
    tidy,
)

#: What is drawn of the cases, and what it is called.
MEASURES = {
    "slices": "Slices kept per case",
    "tumor_ml": "Volume of the tumor, ml",
    "largest_mm2": "Largest area in a slice, cm²",
}

BOX: dict[str, Any] = {
    "patch_artist": True,
    "boxprops": {"facecolor": "#eef0f3", "edgecolor": MUTED},
    **{part: {"color": MUTED} for part in ("medianprops", "whiskerprops", "capprops")},
}


def plot_patients(
    cohort: pd.DataFrame,
    classes: Sequence[str],
    title: str = "What the included cases give, by class",
    data_note: str = "",
) -> Figure:
    """Draw how many slices each case gives and how large its tumor is.

    Args:
        cohort: As `tabulate_cohort` makes it.
        classes: Class labels in the order in which they are drawn.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A panel per measure; a point is a case, a box its class's quartiles.
    """
    included = cohort[cohort["status"] == "kept"]
    figure = start_figure((10.5, 3.9), title, data_note)
    if included.empty:
        return say(figure, figure.subplots(), "no case was kept")
    included = included.assign(largest_mm2=included["largest_mm2"] / 100)
    for axes, (measure, words) in zip(figure.subplots(1, 3), MEASURES.items(), strict=True):
        _draw_measure(axes, included, measure, classes)
        axes.set(xlabel="", ylabel=words, ylim=(0, None))
    return figure


def _draw_measure(axes: Axes, included: pd.DataFrame, measure: str, classes: Sequence[str]) -> None:
    for place, label in enumerate(classes):
        values = included.loc[included["label"] == label, measure].to_numpy(dtype=float)
        # Points beside one another at random would be others in every run.
        beside = np.random.default_rng(place).uniform(-0.16, 0.16, len(values))
        color = CLASS_COLORS[place % len(CLASS_COLORS)]
        axes.scatter(
            place + beside, values, s=16, color=color, edgecolor="white", linewidth=0.5, zorder=4
        )
        if len(values):
            axes.boxplot([values], positions=[place], widths=0.5, showfliers=False, **BOX)
    counts = included["label"].value_counts()
    names = [
        f"{plain(label.replace('_', ' '))}\n{counts.get(label, 0):,} cases" for label in classes
    ]
    axes.set_xticks(range(len(classes)), names)
    tidy(axes, "y")
