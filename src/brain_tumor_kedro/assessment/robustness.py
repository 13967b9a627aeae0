"""Robustness: what is left of the accuracy when images get worse."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.assessment.intervals import Kind, make_interval
from brain_tumor_kedro.assessment.recall_bootstrap import Recalls, bootstrap_recalls
from brain_tumor_kedro.assessment.resampling import combine_effective
from brain_tumor_kedro.assessment.robustness_findings import find_weaknesses

#: What stands for all classes together in the table, and for the images as they are.
ALL = "all"
CLEAN = "clean"


class RobustnessSettings(BaseModel):
    """How corruptions are judged.

    Attributes:
        images: Test images that every corruption is tried on, in every severity.
        seed: Of the choice of images, of what is random in a corruption, and of the intervals.
        draws: Resamples of groups for each interval.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: int = Field(96, ge=1)
    seed: int = Field(0, ge=0)
    draws: int = Field(1000, ge=100)


def score_corruptions(
    corrupted: pd.DataFrame,
    groups: pd.Series,
    classes: Sequence[str],
    settings: RobustnessSettings,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score predictions of corrupted images.

    Accuracy is the mean of the classes' recalls, because the sample is even over classes where the
    test split is not. The mean corruption error is the mean of 1 - accuracy over all corruptions
    and severities; Hendrycks and Dietterich (ICLR 2019) divide by another network's errors first,
    which is not done here. The relative one is over the errors that clean images do not have.

    Args:
        corrupted: Columns `image_id`, `corruption`, `severity`, `label`, `predicted`: every image
            once as it is (`clean`, 0), and once for each corruption and severity.
        groups: The group of every image, by `image_id`.
        classes: Class labels in the order of the report.
        settings: Of the intervals.

    Returns:
        A table with `corruption`, `severity`, `label` (a class, or `all`), `n`, `accuracy`, `low`,
        `high`, `loss` (accuracy on clean images less this), `loss_low`, `loss_high`; and the
        numbers of the report, with `findings`.

    Raises:
        ValueError: The table is empty, or an image was not predicted under every condition.
    """
    right, rows, conditions = _arrange(corrupted)
    position = {label: place for place, label in enumerate(classes)}
    truth = np.array([position[label] for label in rows["label"]], np.intp)
    of_group = rows["image_id"].map(groups).to_numpy(dtype=object)
    recalls = bootstrap_recalls(right, truth, of_group, settings.draws, settings.seed)
    table = _tabulate(recalls, conditions, classes)
    numbers = {
        "n": len(rows),
        "groups": len(set(of_group)),
        "per_class": {
            classes[place]: int(n) for place, n in zip(recalls.classes, recalls.counts, strict=True)
        },
        **settings.model_dump(),
        **_summarize(recalls, conditions, table),
    }
    return table, {**numbers, "findings": find_weaknesses(numbers)}


def _arrange(corrupted: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame, pd.MultiIndex]:
    """Whether each image is right, `(n, k)`, the clean first; the images; the conditions."""
    if corrupted.empty:
        raise ValueError("Expected predictions of corrupted images, received none.")
    marked = corrupted.assign(right=corrupted["label"] == corrupted["predicted"])
    wide = marked.pivot(  # noqa: PD010
        index=["image_id", "label"], columns=["corruption", "severity"], values="right"
    )
    order = marked[["corruption", "severity"]].drop_duplicates()
    conditions = pd.MultiIndex.from_frame(
        pd.concat([order[order["severity"] == 0], order[order["severity"] > 0]])
    )
    wide = wide[conditions]
    if wide.isna().to_numpy().any() or list(conditions[:1]) != [(CLEAN, 0)]:
        raise ValueError(
            "Expected a prediction of every image, clean and under every corruption and severity; "
            "some are missing. Predict again: kedro run --pipelines robustness"
        )
    return wide.to_numpy(dtype=bool), wide.index.to_frame(index=False), conditions


def _tabulate(recalls: Recalls, conditions: pd.MultiIndex, classes: Sequence[str]) -> pd.DataFrame:
    found, drawn = recalls.balanced()
    whole = combine_effective(recalls.effective.tolist())
    lines = [(ALL, int(recalls.counts.sum()), found, drawn, whole)]
    for place, number in enumerate(recalls.classes):
        n, effective = int(recalls.counts[place]), float(recalls.effective[place])
        label = classes[number]
        lines.append((label, n, recalls.found[place], recalls.drawn[:, place], effective))
    rows = []
    for at, (corruption, severity) in enumerate(conditions):
        for label, n, accuracy, draws, effective in lines:
            here = make_interval(accuracy[at], draws[:, at], effective, "share")
            lost = accuracy[0] - accuracy[at], draws[:, 0] - draws[:, at]
            loss = make_interval(*lost, effective, "difference")
            rows.append(
                {
                    "corruption": corruption,
                    "severity": int(severity),
                    "label": label,
                    "n": n,
                    "accuracy": here.value,
                    "low": here.low,
                    "high": here.high,
                    "loss": loss.value,
                    "loss_low": loss.low,
                    "loss_high": loss.high,
                }
            )
    return pd.DataFrame(rows)


def _summarize(recalls: Recalls, conditions: pd.MultiIndex, table: pd.DataFrame) -> dict[str, Any]:
    found, drawn = recalls.balanced()
    names = [name for name in dict.fromkeys(conditions.get_level_values(0)) if name != CLEAN]
    # Every corruption counts the same, however many severities were tried.
    places = {name: np.flatnonzero(conditions.get_level_values(0) == name) for name in names}

    def measure(relative: bool, chosen: Sequence[str]) -> dict[str, float | None]:
        def errors(accuracy: np.ndarray) -> np.ndarray:
            start = accuracy[..., :1] if relative else 1.0
            means = [(start - accuracy[..., places[name]]).mean(axis=-1) for name in chosen]
            mean: np.ndarray = np.mean(means, axis=0)
            return mean

        kind: Kind = "difference" if relative else "score"
        bounds = recalls.bound(float(errors(found)), errors(drawn), kind)
        return {"value": bounds.value, "low": bounds.low, "high": bounds.high}

    overall = table[table["label"] == ALL]
    return {
        "clean": {name: _plain(overall[name])[0] for name in ("accuracy", "low", "high")},
        "mean_error": measure(False, names) if names else None,
        "relative_error": measure(True, names) if names else None,
        "corruptions": {
            name: {
                **_columns(overall[overall["corruption"] == name]),
                "mean_error": measure(False, [name]),
                "relative_error": measure(True, [name]),
                "classes": _by_class(table[table["corruption"] == name]),
            }
            for name in names
        },
    }


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    chosen = ["severity", "accuracy", "low", "high", "loss", "loss_low", "loss_high"]
    return {name: _plain(rows[name]) for name in chosen}


def _by_class(rows: pd.DataFrame) -> dict[str, list[Any]]:
    labels = [label for label in dict.fromkeys(rows["label"]) if label != ALL]
    return {label: _plain(rows.loc[rows["label"] == label, "accuracy"]) for label in labels}


def _plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values.tolist()]
