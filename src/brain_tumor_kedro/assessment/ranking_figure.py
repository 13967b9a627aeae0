"""The critical-difference diagram: mean ranks, and which of them are not shown to differ."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.plots import COLORS, MUTED, say, start_figure, tidy
from brain_tumor_kedro.assessment.rankings import find_alike

#: More treatments than this cannot be read in one figure.
MOST_TREATMENTS = 48


def plot_ranking(
    ranks: pd.DataFrame, comparison: str, title: str, subtitle: str = "", data_note: str = ""
) -> Figure:
    """Draw the mean ranks of a comparison with its critical difference (Demšar, JMLR 7, 2006).

    Demšar's diagram turned upright, so that long names can be read and many treatments have room.

    Args:
        ranks: See `rankings.describe_ranking`; of several comparisons.
        comparison: Which of them.
        title: The title of the figure.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One row per treatment, the best on top; a bar joins treatments that are not shown to
        differ. Where nothing was tested, the figure says why.
    """
    rows = ranks[ranks["comparison"] == comparison]
    # By the statistic: in a CSV, a reason that is empty is not there.
    if rows["statistic"].isna().all():
        reason = rows["reason"].iloc[0] if len(rows) else "no cell is finished"
        return say(title, f"not ranked: {reason}", data_note)
    means = rows.set_index("treatment")["mean_rank"]
    difference = float(rows["critical_difference"].iloc[0])
    shown = means.head(MOST_TREATMENTS)
    left_out = f"; {len(means) - len(shown)} worse ones are not drawn" * (len(means) > len(shown))
    about = (title, "\n".join(line for line in (subtitle, _describe(rows) + left_out) if line))
    figure = start_figure((8, 2.0 + 0.28 * len(shown)), *about, data_note)
    _draw(figure.subplots(), shown, difference, len(means))
    return figure


def _describe(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    dropped = int(first["dropped_blocks"])
    left = f", {dropped} incomplete left out" if dropped else ""
    p = "p < 0.0001" if first["p"] < 1e-4 else f"p = {first['p']:.4f}"
    return f"Friedman over {int(first['blocks'])} blocks{left}: {first['statistic']:.2f}, {p}"


def _draw(axes: Axes, means: pd.Series, difference: float, treatments: int) -> None:
    places = range(len(means))
    axes.plot(means.to_numpy(), places, "o", color=COLORS[0], markersize=6)
    for place, mean in zip(places, means, strict=True):
        axes.plot([1, mean], [place, place], color="#e3e6ea", linewidth=1, zorder=0)
    _draw_difference(axes, float(means.iloc[0]), difference)
    names = [f"{name}  {mean:.2f}" for name, mean in means.items()]
    axes.set_yticks(list(places), names, parse_math=False)
    axes.set_ylim(len(means) - 0.4, -1.9)
    tidy(axes)
    axes.grid(False, axis="y")
    right = _draw_alike(axes, means, difference, max(treatments, float(means.max())))
    # The bar of the critical difference may reach further than the worst rank.
    axes.set_xlim(0.8, max(right, float(means.iloc[0]) + 1.03 * difference))
    axes.set_xticks([tick for tick in axes.get_xticks() if 1 <= tick <= treatments])
    axes.set_xlabel("Mean rank, 1 is the best")


def _draw_difference(axes: Axes, best: float, difference: float) -> None:
    """The critical difference, from the best mean rank on, and its name above it.

    The best mean rank lies in the left half of the axis, so that the name always has room.
    """
    axes.errorbar(
        best + difference / 2, -0.8, xerr=difference / 2, color=MUTED, capsize=3, linewidth=1.5
    )
    label = f"critical difference {difference:.2f}"
    axes.annotate(
        label, (best, -0.8), xytext=(0, 6), textcoords="offset points", va="bottom", fontsize=8,
        color=MUTED,
    )  # fmt: skip


def _draw_alike(axes: Axes, means: pd.Series, difference: float, last: float) -> float:
    """Join what is alike by a bar each, beside each other; returns where the axis ends."""
    names = [str(name) for name in means.index]
    step = max(last - 1, 1) / 28
    groups = find_alike(means, difference)
    for number, group in enumerate(groups, 1):
        ends = [names.index(group[0]) - 0.2, names.index(group[-1]) + 0.2]
        axes.plot([last + number * step] * 2, ends, color="black", linewidth=3)
    return last + (len(groups) + 1) * step
