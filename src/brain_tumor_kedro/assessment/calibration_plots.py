"""Figures of calibration and of the decisions that stand on it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from brain_tumor_kedro.assessment.calibration import STAGES
from brain_tumor_kedro.assessment.conformal import APS, CLASSWISE, LAC
from brain_tumor_kedro.assessment.decision_curve import POSITIVE, SENSIBLE
from brain_tumor_kedro.assessment.formatting import join_labels
from brain_tumor_kedro.assessment.metrics import BINS
from brain_tumor_kedro.assessment.plots import COLORS, LINES, MUTED, say, start_figure, tidy
from brain_tumor_kedro.assessment.reliability import TOP
from brain_tumor_kedro.assessment.weighted import ALL

#: Bins with fewer images are drawn pale.
FEW = 10

#: What the methods of prediction sets are called.
METHODS = {LAC: "one threshold", CLASSWISE: "a threshold by class", APS: "adaptive (APS)"}

#: Colors of the sizes of sets: empty, one class, two, three and more.
SIZES = ("#c7cbd1", "#2f6f9f", "#e3a857", "#b5502c")


def plot_reliability(
    bins: pd.DataFrame,
    confidences: Mapping[str, npt.NDArray[np.float64]],
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw how often the most probable class is right, by how probable it is said to be.

    Args:
        bins: One split of the table that `tabulate_reliability` made.
        confidences: By stage: the probability of the most probable class of that split's images.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Before and after temperature scaling, each above a histogram of its images.
    """
    top = bins[bins["about"] == TOP]
    number = len(confidences[STAGES[1]])
    title = f"Reliability of the most probable class, test split, n = {number:,}"
    figure = start_figure((9.6, 5.6), title, subtitle, data_note)
    grid = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(4, 1))
    for column, stage in enumerate(STAGES):
        rows = top[top["stage"] == stage]
        upper, lower = grid[0, column], grid[1, column]
        _draw_bins(upper, rows, COLORS[column])
        upper.set_title(f"{stage} temperature scaling", fontsize=10, loc="left")
        lower.hist(confidences[stage], np.linspace(0, 1, BINS + 1), color=COLORS[column])
        lower.set_xlabel("Probability of the most probable class")
        tidy(lower)
    grid[0, 0].set_ylabel("Share that is right")
    grid[1, 0].set_ylabel("Images")
    return figure


def plot_class_reliability(
    bins: pd.DataFrame, classes: Sequence[str], subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw how often each class is the true one, by how probable it is said to be.

    Args:
        bins: As for `plot_reliability`.
        classes: Class labels.
        subtitle: As for `plot_reliability`.
        data_note: As for `plot_reliability`.

    Returns:
        A panel for each class, before and after temperature scaling.
    """
    title = "Reliability of each class against the rest, test split"
    figure, panels = _panels(len(classes), 2, (4.4, 3.6), title, subtitle, data_note)
    for axes, label in zip(panels, classes, strict=True):
        rows = bins[bins["about"] == label]
        for color, stage in zip(COLORS, STAGES, strict=False):
            shift = 0.006 if stage == STAGES[1] else -0.006
            chosen = rows[rows["stage"] == stage]
            _draw_bins(axes, chosen.assign(probability=chosen["probability"] + shift), color, stage)
        axes.set_title(label.replace("_", " "), fontsize=10, loc="left")
        axes.set(xlabel="Probability of the class", ylabel="Share that is of it")
    panels[0].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def plot_decisions(
    curves: pd.DataFrame,
    positive: Sequence[str],
    subtitle: str = "",
    data_note: str = "",
    prevalence: float | None = None,
) -> Figure:
    """Draw the net benefit of acting on the classifier, on all and on nobody.

    Args:
        curves: One split of the table that `trace_decisions` made.
        positive: The labels that count as positive.
        subtitle: As for `plot_reliability`.
        data_note: As for `plot_reliability`.
        prevalence: What the first curve is weighed to, where it is.

    Returns:
        A panel for each target.
    """
    targets = list(dict.fromkeys(curves["target"]))
    title = "Decision curves, test split"
    figure, panels = _panels(len(targets), 3, (3.5, 3.1), title, subtitle, data_note)
    for axes, target in zip(panels, targets, strict=True):
        rows = curves[curves["target"] == target]
        axes.axvspan(*SENSIBLE, color="#f1f3f5", zorder=0)
        other = np.maximum(rows["treat_all"], 0)
        ends = [other + rows[f"advantage_{end}"] for end in ("low", "high")]
        axes.fill_between(rows["threshold"], *ends, color=COLORS[0], alpha=0.2)
        axes.plot(rows["threshold"], rows["classifier"], color=COLORS[0], label="classifier")
        axes.plot(rows["threshold"], rows["treat_all"], **_line(1), label="act on all")
        axes.axhline(0, **_line(2), label="act on nobody")
        top = max(float(rows[["classifier", "treat_all"]].max().max()), 0.02)
        ceiling = max(1.25 * top, 1.05 * float(ends[1].fillna(0).max()))
        axes.set(xlim=(0, 1), ylim=(-0.4 * top, ceiling))
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        name = join_labels(positive if target == POSITIVE else [target])
        weighed = target == targets[0] and prevalence is not None
        at = f", prevalence {prevalence:.0%}" if weighed else ""
        axes.set_title(f"{name}{at}", fontsize=10, loc="left")
        axes.set(xlabel="Threshold for acting", ylabel="Net benefit per image")
        tidy(axes)
    panels[0].legend(frameon=False, fontsize=8, loc="lower left")
    return figure


def plot_sets(sets: pd.DataFrame, subtitle: str = "", data_note: str = "") -> Figure:
    """Draw how often prediction sets hold the true class, by class, and how large they are.

    Args:
        sets: One split of the table that `score_sets` made; empty where validation is too small.
        subtitle: As for `plot_reliability`.
        data_note: As for `plot_reliability`.

    Returns:
        A row for each level: coverage on the left, mean size on the right.
    """
    title = "Prediction sets, test split"
    if sets.empty:
        return say(title, "too few validation images for prediction sets", data_note)
    levels = sorted(sets["level"].unique())
    figure = start_figure((9.6, 0.7 + 2.9 * len(levels)), title, subtitle, data_note)
    grid = figure.subplots(len(levels), 2, squeeze=False, width_ratios=(3, 2), sharex="col")
    for (left, right), level in zip(grid, levels, strict=True):
        rows = sets[sets["level"] == level]
        left.axvline(level, color=MUTED, linewidth=1, linestyle=":")
        _draw_dots(left, rows, "coverage")
        _draw_dots(right, rows, "size")
        left.xaxis.set_major_formatter(PercentFormatter(1))
        left.set_title(f"meant to hold the true class in {level:.0%}", fontsize=10, loc="left")
    grid[-1, 0].set_xlabel("Share of sets that hold the true class")
    grid[-1, 1].set_xlabel("Classes in a set, mean")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    return figure


def plot_abstention(
    answers: pd.DataFrame, summary: dict[str, Any], subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw accuracy against the share of images that are answered.

    Args:
        answers: One split of the table that `trace_abstention` made.
        summary: What `trace_abstention` says beside it, and where there is one `above`, see
            `answer_above`.
        subtitle: As for `plot_reliability`.
        data_note: As for `plot_reliability`.

    Returns:
        One panel, with a confidence that knows what is wrong, and one that knows nothing.
    """
    title = "Answering only the surest images, test split"
    figure = start_figure((7, 5), title, subtitle, data_note)
    axes = figure.subplots()
    x = answers["answered"]
    axes.fill_between(x, answers["low"], answers["high"], color=COLORS[0], alpha=0.2)
    axes.plot(x, answers["accuracy"], color=COLORS[0], label="by its confidence, with 95% interval")
    axes.plot(x, answers["oracle"], **_line(2), label="if it knew which are wrong")
    axes.axhline(summary["accuracy"], **_line(1), label="if left out at random")
    above = summary.get("above")
    if above and above["accuracy"]["value"] is not None:
        point = (above["answered"]["value"], above["accuracy"]["value"])
        axes.plot(*point, "o", color="black", label="threshold chosen on validation")
    lowest = min(float(answers["low"].min()), float(answers["accuracy"].min()))
    axes.set(xlim=(0, 1.01), ylim=(max(0.0, (lowest if np.isfinite(lowest) else 0) - 0.03), 1.005))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set(xlabel="Images that are answered", ylabel="Accuracy of the answers")
    axes.legend(frameon=False, fontsize=9, loc="lower left")
    tidy(axes)
    return figure


def _draw_bins(axes: Axes, rows: pd.DataFrame, color: str, label: str = "") -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":")
    for chosen, alpha in ((rows[rows["n"] >= FEW], 1.0), (rows[rows["n"] < FEW], 0.35)):
        share = chosen["share"].astype(float)
        ends = [share - chosen["low"].fillna(share), chosen["high"].fillna(share) - share]
        axes.errorbar(
            chosen["probability"],
            share,
            yerr=np.clip(np.array(ends, dtype=float), 0, None),
            fmt="o-",
            color=color,
            alpha=alpha,
            markersize=4,
            linewidth=0.8,
            elinewidth=1,
            label=label if alpha == 1 else "",
        )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    tidy(axes)


def _draw_dots(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    labels = list(dict.fromkeys(rows["label"]))
    for number, method in enumerate(METHODS):
        if method not in set(rows["method"]):  # one that needs more classes or images
            continue
        chosen = rows[rows["method"] == method].set_index("label").reindex(labels)
        value = chosen[name].astype(float)
        ends = [
            value - chosen[f"{name}_low"].fillna(value),
            chosen[f"{name}_high"].fillna(value) - value,
        ]
        axes.errorbar(
            value,
            np.arange(len(labels)) + 0.22 * (number - 1),
            xerr=np.clip(np.array(ends, dtype=float), 0, None),
            fmt="osD"[number],
            color=COLORS[number],
            markersize=4.5,
            elinewidth=1,
            label=METHODS[method],
        )
    counts = rows.drop_duplicates("label").set_index("label")["n"]
    names = [
        f"{'all classes' if label == ALL else label.replace('_', ' ')}, n = {counts[label]:,}"
        for label in labels
    ]
    axes.set_yticks(range(len(labels)), names if name == "coverage" else [])
    axes.invert_yaxis()
    tidy(axes)


def _panels(
    number: int,
    columns: int,
    size: tuple[float, float],
    title: str,
    subtitle: str,
    data_note: str,
) -> tuple[Figure, list[Axes]]:
    rows = -(-number // columns)
    figure = start_figure((size[0] * columns, size[1] * rows + 0.6), title, subtitle, data_note)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[number:]:
        axes.set_axis_off()
    return figure, list(grid[:number])


def _line(number: int) -> dict[str, Any]:
    return {
        "color": "black" if number == 1 else MUTED,
        "linestyle": LINES[number],
        "linewidth": 1.2,
    }
