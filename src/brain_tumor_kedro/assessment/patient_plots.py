"""Figures of patients: scores by strategy, what probabilities are worth, and decisions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.assessment.patient_scores import BASELINE, METRICS, PATIENT, SLICE
from brain_tumor_kedro.assessment.plots import COLORS, LINES, MUTED, say, start_figure, tidy

#: With fewer patients than this in a split, bins would be single points that say nothing.
FEWEST_IN_BINS = 10

#: The color of the baseline, and of acting on everybody.
BASELINE_COLOR = "black"


def plot_patient_scores(
    scores: pd.DataFrame, split: str, positive: str, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw every score of one split by strategy, with the baseline's value as a line.

    Args:
        scores: What `score_patients` returned.
        split: The split to draw.
        positive: The positive label.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A panel for each score; the slices by themselves are the lowest row.
    """
    rows = scores[(scores["split"] == split) & ~scores["strategy"].str.contains(" - ")]
    patients = rows[rows["level"] == PATIENT]
    number = _count(patients)
    title = f"Scores of patients with 95% intervals, {split} split, n = {number:,} patients"
    names = [name for name in patients["strategy"].unique() if name != BASELINE]
    shown = pd.concat([patients, rows[(rows["level"] == SLICE) & (rows["strategy"] == SLICE)]])
    metrics = list(METRICS)
    columns = 4
    figure = start_figure((13, 0.9 + 2 * (1 + 0.34 * len(names))), title, subtitle, data_note)
    grid = figure.subplots(-(-len(metrics) // columns), columns, sharey=True).ravel()
    for axes, metric in zip(grid, metrics, strict=False):
        here = shown[shown["metric"] == metric].set_index("strategy")
        _draw_strategies(axes, here, [*names, SLICE], positive)
        axes.set_title(_title(metric, positive), fontsize=10, loc="left")
    handles, labels = grid[0].get_legend_handles_labels()
    for axes in grid[len(metrics) :]:
        axes.set_axis_off()
        axes.legend(handles, labels, frameon=False, fontsize=9, loc="center left")
    return figure


def plot_patient_calibration(
    bins: pd.DataFrame,
    strategies: Mapping[str, str],
    split: str,
    positive: str,
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw how many patients are positive, by how probable that is said to be.

    Args:
        bins: One split of what `tabulate_patient_reliability` returned.
        strategies: Names of the strategies, in the order of the panels.
        split: The split, for the title.
        positive: The positive label.
        subtitle: As for `plot_patient_scores`.
        data_note: As for `plot_patient_scores`.

    Returns:
        A panel for each strategy; the number below a point is how many patients it stands for.
        With fewer patients than `FEWEST_IN_BINS`, words that say so.
    """
    shown = [name for name in strategies if (bins["strategy"] == name).any()]
    number = int(bins.loc[bins["strategy"] == shown[0], "n"].sum())
    title = f"Reliability by patient, {split} split, n = {number:,} patients"
    if number < FEWEST_IN_BINS:
        heading = "\n".join(line for line in (title, subtitle) if line)
        return say(heading, f"too few patients (n = {number})", data_note)
    figure, panels = _panels(len(shown), (3.6, 3.4), title, subtitle, data_note)
    for place, (axes, name) in enumerate(zip(panels, shown, strict=True)):
        rows = bins[bins["strategy"] == name]
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":")
        share = rows["share"].astype(float)
        ends = [share - rows["low"].fillna(share), rows["high"].fillna(share) - share]
        axes.errorbar(
            rows["probability"], share, yerr=np.clip(np.array(ends, dtype=float), 0, None),
            fmt="o-", color=COLORS[place % len(COLORS)], markersize=4, linewidth=0.8, elinewidth=1,
        )  # fmt: skip
        for number, row in enumerate(rows.itertuples()):
            axes.annotate(
                f"{row.n}", (row.probability, 0.02 + 0.06 * (number % 2)), ha="left",
                xytext=(3, 0), textcoords="offset points",
                fontsize=8, color=MUTED,
            )  # fmt: skip
        axes.set_title(format_words(name), fontsize=10, loc="left")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        axes.set(xlabel=f"Probability of {positive}", ylabel=f"Share that is {positive}")
        tidy(axes)
    return figure


def plot_patient_decisions(
    curves: pd.DataFrame,
    strategies: Mapping[str, str],
    split: str,
    positive: str,
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw the net benefit of acting on each strategy, on all patients and on nobody.

    Args:
        curves: One split of what `trace_patient_decisions` returned.
        strategies: As for `plot_patient_calibration`.
        split: The split, for the title.
        positive: The positive label.
        subtitle: As for `plot_patient_scores`.
        data_note: As for `plot_patient_scores`.

    Returns:
        A panel for each strategy; the band is the 95% interval of its advantage over the better
        of acting on all and on nobody.
    """
    title = f"Decision curves by patient, {split} split"
    shown = [name for name in strategies if (curves["strategy"] == name).any()]
    if not shown:
        return say(title, "no threshold to draw", data_note)
    figure, panels = _panels(len(shown), (3.8, 3.2), title, subtitle, data_note)
    top = max(float(curves[["classifier", "treat_all"]].max().max()), 0.05)
    bands = np.maximum(curves["treat_all"], 0) + curves["advantage_high"]
    ceiling = max(1.25 * top, 1.05 * float(bands.fillna(0).max()))
    for place, (axes, name) in enumerate(zip(panels, shown, strict=True)):
        rows = curves[curves["strategy"] == name]
        color = COLORS[place % len(COLORS)]
        other = np.maximum(rows["treat_all"], 0)
        ends = [other + rows[f"advantage_{end}"] for end in ("low", "high")]
        axes.fill_between(rows["threshold"], *ends, color=color, alpha=0.2)
        axes.plot(rows["threshold"], rows["classifier"], color=color, label="this strategy")
        axes.plot(rows["threshold"], rows["treat_all"], **_line(1), label=f"all are {positive}")
        axes.axhline(0, **_line(2), label=f"nobody is {positive}")
        axes.set(ylim=(-0.5 * top, ceiling))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_title(format_words(name), fontsize=10, loc="left")
        axes.set(xlabel="Threshold for acting", ylabel="Net benefit per patient")
        tidy(axes)
    panels[0].legend(frameon=False, fontsize=8, loc="lower left")
    return figure


def _draw_strategies(axes: Axes, rows: pd.DataFrame, names: Sequence[str], positive: str) -> None:
    for place, name in enumerate(names):
        value, low, high = rows.loc[name, ["value", "low", "high"]].to_numpy(dtype=np.float64)
        color = MUTED if name == SLICE else COLORS[0]
        if np.isfinite(low):
            axes.plot([low, high], [place, place], color=color, linewidth=2)
        if np.isfinite(value):
            axes.plot([value], [place], "s" if name == SLICE else "o", color=color, markersize=5)
        else:
            axes.text(0.5, place, "not defined", ha="center", va="center", fontsize=8, color=MUTED)
    baseline = rows["value"].to_dict()[BASELINE]
    if np.isfinite(baseline):
        label = f"always {format_words(positive)}, by patient"
        axes.axvline(baseline, color=BASELINE_COLOR, linestyle="--", linewidth=1.2, label=label)
    labels = ["single slices" if name == SLICE else format_words(name) for name in names]
    axes.set_yticks(range(len(names)), labels)
    axes.set(xlim=(-0.03, 1.03), ylim=(len(names) - 0.5, -0.5))
    tidy(axes)
    axes.grid(False, axis="y")


def _count(patients: pd.DataFrame) -> int:
    accuracy = patients[patients["metric"] == "accuracy"]
    return int(accuracy["n"].iloc[0])


def _title(metric: str, positive: str) -> str:
    one = metric in ("precision", "recall", "f1")
    return f"{METRICS[metric]} of {positive}" if one else METRICS[metric]


def _panels(
    number: int, size: tuple[float, float], title: str, subtitle: str, data_note: str
) -> tuple[Figure, list[Axes]]:
    columns = min(3, number)
    rows = -(-number // columns)
    width = max(size[0] * columns, 7)
    figure = start_figure((width, size[1] * rows + 0.7), title, subtitle, data_note)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[number:]:
        axes.set_axis_off()
    return figure, list(grid[:number])


def _line(number: int) -> dict[str, Any]:
    color = BASELINE_COLOR if number == 1 else MUTED
    return {"color": color, "linestyle": LINES[number], "linewidth": 1.2}
