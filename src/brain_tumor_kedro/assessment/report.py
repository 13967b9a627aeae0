"""The report of one run: a single HTML page that needs nothing else to be read."""

import base64
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import ChainableUndefined, Environment, Undefined
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.metrics import SPLITS

Figures = Mapping[str, tuple[Figure | bytes, str]]

#: What stands for a number that is not there.
MISSING = "\N{EN DASH}"

#: Dots per inch at which figures are drawn into the page.
RESOLUTION = 120

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: Why an image can be rejected, in words for somebody who did not write the rules.
REASONS = {
    "unreadable": "The file is broken or is not an image.",
    "empty": "The file has no content.",
    "too_small": "Too few pixels to show anatomy.",
    "blank": "All pixels have nearly the same value.",
    "not_gray": "A color picture, not a gray MRI slice.",
    "exact_copy": "The same pixels as an image that was kept.",
    "near_copy": "The same slice as an image that was kept: resized, re-encoded or adjusted.",
    "label_conflict": "Copies of one slice carry different labels, so no label can be trusted.",
    "unknown_label": "The folder or label names none of the classes.",
}

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
    data_figures: Figures | None = None,
    limits: Sequence[str] = LIMITS,
    git_revision: str = "",
    command: str = "",
) -> str:
    """Render the report of one run as a self-contained HTML page.

    Every mapping may lack entries: what is not there is left out, or shown as a dash.

    Args:
        summary: The curation summary: `found`, `kept`, `rejected` {reason: n}, `sources` {source:
            {found, kept}}, `classes` {label: n}, `splits` {split: {label: n}}, `groups`,
            `label_conflicts`, `source_overlap` {"a|b": n}, `published_split_leakage` {source:
            {test, copied_from_train}}, `cross_split_copies`, `seconds`, `split_strategy`,
            `manifest_digest`, `phantom`.
        training: What was trained: `recipe_name`, `recipe`, `backbone`, `parameters`, `epochs`,
            `seconds`, `device`, `precision`, `manifest_digest`, `versions`.
        metrics: The scores by split, from `metrics.score_splits`.
        history: One row per epoch, with a column `phase` where there were phases.
        report_table: The test split's table from `metrics.classification_report`.
        figures: By name, in order: a figure, or the bytes of a PNG, and its caption.
        registration: What was registered: `name`, `version`, `decision` (a sentence that says
            whether the champion changed, and why), and whatever else there is to say.
        created: When the report was made, as it should be read.
        title: The title of the page.
        data_figures: Figures of the data, as `figures`, shown in the section on the data.
        limits: What the reader must not conclude, one sentence or two each.
        git_revision: The revision of the code that ran.
        command: The command that ran.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    environment = Environment(
        autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        number=format_number, share=format_share, words=format_words, duration=format_duration
    )
    source = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        title=title,
        created=created,
        summary=summary,
        training=training,
        metrics={split: metrics[split] for split in SPLITS if split in metrics},
        classes=_classes(summary, metrics),
        phases=_phases(history),
        history=history,
        report_rows=report_table.to_dict("records"),
        data_figures=list(_embed(data_figures or {})),
        figures=list(_embed(figures)),
        registration=registration,
        recipe=_flatten({k: v for k, v in training.get("recipe", {}).items() if k != "phases"}),
        recipe_phases=_phase_table(training.get("recipe", {}).get("phases", [])),
        parameters=_flatten(training.get("parameters", {})),
        alarms=_alarms(summary, training, metrics),
        limits=limits,
        reasons=REASONS,
        strategies=STRATEGIES,
        git_revision=git_revision,
        command=command,
    )


def format_number(value: Any, digits: int = 3) -> str:
    """Write a count with thousands separators, a fraction with a fixed number of digits."""
    if _is_missing(value):
        return MISSING
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def format_share(part: Any, whole: Any) -> str:
    """Write a part as a percentage of a whole; a dash where there is no whole."""
    if _is_missing(part) or _is_missing(whole) or not whole:
        return MISSING
    return f"{100 * part / whole:.1f} %"


def format_words(name: Any) -> str:
    """Write an identifier as words."""
    return MISSING if _is_missing(name) else str(name).replace("_", " ")


def format_duration(seconds: Any) -> str:
    """Write seconds as a person would say them."""
    if _is_missing(seconds):
        return MISSING
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
