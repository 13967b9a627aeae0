"""Two runs on the same images: whether one is better than the other, or only luckier."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.assessment.delong import DeLong, compare_areas
from brain_tumor_kedro.assessment.intervals import LEVEL
from brain_tumor_kedro.assessment.mcnemar import compare_hits
from brain_tumor_kedro.assessment.outcome import Outcome, check_predictions, outcome_of
from brain_tumor_kedro.assessment.resampling import code_groups
from brain_tumor_kedro.assessment.score_summary import summarize_split
from brain_tumor_kedro.assessment.score_table import ResamplingSettings, tabulate_scores
from brain_tumor_kedro.tasks import Task

THIS, OTHER = "this", "other"
DIFFERENCE = f"{THIS} - {OTHER}"

#: What the positive labels together are called in the tests of areas.
POSITIVE = "positive"

#: How many images an error names.
NAMED = 3


class ComparisonSettings(BaseModel):
    """What is compared.

    Attributes:
        other: What the newest predictions are compared with: the path of a `predictions.parquet`,
            the `data_dir` of another run, or the id of an MLflow run that evaluated. It is called
            `with` in the parameters.
        splits: The splits to compare; those without predictions are left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    other: str | None = Field(None, alias="with")
    splits: tuple[Literal["train", "val", "test", "external"], ...] = Field(
        ("val", "test", "external"), min_length=1
    )

    def named(self) -> str:
        """What to compare with.

        Raises:
            ValueError: It was not said.
        """
        if not self.other:
            raise ValueError(
                "Expected what to compare the newest predictions with, found nothing. Name a "
                "predictions.parquet, another data_dir or an MLflow run: kedro run --pipelines "
                "comparison --params <task>.comparison.with=…"
            )
        return self.other


def compare_runs(
    this: pd.DataFrame,
    other: pd.DataFrame,
    manifest: pd.DataFrame,
    task: Task,
    splits: Sequence[str],
    settings: ResamplingSettings,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Compare the predictions of two runs, image by image.

    Both are scored on the same draws of groups, so what makes a draw hard for both cancels out.
    McNemar's and DeLong's tests take images for independent, which slices of one patient are not:
    the intervals are what counts.

    Args:
        this: Predictions of one run: see `metrics.score_splits`, and `image_id`.
        other: Predictions of another run, of the same images with the same labels.
        manifest: Columns `image_id`, `group_id`.
        task: The task.
        splits: The splits to compare; those without predictions are left out.
        settings: How intervals are drawn.

    Returns:
        The table of `tabulate_scores` with `split`, predictors `this`, `other`, `this - other`;
        and a summary with `splits` [{split, n, groups, effective_groups, scores [{metric, title,
        lower, this, other, difference}], mcnemar, delong {label: …}}] and `sentence`.

    Raises:
        ValueError: The runs are of different images, labels or manifests, they are the same, or
            there is nothing to compare.
    """
    for predictions in (this, other):
        check_predictions(predictions, task.classes)
    _require_same_manifest(this, other)
    _require_another(this, other)
    there = [split for split in splits if _rows(this, split).size or _rows(other, split).size]
    if not there:
        found = sorted(set(this["split"]) | set(other["split"]))
        raise ValueError(f"Expected predictions of {list(splits)} to compare, found {found}.")
    parts, summaries = [], []
    for split in there:
        table, summary = _compare_split(this, other, manifest, task, split, settings)
        parts.append(table)
        summaries.append(summary)
    fingerprints = [predictions.attrs.get("fingerprint") for predictions in (this, other)]
    about = dict(zip(("fingerprint", "other_fingerprint"), fingerprints, strict=True))
    judged = next((item for item in summaries if item["split"] == "test"), summaries[0])
    summary = {**about, "level": LEVEL, **settings.model_dump(), "splits": summaries}
    return pd.concat(parts, ignore_index=True), {**summary, "sentence": say_difference(judged)}


def say_difference(split: Mapping[str, Any]) -> str:
    """Say in a sentence which run is better on a split, if one is."""
    accuracy = next(row for row in split["scores"] if row["metric"] == "accuracy")
    change = accuracy["difference"]
    verdict = "no interval can be given"
    if change["low"] is not None:
        verdict = f"95% interval {100 * change['low']:+.1f} to {100 * change['high']:+.1f}"
        if change["low"] > 0:
            verdict += ", this run is better"
        elif change["high"] < 0:
            verdict += ", the other run is better"
        else:
            verdict += ", neither is shown to be better"
    return (
        f"On {split['n']:,} {split['split']} images of {split['groups']:,} groups this run is "
        f"right on {100 * accuracy[THIS]['value']:.1f}%, the other on "
        f"{100 * accuracy[OTHER]['value']:.1f}%: {100 * change['value']:+.1f} points ({verdict})."
    )


def _compare_split(
    this: pd.DataFrame,
    other: pd.DataFrame,
    manifest: pd.DataFrame,
    task: Task,
    split: str,
    settings: ResamplingSettings,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    first = _rows(this, split)
    second = _align(first, _rows(other, split), split)
    outcomes = {
        name: outcome_of(rows, split, task.classes)
        for name, rows in ((THIS, first), (OTHER, second))
    }
    groups = code_groups(first["image_id"], manifest)
    about = (groups, task.classes, task.positive, settings, [(THIS, OTHER)])
    table = tabulate_scores(outcomes, *about)
    table.insert(0, "split", split)
    summary = summarize_split(table, split, {DIFFERENCE: "difference"})
    return table, {**summary, **_test(outcomes[THIS], outcomes[OTHER], task)}


def _test(this: Outcome, other: Outcome, task: Task) -> dict[str, Any]:
    hits = [outcome.truth == outcome.predicted for outcome in (this, other)]
    inside = np.isin(list(task.classes), list(task.positive))
    areas: dict[str, DeLong | None] = {
        POSITIVE: compare_areas(
            inside[this.truth],
            this.probabilities[:, inside].sum(axis=1),
            other.probabilities[:, inside].sum(axis=1),
        )
    }
    for index, label in enumerate(task.classes):
        scores = (outcome.probabilities[:, index] for outcome in (this, other))
        areas[label] = compare_areas(this.truth == index, *scores)
    return {
        "mcnemar": compare_hits(*hits)._asdict(),
        "delong": {label: area and area._asdict() for label, area in areas.items()},
    }


def _rows(predictions: pd.DataFrame, split: str) -> pd.DataFrame:
    return predictions[predictions["split"] == split]


def _require_same_manifest(this: pd.DataFrame, other: pd.DataFrame) -> None:
    first, second = (predictions.attrs.get("manifest_digest") for predictions in (this, other))
    if first and second and first != second:
        raise ValueError(
            f"Expected two runs on one manifest, found one on {first} and one on {second}. Scores "
            "on different images cannot be compared: train and evaluate both on one manifest."
        )


def _require_another(this: pd.DataFrame, other: pd.DataFrame) -> None:
    fingerprint = this.attrs.get("fingerprint")
    if fingerprint and fingerprint == other.attrs.get("fingerprint") and this.equals(other):
        raise ValueError(
            f"Expected the predictions of another classifier to compare with, found the same ones, "
            f"of {fingerprint}. The newest predictions of a data_dir are compared: name another "
            "data_dir, an MLflow run, or the file of an earlier version."
        )


def _align(this: pd.DataFrame, other: pd.DataFrame, split: str) -> pd.DataFrame:
    """Bring the other run's rows into the order of this one's; see `compare_runs`."""
    ours, theirs = set(this["image_id"]), set(other["image_id"])
    if ours != theirs:
        raise ValueError(
            f"Expected both runs to predict the same {split} images, found "
            f"{_count(ours - theirs)} in this run alone and {_count(theirs - ours)} in the other "
            "alone. Train and evaluate both on one manifest."
        )
    aligned = other.set_index("image_id").loc[this["image_id"]].reset_index()
    differs = aligned["label"].to_numpy() != this["label"].to_numpy()
    if differs.any():
        image = this["image_id"][differs].iloc[0]
        raise ValueError(
            f"Expected both runs to have the same labels, found {differs.sum():,} {split} images "
            f"with others, {image!r} for one: {this['label'][differs].iloc[0]!r} in this run and "
            f"{aligned['label'][differs].iloc[0]!r} in the other. Train and evaluate both on one "
            "manifest."
        )
    return aligned


def _count(images: set[str]) -> str:
    named = ", ".join(map(repr, sorted(images)[:NAMED]))
    return f"{len(images):,} ({named}{', …' if len(images) > NAMED else ''})" if images else "none"
