"""Figures of predictions and of training, each a `Figure` that no window or backend owns."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import confusion_matrix, roc_curve

from brain_tumor_kedro.assessment.metrics import class_aurocs, macro_auroc
from brain_tumor_kedro.assessment.outcome import Outcome, check_predictions, outcome_of

MUTED = "#5b6470"
NOTE = "#a4420d"
COLORS = sns.color_palette("colorblind").as_hex()
LINES = ("-", "--", "-.", ":")

#: What a history may hold, by the title of its panel.
CURVES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1, mean over classes",
    "f1_positive": "F1 of the positive class",
    "learning_rate": "Learning rate, at the epoch's end",
}

#: A learning rate that falls further than this, as a cosine does, is drawn on a linear scale.
LARGEST_FALL = 1e3


def plot_confusion(
    predictions: pd.DataFrame,
    split: str,
    classes: Sequence[str],
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw the confusion matrix of one split, as counts and as shares of each true class.

    Args:
        predictions: See `metrics.score_splits`.
        split: The split to draw.
        classes: Class labels in the order of the classifier's outputs.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Two panels, rows are the truth; a row without images is blank on the right.

    Raises:
        ValueError: See `metrics.score_splits`; or the split has no predictions.
    """
    check_predictions(predictions, classes)
    outcome = outcome_of(predictions, split, classes)
    counts = confusion_matrix(outcome.truth, outcome.predicted, labels=list(range(len(classes))))
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)
    title = f"Confusion matrix, {split} split, n = {totals.sum():,}"
    figure = start_figure((11, 5), title, subtitle, data_note)
    left, right = figure.subplots(1, 2)
    _draw_matrix(left, counts, classes, ",d", int(counts.max()), "Images")
    _draw_matrix(right, shares, classes, ".1%", 1.0, "Share of the true class")
    return figure


def plot_roc(
    predictions: pd.DataFrame,
    split: str,
    classes: Sequence[str],
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw the ROC curve of each class against the rest, their macro average, and chance.

    Args:
        predictions: See `metrics.score_splits`.
        split: The split to draw.
        classes: Class labels in the order of the classifier's outputs.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One panel; a class whose curve is not defined in this split is named in the legend only.

    Raises:
        ValueError: See `metrics.score_splits`; or the split has no predictions.
    """
    check_predictions(predictions, classes)
    outcome = outcome_of(predictions, split, classes)
    title = f"ROC, one class against the rest, {split} split, n = {len(outcome.truth):,}"
    figure = start_figure((7, 6.4), title, subtitle, data_note)
    axes = figure.subplots()
    _draw_roc(axes, outcome, classes)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":", label="chance, 0.500")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.set(xlabel="False positive rate", ylabel="True positive rate")
    axes.legend(loc="lower right", title="Area under the curve", frameon=False)
    tidy(axes)
    return figure


def plot_training_curves(
    history: pd.DataFrame,
    title: str = "Training curves",
    subtitle: str = "",
    data_note: str = "",
) -> Figure:
    """Draw how the loss and the metrics of training and validation went, epoch by epoch.

    Args:
        history: One row per epoch, in order. Columns, each of them optional: `epoch` (counted
            here where it is missing or starts again), `phase`, `loss`, `accuracy`, `precision`,
            `recall`, `f1`, `f1_positive`, the same with `val_`, `learning_rate`.
        title: The title of the figure.
        subtitle: What is said under the title, for example the recipe.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        One panel per metric and one for the learning rate; a dotted line where a phase starts.
    """
    panels = [name for name in CURVES if {name, f"val_{name}"} & set(history.columns)]
    if history.empty or not panels:
        return say(title, "no epochs were trained", data_note)
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = start_figure(
        (max(5, 3.9 * columns + 0.4), 3.1 * rows + 0.7), title, subtitle, data_note
    )
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, name in zip(grid, panels, strict=False):
        _draw_curve(axes, history, name)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    return figure


def start_figure(size: tuple[float, float], title: str, subtitle: str, data_note: str) -> Figure:
    """Open an empty figure with its heading and the note on its data.

    Args:
        size: Width and height in inches.
        title: The title, left-aligned.
        subtitle: What is said under the title; nothing where empty.
        data_note: What is said at the bottom; nothing where empty.

    Returns:
        The figure, without axes.
    """
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    heading = "\n".join(line for line in (title, subtitle) if line)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=12, parse_math=False)
    if data_note:
        figure.supxlabel(
            data_note, x=0.99, ha="right", fontsize=9, color=NOTE, weight="bold", parse_math=False
        )
    return figure


def say(title: str, words: str, data_note: str) -> Figure:
    """Say why there is nothing to draw, in place of a figure.

    Args:
        title: The title, left-aligned.
        words: Why, in a few words.
        data_note: What is said at the bottom; nothing where empty.

    Returns:
        The figure.
    """
    figure = start_figure((6, 2), title, "", data_note)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", color=MUTED, fontsize=11)
    return figure


def tidy(axes: Axes) -> None:
    """Give axes the looks of all charts: no box, a pale grid behind what is drawn."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e3e6ea", linewidth=0.7)
    axes.set_axisbelow(True)


def _draw_matrix(
    axes: Axes,
    values: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    classes: Sequence[str],
    number_format: str,
    largest: float,
    title: str,
) -> None:
    names = [label.replace("_", " ") for label in classes]
    sns.heatmap(
        values,
        ax=axes,
        annot=True,
        fmt=number_format,
        vmin=0,
        vmax=largest,
        cmap="Blues",
        cbar=False,
        square=True,
        linewidths=1,
        xticklabels=names,
        yticklabels=names,
    )
    axes.set_title(title, fontsize=10)
    axes.set(xlabel="Predicted", ylabel="True")
    axes.tick_params(length=0)
    axes.tick_params(axis="y", rotation=0)


def _draw_roc(axes: Axes, outcome: Outcome, classes: Sequence[str]) -> None:
    areas = class_aurocs(outcome, classes)
    grid = np.linspace(0, 1, 1001)
    curves = []
    for index, (label, area) in enumerate(areas.items()):
        name = label.replace("_", " ")
        style = {"color": COLORS[index % len(COLORS)], "linestyle": LINES[index % len(LINES)]}
        if area is None:
            axes.plot([], [], **style, label=f"{name}, undefined in this split")
            continue
        x, y, _ = roc_curve(outcome.truth == index, outcome.probabilities[:, index])
        axes.plot(x, y, **style, linewidth=1.6, label=f"{name}, {area:.3f}")
        curves.append(np.interp(grid, x, y))
    if curves:
        mean = np.concatenate([[0.0], np.mean(curves, axis=0)])
        label = f"macro average, {macro_auroc(areas):.3f}"
        axes.plot(np.concatenate([[0.0], grid]), mean, color="black", linewidth=2.2, label=label)


def _draw_curve(axes: Axes, history: pd.DataFrame, name: str) -> None:
    epochs = _epochs(history)
    marker = "o" if len(epochs) <= 30 else ""
    for index, (column, label) in enumerate([(name, "train"), (f"val_{name}", "validation")]):
        if column in history.columns:
            line = {"color": COLORS[index], "linestyle": LINES[index], "label": label}
            values = history[column].to_numpy(dtype=float, na_value=np.nan)
            axes.plot(epochs, values, **line, marker=marker, markersize=3)
    _mark_phases(axes, history, epochs)
    axes.set_title(_name_curve(name, history), fontsize=10, loc="left", pad=14)
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    tidy(axes)
    if name != "learning_rate":
        axes.legend(frameon=False, fontsize=8)
    elif history[name].min() > history[name].max() / LARGEST_FALL:
        axes.set_yscale("log")


def _name_curve(name: str, history: pd.DataFrame) -> str:
    """Say whose a curve is: with a positive class, precision and recall are its own."""
    own = name in ("precision", "recall") and "f1_positive" in history.columns
    return f"{CURVES[name]} of the positive class" if own else CURVES[name]


def _epochs(history: pd.DataFrame) -> npt.NDArray[np.float64]:
    if "epoch" in history.columns and (history["epoch"].diff().dropna() > 0).all():
        return history["epoch"].to_numpy(dtype=float)
    return np.arange(1, len(history) + 1, dtype=float)


def _mark_phases(axes: Axes, history: pd.DataFrame, epochs: npt.NDArray[np.float64]) -> None:
    if "phase" not in history.columns:
        return
    phases = history["phase"].astype(str).to_numpy()
    for index in np.flatnonzero(np.r_[True, phases[1:] != phases[:-1]]):
        start = epochs[index] - 0.5
        axes.axvline(start, color=MUTED, linewidth=0.9, linestyle=":")
        axes.annotate(
            phases[index].replace("_", " "),
            (start, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(2, 2),
            textcoords="offset points",
            fontsize=7,
            color=MUTED,
            parse_math=False,
        )
