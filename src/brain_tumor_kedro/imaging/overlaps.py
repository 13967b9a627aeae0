"""Overlaps: how many distinct slices the sources, and their published folders, share."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from scipy.sparse import csr_array

from brain_tumor_kedro.imaging.duplicates import number_copy_sets
from brain_tumor_kedro.imaging.exploration import MUTED, plain, say, shorten, start_figure
from brain_tumor_kedro.imaging.manifest import decoded

#: More rows than this cannot be read: folders are then taken together, and small sources left out.
MOST_ROWS = 12

#: Longest name on an axis; of a longer one the end is shown.
NAME = 30

#: One hue, read alike by all eyes, and nowhere so dark that dark numbers would be hard to read.
COLORS = sns.color_palette("blend:#ffffff,#5c9ecb", as_cmap=True)
INK = "#1d2430"
OWN = "#e3e6ea"


def count_overlaps(
    manifest: pd.DataFrame, pairs: pd.DataFrame, most_rows: int = MOST_ROWS
) -> pd.DataFrame:
    """How many distinct slices the parts of a collection share.

    Args:
        manifest: The finished manifest.
        pairs: As `find_similar_pairs` makes them.
        most_rows: How many parts are told apart at most.

    Returns:
        A square table of counts; its rows and columns are the sources, and instead of a source
        that publishes folders of its own, those: `source (train)`. The diagonal holds how many
        distinct slices a part has. Beyond `most_rows` parts, sources are taken whole; beyond that
        many sources, those with the most slices, and `attrs["left_out"]` says how many are not
        there.
    """
    rows = decoded(manifest)
    sets = rows["image_id"].map(number_copy_sets(manifest, pairs))
    parts = _name_parts(rows)
    if parts.nunique() > most_rows:
        parts = rows["source"].astype(str)
    table = _count_shared(parts, sets)
    slices = pd.Series(np.diag(table), index=table.index)
    shown = slices.nlargest(most_rows).index.sort_values()
    counts = table.loc[shown, shown]
    counts.attrs["left_out"] = len(table) - len(shown)
    return counts


def plot_overlaps(
    counts: pd.DataFrame,
    title: str = "Distinct slices that the sources share",
    data_note: str = "",
) -> Figure:
    """Draw which share of each part's slices lies in every other part, too.

    Args:
        counts: As `count_overlaps` makes them.
        title: The title of the figure.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        A heat map with the share of the row's slices as color, and counts and shares as text.
    """
    size = len(counts)
    figure = start_figure((4.2 + 0.82 * size, 2.4 + 0.62 * size), title, data_note)
    axes = figure.subplots()
    if counts.empty:
        return say(figure, axes, "no slices were found")
    slices = np.maximum(np.diag(counts), 1)
    shares = pd.DataFrame(counts / slices[:, None], index=counts.index, columns=counts.columns)
    own = np.eye(size, dtype=bool)
    axes.set_facecolor(OWN)
    style = {"cmap": COLORS, "vmin": 0, "vmax": 1, "linewidths": 1.5, "annot_kws": {"color": INK}}
    words = _annotate(counts, shares)
    sns.heatmap(shares, mask=own, annot=words, fmt="", ax=axes, cbar_kws={"aspect": 30}, **style)
    for place, n in enumerate(np.diag(counts)):
        axes.text(place + 0.5, place + 0.5, f"{n:,}\nslices", ha="center", va="center", color=MUTED)
    _label(axes, counts.attrs.get("left_out", 0))
    return figure


def _name_parts(rows: pd.DataFrame) -> "pd.Series[str]":
    """The source of each image, with its published folder where its source has such folders."""
    source = rows["source"].astype(str)
    folder = rows["published_split"].astype(object)
    published = folder.notna().groupby(source).transform("any")
    named = source + " (" + folder.fillna("other").astype(str) + ")"
    return source.where(~published, named)


def _count_shared(parts: "pd.Series[str]", sets: "pd.Series[int]") -> pd.DataFrame:
    codes, names = pd.factorize(parts, sort=True)
    columns, distinct = pd.factorize(sets)
    once = pd.DataFrame({"part": codes, "set": columns}).drop_duplicates()
    ones = np.ones(len(once), dtype=np.int64)
    shape = (len(names), len(distinct))
    holds = csr_array((ones, (once["part"], once["set"])), shape=shape)
    return pd.DataFrame((holds @ holds.T).toarray(), index=names, columns=names)


def _annotate(counts: pd.DataFrame, shares: pd.DataFrame) -> np.ndarray:
    cells = zip(counts.to_numpy().ravel(), shares.to_numpy().ravel(), strict=True)
    words = [f"{n:,}\n{share:.1%}" if n else "0" for n, share in cells]
    return np.array(words, dtype=object).reshape(counts.shape)


def _label(axes: Axes, left_out: int) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        names = [text.get_text() for text in axis.get_ticklabels()]
        axis.set_ticks(axis.get_majorticklocs(), [plain(shorten(name, NAME)) for name in names])
    axes.tick_params(length=0, labelsize=9)
    axes.tick_params("y", rotation=0)
    for text in axes.get_xticklabels():
        text.set(rotation=30, ha="right", rotation_mode="anchor")
    small = f"; {left_out} smaller sources are left out" if left_out else ""
    axes.set(xlabel=f"... lie in this part, too{small}", ylabel="Of the slices of this part ...")
    bar = axes.collections[0].colorbar
    if bar is not None:
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        bar.set_label("Share of the row's slices")
        bar.outline.set_visible(False)
