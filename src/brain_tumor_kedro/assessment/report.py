"""The report of one run: a single HTML page that needs nothing else to be read."""

import base64
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import ChainableUndefined, Environment
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.formatting import (
    format_duration,
    format_number,
    format_setting,
    format_share,
    format_words,
)
from brain_tumor_kedro.tasks import SPLITS

Figures = Mapping[str, tuple[Figure | bytes, str]]

#: Dots per inch at which figures are drawn into the page.
RESOLUTION = 120

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: What a split strategy means for the number that is reported on it.
STRATEGIES = {
    "group": (
        "The split is by groups: copies were dropped, and slices of one patient or so alike that "
        "they may be lie in one split. The classifier has seen no relative of a test image that "
        "the search could find."
    ),
    "image": (
        "The split is by single images, as many papers do it: relatives of the test images are in "
        "the training set, so this number is higher than what new patients would give."
    ),
}

#: What holds for every classifier made here; callers add what holds for theirs.
LIMITS = (
    "For research only. This is not a medical device and must not be used to diagnose anybody.",
    "The images are single slices that others selected; a clinic sees whole volumes, other "
    "scanners and other diseases.",
    "The Kaggle collections publish no patient ids. Their groups rest on similarity alone, so "
    "slices of one patient that look different may still lie in different splits.",
    "Copies are searched upright and mirrored; a turned, shifted or cropped copy can be missed and "
    "lie in another split.",
    "One split and one training run: the numbers carry no interval yet and would differ with "
    "another seed.",
)


def render_report(
    *,
    summary: Mapping[str, Any],
    training: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, Any]],
    history: pd.DataFrame,
    report_table: pd.DataFrame,
    figures: Figures,
    registration: Mapping[str, Any],
    created: str,
    title: str = "Brain tumor classifier: evaluation report",
    source_table: pd.DataFrame | None = None,
    data_figures: Figures | None = None,
    limits: Sequence[str] = LIMITS,
    git_revision: str = "",
    command: str = "",
    reasons: Mapping[str, str] | None = None,
) -> str:
    """Render the report of one run as a self-contained HTML page.

    Every mapping may lack entries: what is not there is left out, or shown as a dash.

    Args:
        summary: The curation summary: `found`, `kept`, `rejected` {reason: n}, `sources` {source:
            {found, kept}}, `classes` {label: n}, `splits` {split: {label: n}}, `groups`,
            `label_conflicts`, `source_overlap` {"a|b": n}, `published_split_leakage` {source:
            {test, copied_from_train}}, `cross_split_copies`, `crossings` {relation: pairs},
            `seconds`, `split_strategy`, `manifest_digest`, `phantom`.
        training: What was trained: `recipe_name`, `recipe`, `backbone`, `weights`, `parameters`,
            `epochs`, `best_epoch_by_phase` {phase: epoch}, `seconds`, `device`, `precision`,
            `manifest_digest`, `versions`.
        metrics: The scores by split, from `metrics.score_splits`.
        history: One row per epoch, with a column `phase` where there were phases.
        report_table: The test split's table from `metrics.classification_report`.
        source_table: The same split's table from `sources.score_sources`.
        figures: By name, in order: a figure, or the bytes of a PNG, and its caption.
        registration: What was registered: `name`, `version`, `decision` (a sentence that says
            whether the champion changed, and why), and whatever else there is to say.
        created: When the report was made, as it should be read.
        title: The title of the page.
        data_figures: Figures of the data, as `figures`, shown in the section on the data.
        limits: What the reader must not conclude, one sentence or two each.
        git_revision: The revision of the code that ran.
        command: The command that ran.
        reasons: What each reason for a rejection means, a phrase each.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    environment = Environment(
        autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        number=format_number,
        share=format_share,
        duration=format_duration,
        words=format_words,
        known=format_setting,
    )
    source = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    classes = _classes(summary, metrics)
    recipe = dict(training.get("recipe", {}))
    recipe_phases = _phase_table(recipe.pop("phases", []))
    page = environment.from_string(source).render(
        title=title,
        created=created,
        summary=summary,
        training=training,
        metrics={split: metrics[split] for split in SPLITS if split in metrics},
        classes=classes,
        split_rows=_split_rows(summary.get("splits", {}), classes),
        phases=_phases(history, training.get("best_epoch_by_phase", {})),
        epochs=history.to_dict("records"),
        report_rows=report_table.to_dict("records"),
        source_rows=[] if source_table is None else source_table.to_dict("records"),
        data_figures=list(_embed(data_figures or {})),
        figures=list(_embed(figures)),
        registration=registration,
        recipe=_flatten(recipe),
        recipe_phases=recipe_phases,
        parameters=_flatten(training.get("parameters", {})),
        alarms=_alarms(summary, training, metrics),
        limits=limits,
        reasons=reasons or {},
        strategies=STRATEGIES,
        git_revision=git_revision,
        command=command,
    )
    return page.strip() + "\n"


def _embed(figures: Figures) -> Iterator[dict[str, Any]]:
    for name, (figure, caption) in figures.items():
        png = _draw(figure) if isinstance(figure, Figure) else figure
        if not png.startswith(PNG_SIGNATURE):
            raise ValueError(
                f"Expected the figure {name!r} as a Figure or as the bytes of a PNG, received "
                f"bytes that start with {png[:8]!r}. Save it with format='png'."
            )
        width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
        size = {"width": width * 96 // RESOLUTION, "height": height * 96 // RESOLUTION}
        yield {"name": name, "caption": caption, "png": base64.b64encode(png).decode(), **size}


def _draw(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=RESOLUTION)
    return buffer.getvalue()


def _classes(summary: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Take the classes from the scores, whose order is the classifier's, else from the data."""
    for scores in metrics.values():
        return list(scores.get("per_class", {}))
    return list(summary.get("classes", {}))


def _split_rows(
    splits: Mapping[str, Mapping[str, int]], classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Count images by class, one row each, with the sums in the last row and the last column."""
    labels = list(dict.fromkeys([*classes, *(label for n in splits.values() for label in n)]))
    counts = [[n.get(label, 0) for n in splits.values()] for label in labels]
    sums = [sum(column) for column in zip(*counts, strict=True)]
    return [
        {"label": label, "counts": row, "all": sum(row)}
        for label, row in zip([*labels, "all"], [*counts, sums], strict=True)
    ]


def _flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Turn nested settings into one level: {"head.units": 256}."""
    if isinstance(value, Mapping):
        flat: dict[str, Any] = {}
        for key, inner in value.items():
            flat |= _flatten(inner, f"{path}.{key}" if path else str(key))
        return flat
    if isinstance(value, list | tuple):
        return {path: ", ".join(format_setting(item) for item in value)}
    return {path: value}


def _phase_table(phases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [_flatten(phase) for phase in phases]
    return {"columns": list(dict.fromkeys(key for row in rows for key in row)), "rows": rows}


def _phases(history: pd.DataFrame, kept: Mapping[str, int]) -> list[dict[str, Any]]:
    """Tell for each phase how many epochs it took and from which one its weights are."""
    if history.empty:
        return []
    named = history if "phase" in history.columns else history.assign(phase="training")
    phases = []
    for name, epochs in named.groupby("phase", sort=False):
        rows = epochs.to_dict("records")
        best = [row for row in rows if row.get("epoch") == kept.get(str(name), math.nan)]
        phases.append({"name": name, "epochs": len(rows), "kept": best[0] if best else {}})
    return phases


def _alarms(
    summary: Mapping[str, Any], training: Mapping[str, Any], metrics: Mapping[str, Any]
) -> list[str]:
    """Say what makes the numbers of this report doubtful."""
    alarms = []
    if crossing := summary.get("cross_split_copies"):
        alarms.append(
            f"{crossing:,} pairs of copies lie in different splits: the scores are too high."
        )
    described, trained = summary.get("manifest_digest"), training.get("manifest_digest")
    if described and trained and described != trained:
        alarms.append(
            f"The classifier was trained on the manifest {trained}, this report describes the "
            f"manifest {described}: images it was trained on may be in the test split."
        )
    kept = sum(summary.get("splits", {}).get("test", {}).values())
    scored = metrics.get("test", {}).get("n")
    if kept and scored is not None and scored != kept:
        alarms.append(f"{scored:,} test images were scored, the test split holds {kept:,}.")
    return alarms
