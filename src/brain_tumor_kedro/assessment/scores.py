"""The scores of a classifier beside those of the baselines: what the report says of them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.baselines import BASELINES
from brain_tumor_kedro.assessment.intervals import LEVEL
from brain_tumor_kedro.assessment.metrics import score_outcome
from brain_tumor_kedro.assessment.outcome import Outcome, check_predictions, outcome_of
from brain_tumor_kedro.assessment.resampling import code_groups
from brain_tumor_kedro.assessment.score_findings import find_in_scores
from brain_tumor_kedro.assessment.score_names import CLASS_SCORES
from brain_tumor_kedro.assessment.score_summary import interval_of, plain_rows, summarize_split
from brain_tumor_kedro.assessment.score_table import (
    ResamplingSettings,
    tabulate_scores,
    tabulate_sources,
)
from brain_tumor_kedro.assessment.sources import score_sources
from brain_tumor_kedro.assessment.words import WORDS
from brain_tumor_kedro.tasks import SCORED, Task

CLASSIFIER = "classifier"
PROBE = "linear_probe"

#: The split that is looked at class by class and source by source.
JUDGED = "test"


def score_with_intervals(
    predictions: pd.DataFrame,
    baselines: pd.DataFrame,
    manifest: pd.DataFrame,
    task: Task,
    settings: ResamplingSettings,
) -> pd.DataFrame:
    """Score the classifier and the baselines on every split, with intervals.

    The training images are scored by the classifier alone: a probe was fitted on them.

    Args:
        predictions: See `metrics.score_splits`, and `image_id`.
        baselines: The same, and `baseline`: see `baselines.predict_baselines`.
        manifest: Columns `image_id`, `group_id`.
        task: The task.
        settings: How intervals are drawn.

    Returns:
        `split` and the columns of `tabulate_scores`; predictors are `classifier`, the baselines,
        and `classifier - linear_probe`.

    Raises:
        ValueError: The predictions cannot be scored, or the baselines are of other images.
    """
    check_predictions(predictions, task.classes)
    tables = []
    for split in [name for name in SCORED if (predictions["split"] == name).any()]:
        rows = predictions[predictions["split"] == split]
        outcomes = {CLASSIFIER: outcome_of(rows, split, task.classes)}
        if split != "train":
            outcomes |= _baseline_outcomes(baselines, rows, split, task.classes)
        pairs = [(CLASSIFIER, PROBE)] if PROBE in outcomes else []
        groups = code_groups(rows["image_id"], manifest)
        about = (groups, task.classes, task.positive, settings, pairs)
        tables.append(tabulate_scores(outcomes, *about).assign(split=split))
    table = pd.concat(tables, ignore_index=True)
    return table[["split", *table.columns.drop("split")]]


def score_classifier(
    predictions: pd.DataFrame, manifest: pd.DataFrame, task: Task, settings: ResamplingSettings
) -> pd.DataFrame:
    """Score the classifier alone; see `score_with_intervals`."""
    nothing = pd.DataFrame({"baseline": [], "split": []})
    return score_with_intervals(predictions, nothing, manifest, task, settings)


def summarize_scores(
    table: pd.DataFrame,
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    task: Task,
    settings: ResamplingSettings,
    baselines: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Put together what the report says of the scores.

    Args:
        table: What `score_with_intervals` returned.
        predictions: With the classifier's `fingerprint` in `attrs`, and a test split.
        manifest: Columns `image_id`, `group_id`, `source`.
        task: The task.
        settings: How intervals are drawn.
        baselines: Their predictions, with `baseline`; without, no source has the probe's recall.

    Returns:
        `fingerprint`, `level`, `draws`, `seed`, `unit`, `predictors` {name: what it does},
        `splits` [{split, n, groups, effective_groups, scores: [{metric, title, lower,
        <predictor>: interval}]}], `classes` [{label, n, groups, <metric>: interval,
        baselines: {<name>: {<metric>: interval}}}], `sources`, `confusion_matrix`,
        `labels`, `words` (see `words.Words`) and `findings`; an interval is {value, low, high,
        draws}.
    """
    outcome = outcome_of(predictions, JUDGED, task.classes)
    rows = predictions[predictions["split"] == JUDGED]
    sources = rows["image_id"].map(manifest.set_index("image_id")["source"])
    groups = code_groups(rows["image_id"], manifest)
    by_source = tabulate_sources(outcome, sources, groups, task.classes, settings)
    summary = {
        "fingerprint": predictions.attrs.get("fingerprint"),
        "level": LEVEL,
        **settings.model_dump(),
        "predictors": {CLASSIFIER: "the trained classifier", **BASELINES},
        "labels": list(task.classes),
        "positive": list(task.positive),
        "words": WORDS[task.unit]._asdict(),
        "splits": [summarize_split(table, split) for split in table["split"].unique()],
        "classes": [_summarize_class(table, label) for label in task.classes],
        "sources": _beside_probe(plain_rows(by_source), baselines, manifest, task.classes),
        "confusion_matrix": score_outcome(outcome, task.classes)["confusion_matrix"],
    }
    return {**summary, "findings": find_in_scores(summary)}


def _beside_probe(
    rows: list[dict[str, Any]],
    baselines: pd.DataFrame | None,
    manifest: pd.DataFrame,
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """Add to each class and source what the linear probe finds of it."""
    if baselines is None or not (baselines["baseline"] == PROBE).any():
        return rows
    table = score_sources(baselines[baselines["baseline"] == PROBE], manifest, JUDGED, classes)
    recall = table.set_index(["label", "source"])["recall"]
    return [{**row, PROBE: float(recall[row["label"], row["source"]])} for row in rows]


def _baseline_outcomes(
    baselines: pd.DataFrame, rows: pd.DataFrame, split: str, classes: Sequence[str]
) -> dict[str, Outcome]:
    outcomes = {}
    for name, table in baselines[baselines["split"] == split].groupby("baseline", sort=False):
        indexed = table.set_index("image_id")
        if set(indexed.index) != set(rows["image_id"]):
            raise ValueError(
                f"Expected the baseline {name} to predict the {len(rows):,} images of the {split} "
                f"split, found {len(indexed):,} images, not all the same. Predict again: kedro "
                "run --pipelines evaluation"
            )
        aligned = indexed.loc[rows["image_id"]].reset_index()
        check_predictions(aligned, classes)
        outcomes[str(name)] = outcome_of(aligned, split, classes)
    return outcomes


def _summarize_class(table: pd.DataFrame, label: str) -> dict[str, Any]:
    here = table[(table["split"] == JUDGED) & (table["label"] == label)]
    found = {
        name: {row["metric"]: row for row in plain_rows(here[here["predictor"] == name])}
        for name in (CLASSIFIER, *BASELINES)
        if (here["predictor"] == name).any()
    }
    recall = found[CLASSIFIER]["recall"]
    size = {name: recall[name] for name in ("n", "groups")}
    effective = round(recall["effective_groups"], 1)
    intervals = {
        name: {metric: interval_of(rows[metric]) for metric in CLASS_SCORES}
        for name, rows in found.items()
    }
    own = intervals.pop(CLASSIFIER)
    return {"label": label, **size, "effective_groups": effective, **own, "baselines": intervals}
