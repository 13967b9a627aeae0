"""Figures of a study's scores: the table itself, and F1 by strategy."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from brain_tumor_kedro.assessment.formatting import MISSING
from brain_tumor_kedro.assessment.plots import COLORS, MUTED, NOTE, say, start_figure, tidy
from brain_tumor_kedro.assessment.study_table import SLICE, is_above, judge_by, list_strategies

#: Columns of the drawn table and their titles.
SHOWN = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "f1": "F1",
    "train_f1": "Train F1",
    "baseline_f1": "Baseline F1",
    "baseline_accuracy": "Baseline\naccuracy",
}

#: More rows than this cannot be read in one figure; the CSV has all.
MOST_ROWS = 240

NOTHING = "no cell of the study is finished"


def plot_study_table(
    table: pd.DataFrame, title: str, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw the table of a study: scores of every model and strategy, shaded.

    Args:
        table: See `study_table.tabulate_study`.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One row per model and strategy; a mean of several cells has its standard deviation behind
        it, and what is above the baseline by `judge_by` is bold.
    """
    strategies = list_strategies(table)
    rows = table[table["strategy"].isin(strategies)]
    if rows.empty:
        return say(title, NOTHING, data_note)
    shown = rows.head(MOST_ROWS)
    left_out = f"the first {len(shown)} of {len(rows)} rows" * (len(rows) > len(shown))
    columns = [name for name in SHOWN if shown[name].notna().any()]
    about = "; ".join(line for line in (subtitle, left_out) if line)
    size = (3.6 + 1.15 * len(columns), 1.4 + 0.27 * len(shown))
    figure = start_figure(size, title, about, data_note)
    _draw_cells(figure.subplots(), shown, columns)
    return figure


def plot_strategies(
    table: pd.DataFrame, title: str, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw the mean F1 of each strategy, and that of every model.

    Args:
        table: See `study_table.tabulate_study`.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A thin line per model, a thick one for their mean, a dashed one for the baseline.
    """
    strategies = list_strategies(table)
    wide = table[table["strategy"].isin(strategies)].pivot_table(
        index="model", columns="strategy", values="f1", sort=False
    )
    if wide.empty:
        return say(title, NOTHING, data_note)
    whole = wide.dropna()
    figure = start_figure((max(7.5, 1.6 * len(strategies) + 2.5), 4.6), title, subtitle, data_note)
    axes = figure.subplots()
    _draw_lines(axes, wide[strategies], whole[strategies].mean())
    baseline = table.loc[table["strategy"].isin(strategies), "baseline_f1"].mean()
    draw_baseline(axes, baseline)
    return figure


def draw_baseline(axes: Axes, f1: float) -> None:
    """Draw the F1 of the same answer for all, and say so."""
    axes.axhline(f1, color=NOTE, linestyle="--", linewidth=1.5)
    axes.annotate(
        f"baseline {f1:.3f}", (0, f1), xycoords=axes.get_yaxis_transform(),
        xytext=(3, 3), textcoords="offset points", ha="left", fontsize=8, color=NOTE,
    )  # fmt: skip


def describe_cells(table: pd.DataFrame) -> str:
    """Say on how many cells and units a table rests.

    Args:
        table: See `study_table.tabulate_study`.

    Returns:
        Such as `means ± standard deviation over 3 cells of 71 patients`; empty for an empty table.
    """
    if table.empty:
        return ""
    strategies = list_strategies(table)
    rows = table[table["strategy"].isin(strategies)]
    unit = "slices" if strategies == [SLICE] else "patients"
    of = f"{_span(rows['n_least'].min(), rows['n_most'].max())} {unit}"
    least, most = int(rows["cells"].min()), int(rows["cells"].max())
    if most == 1:
        return f"one cell of {of} in each row, so nothing is known of its spread"
    spread = "means ± standard deviation over" if least > 1 else "means (± where several) over"
    return f"{spread} {_span(least, most)} cells of {of}"


def _span(low: float, high: float) -> str:
    return f"{int(low):,}" if low == high else f"{int(low):,} to {int(high):,}"


def _draw_cells(axes: Axes, rows: pd.DataFrame, columns: Sequence[str]) -> None:
    values, judged = rows[list(columns)].to_numpy(float), judge_by(rows)
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1.25, aspect="auto", alpha=0.75)
    for place, (_, row) in enumerate(rows.iterrows()):
        for number, name in enumerate(columns):
            bold = name == judged and is_above(row.to_dict(), judged)
            axes.text(
                number, place, _write(row[name], row.get(f"{name}_sd", np.nan)), ha="center",
                va="center", fontsize=8, weight="bold" if bold else "normal", color="black",
            )  # fmt: skip
    _rule_models(axes, rows["model"].tolist())
    names = [
        f"{row.model} · {row.strategy}" if first else str(row.strategy)
        for row, first in zip(rows.itertuples(), _firsts(rows["model"].tolist()), strict=True)
    ]
    axes.set_yticks(range(len(rows)), names, fontsize=8, parse_math=False)
    axes.set_xticks(range(len(columns)), [SHOWN[name] for name in columns], fontsize=9)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)


def _write(mean: float, sd: float) -> str:
    if np.isnan(mean):
        return MISSING
    return f"{mean:.3f}" if np.isnan(sd) else f"{mean:.3f} ± {sd:.3f}"


def _firsts(names: list[str]) -> list[bool]:
    return [place == 0 or name != names[place - 1] for place, name in enumerate(names)]


def _rule_models(axes: Axes, names: list[str]) -> None:
    for place, first in enumerate(_firsts(names)):
        if first and place:
            axes.axhline(place - 0.5, color="white", linewidth=2.5)


def _draw_lines(axes: Axes, wide: pd.DataFrame, means: pd.Series) -> None:
    places = np.arange(wide.shape[1])
    for _, row in wide.iterrows():
        axes.plot(places, row.to_numpy(float), color=MUTED, linewidth=0.8, alpha=0.5, marker=".")
    axes.plot([], [], color=MUTED, linewidth=0.8, marker=".", label=f"{len(wide)} models")
    if means.notna().all():
        line = {"color": COLORS[0], "linewidth": 2.4, "marker": "o"}
        axes.plot(places, means.to_numpy(float), **line, label="their mean")
        for place, mean in zip(places, means, strict=True):
            label = axes.annotate(
                f"{mean:.3f}", (place, mean), xytext=(0, 7), textcoords="offset points",
                ha="center", fontsize=9, color=COLORS[0], weight="bold",
            )  # fmt: skip
            label.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    axes.set_xticks(places, [str(name).replace("_", " ") for name in wide.columns])
    axes.set_xlim(-0.4, len(places) - 0.6)
    axes.set_ylabel("F1, mean over cells")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.legend(frameon=False, fontsize=8)
    tidy(axes)
