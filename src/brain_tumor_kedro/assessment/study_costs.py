"""What a study's models cost: parameters against F1, and time per cell."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from scipy.stats import spearmanr

from brain_tumor_kedro.assessment.plots import COLORS, MUTED, say, start_figure, tidy
from brain_tumor_kedro.assessment.study_figures import draw_baseline
from brain_tumor_kedro.assessment.study_table import list_strategies, name_models

#: With fewer backbones a correlation says nothing.
FEWEST_BACKBONES = 5

MARKERS = ("o", "s", "D", "^", "v", "P", "X")

#: Where a name may stand from its point, in points, the first that is free.
PLACES = tuple((x, sign * y) for y in (9, 17, 25, 33) for sign in (1, -1) for x in (0, 30, -30))

#: More models than this cannot be read in one figure.
MOST_MODELS = 48


class Correlation(NamedTuple):
    """How parameters and F1 go together.

    Attributes:
        rho: Spearman's, in [-1, 1]; NaN where there are too few backbones, or all are equal.
        p: Of no correlation; NaN likewise.
        n: How many backbones.
    """

    rho: float
    p: float
    n: int


def correlate_parameters(table: pd.DataFrame) -> Correlation:
    """Correlate parameters with F1 over backbones, by ranks.

    Args:
        table: See `study_table.tabulate_study`; the models of a backbone are averaged first.

    Returns:
        Spearman's rho.
    """
    means = _average(table).groupby("backbone")[["parameters", "f1"]].mean().dropna()
    varies = len(means) >= FEWEST_BACKBONES and bool((means.nunique() > 1).all())
    if not varies:
        return Correlation(float("nan"), float("nan"), len(means))
    found = spearmanr(means["parameters"], means["f1"])
    return Correlation(float(found.statistic), float(found.pvalue), len(means))


def plot_parameters(
    table: pd.DataFrame, title: str, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw the F1 of every model against its parameters.

    Args:
        table: See `study_table.tabulate_study`.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Parameters on a logarithmic scale; a color for each family of backbones.
    """
    models = _average(table).dropna(subset=["parameters", "f1"])
    if models.empty:
        return say(title, "no cell of the study is finished", data_note)
    figure = start_figure(
        (8, 5), title, "\n".join(filter(None, (subtitle, _say(table)))), data_note
    )
    axes = figure.subplots()
    for number, (family, group) in enumerate(models.groupby("family", sort=False)):
        style = {"color": COLORS[number % len(COLORS)], "marker": MARKERS[number % len(MARKERS)]}
        axes.plot(group["parameters"], group["f1"], linestyle="", **style, label=str(family))
    draw_baseline(axes, models["baseline_f1"].mean())
    axes.set(xlabel="Parameters of the classifier", ylabel="F1, mean over cells and strategies")
    axes.set_xscale("log")
    axes.margins(x=0.12, y=0.12)
    tidy(axes)
    figure.legend(
        loc="outside right upper", frameon=False, title="Family", fontsize=8, title_fontsize=9
    )
    # Where things lie is known only once the layout is made.
    figure.draw_without_rendering()
    _name_backbones(axes, models)
    return figure


def plot_times(cells: pd.DataFrame, title: str, subtitle: str = "", data_note: str = "") -> Figure:
    """Draw how long the cells of each model took.

    Args:
        cells: Of a study, one row per training; those that are not finished are left out.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A dot per cell and a bar for their mean, the shortest on top.
    """
    finished = cells.assign(model=name_models(cells)).query("state == 'finished'")
    finished = finished.dropna(subset=["seconds"])
    if finished.empty:
        return say(title, "no cell of the study is finished", data_note)
    means = finished.groupby("model")["seconds"].mean().sort_values().tail(MOST_MODELS)
    # A cell of minutes beside one of seconds: minutes where the longest takes several.
    unit, name = (60.0, "Minutes") if finished["seconds"].max() > 300 else (1.0, "Seconds")
    figure = start_figure((8, 1.6 + 0.27 * len(means)), title, subtitle, data_note)
    axes = figure.subplots()
    axes.barh(range(len(means)), means.to_numpy() / unit, color="#c9d8e6", height=0.7)
    for place, model in enumerate(means.index):
        own = finished.loc[finished["model"] == model, "seconds"] / unit
        axes.plot(own, [place] * len(own), "o", color=COLORS[0], markersize=3.5)
    axes.set_yticks(range(len(means)), list(means.index), fontsize=8, parse_math=False)
    axes.set_ylim(len(means) - 0.4, -0.6)
    axes.set_xlabel(f"{name} a cell: features, training and prediction")
    tidy(axes)
    axes.grid(False, axis="y")
    return figure


def _average(table: pd.DataFrame) -> pd.DataFrame:
    """Average the strategies of each model."""
    rows = table[table["strategy"].isin(list_strategies(table))]
    first = rows.groupby("model", sort=False)[["backbone", "family", "parameters"]].first()
    means = rows.groupby("model", sort=False)[["f1", "baseline_f1"]].mean()
    return first.join(means)


def _say(table: pd.DataFrame) -> str:
    found = correlate_parameters(table)
    if np.isnan(found.rho):
        backbones = "backbone" if found.n == 1 else "backbones"
        return f"{found.n} {backbones}: too few, or too alike, for a correlation"
    return f"Spearman's rho {found.rho:+.2f} over {found.n} backbones, p = {found.p:.2f}"


def _name_backbones(axes: Axes, models: pd.DataFrame) -> None:
    """Name the best model of each backbone, where there is room around its point."""
    taken: list[Bbox] = []
    best = models.sort_values("f1", ascending=False).drop_duplicates("backbone")
    for row in best.itertuples():
        name = axes.annotate(
            str(row.backbone), (row.parameters, row.f1), xytext=PLACES[0],
            textcoords="offset points", ha="center", va="center", fontsize=7, color=MUTED,
            parse_math=False,
        )  # fmt: skip
        name.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        taken.append(_find_room(name, taken))


def _find_room(name: Annotation, taken: list[Bbox]) -> Bbox:
    for place in PLACES:
        name.set_position(place)
        box = name.get_window_extent()
        if not any(box.overlaps(other) for other in taken):
            return box
    name.set_position(PLACES[0])
    return name.get_window_extent()
