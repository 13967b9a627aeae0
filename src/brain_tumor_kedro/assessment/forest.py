"""Forest plots: scores, or differences of scores, with their intervals side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.assessment.plots import COLORS, MUTED, start_figure, tidy

#: Scores that share one axis from 0 to 1, in the order in which they are drawn.
DRAWN = ("accuracy", "balanced_accuracy", "macro_f1", "mcc", "auroc", "sensitivity_at_specificity")

MARKERS = ("o", "s", "D", "^", "v")


def plot_scores_forest(
    splits: Sequence[Mapping[str, Any]],
    predictors: Sequence[str],
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw the main scores of several predictors with their intervals, a panel for each split.

    Args:
        splits: See `scores.summarize_scores`; the training split is left out.
        predictors: In the order in which they are drawn.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One row of panels; a predictor without a score is left out.
    """
    shown = [split for split in splits if split["split"] != "train"] or list(splits)
    title = "Scores with 95% intervals"
    figure = start_figure((max(7.5, 4.2 * len(shown) + 1.4), 4.6), title, subtitle, data_note)
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, split in zip(panels, shown, strict=True):
        _draw_split(axes, split, predictors)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=len(labels), frameon=False)
    return figure


def plot_differences(
    scores: Sequence[Mapping[str, Any]], title: str, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw differences of scores with their intervals around zero.

    Args:
        scores: `title`, `lower` (whether lower is better) and `difference` {value, low, high} of
            each score; one without a value is left out.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One panel; an interval without zero is dark.
    """
    shown = [row for row in scores if row["difference"]["value"] is not None]
    figure = start_figure((7.5, 1.6 + 0.36 * len(shown)), title, subtitle, data_note)
    axes = figure.subplots()
    for place, row in enumerate(shown):
        change = row["difference"]
        clear = change["low"] is not None and (change["low"] > 0 or change["high"] < 0)
        _draw_interval(axes, change, place, COLORS[0] if clear else MUTED, "o" if clear else "s")
    names = [f"{row['title']}, lower is better" if row["lower"] else row["title"] for row in shown]
    _label_rows(axes, names)
    axes.axvline(0, color="black", linewidth=1)
    axes.set_xlabel("Difference; gray: the interval holds zero, no difference is shown")
    return figure


def _draw_split(axes: Axes, split: Mapping[str, Any], predictors: Sequence[str]) -> None:
    rows = [row for row in split["scores"] if row["metric"] in DRAWN]
    rows.sort(key=lambda row: DRAWN.index(row["metric"]))
    for number, predictor in enumerate(predictors):
        label = format_words(predictor)
        for place, row in enumerate(rows):
            interval = row.get(predictor)
            if interval and interval["value"] is not None:
                offset = place + 0.22 * (number - (len(predictors) - 1) / 2)
                marker = MARKERS[number % len(MARKERS)]
                _draw_interval(axes, interval, offset, COLORS[number], marker, label)
                label = "_nolegend_"
    _label_rows(axes, [row["title"] for row in rows])
    axes.set_title(
        f"{split['split']}: {split['n']:,} images, {split['groups']:,} groups",
        fontsize=10,
        loc="left",
    )
    axes.set(xlim=(-0.02, 1.02), xlabel="Score")


def _draw_interval(
    axes: Axes,
    interval: Mapping[str, Any],
    place: float,
    color: str,
    marker: str,
    label: str = "_nolegend_",
) -> None:
    if interval["low"] is not None:
        axes.plot([interval["low"], interval["high"]], [place, place], color=color, linewidth=2)
    axes.plot([interval["value"]], [place], marker, color=color, markersize=5, label=label)


def _label_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    tidy(axes)
    axes.grid(False, axis="y")
