"""Shortcuts: whether anything but the brain tells a classifier what it is asked.

Geirhos et al., "Shortcut learning in deep neural networks", Nature Machine Intelligence 2020; for
radiographs of several hospitals Zech et al., PLOS Medicine 2018, and DeGrave et al., Nature Machine
Intelligence 2021.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.assessment.probing import probe
from brain_tumor_kedro.assessment.spread_sample import spread_sample
from brain_tumor_kedro.tasks import SCORED

#: Images that a source or a class must have to be told from others; within a class or a source,
#: where less is left, more.
LEAST = 10
LEAST_WITHIN = 30

#: What is told, within what.
SOURCE = "source"
LABEL = "label"

#: What a probe is given where it is given no image: the class alone.
LABEL_ALONE = "label_alone"

Numbers = Mapping[str, npt.NDArray[np.float32]]


class ShortcutSettings(BaseModel):
    """How shortcuts are looked for.

    Attributes:
        images: Images whose surroundings are measured, of all splits.
        masked: Test images that are predicted without the head, and without the rest.
        folds: Of the cross-validation, by group.
        seed: Of the choice of images, of the folds, and of the intervals.
        draws: Resamples of groups for each interval.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: int = Field(800, ge=1)
    masked: int = Field(200, ge=1)
    folds: int = Field(5, ge=2)
    seed: int = Field(0, ge=0)
    draws: int = Field(1000, ge=100)


def choose_probed(manifest: pd.DataFrame, settings: ShortcutSettings) -> pd.DataFrame:
    """Choose images to probe, as even over sources and their classes as can be.

    Args:
        manifest: Columns `image_id`, `source`, `label`, `group_id`, `split`, `row`, of kept images.
        settings: How many.

    Returns:
        Some of its rows; images outside of every split are left out.
    """
    judged = manifest[manifest["split"].isin(SCORED).fillna(False)]
    rows = spread_sample(judged.reset_index(drop=True), [SOURCE, LABEL], settings.images,
                         settings.seed)  # fmt: skip
    return rows.reset_index(drop=True)


def probe_sources(
    numbers: Numbers, rows: pd.DataFrame, settings: ShortcutSettings
) -> list[dict[str, Any]]:
    """Measure how well the source can be told, and how well from the class alone.

    Sources differ in their classes, so that whoever knows the class knows something of the source.
    Only what goes beyond that, or what is told among images of one class, is of the picture itself.

    Args:
        numbers: What is known of each image by its name, such as `background`: float32, (n, d).
        rows: Columns `source`, `label`, `group_id`, in the same order.
        settings: Of folds and intervals.

    Returns:
        See `probing.probe`, with `target`, `basis` and `within` (a class, or None).
    """
    alone = {LABEL_ALONE: pd.get_dummies(rows["label"]).to_numpy(np.float32)}
    return [
        *_probe_each({**numbers, **alone}, rows, SOURCE, settings, LEAST),
        *_probe_within(numbers, rows, SOURCE, LABEL, settings),
    ]


def probe_labels(
    numbers: Numbers, rows: pd.DataFrame, settings: ShortcutSettings
) -> list[dict[str, Any]]:
    """Measure how well the class can be told without the head, over all sources and within each.

    Args:
        numbers: What is known of each image by its name, such as `background`: float32, (n, d).
        rows: Columns `source`, `label`, `group_id`, in the same order.
        settings: Of folds and intervals.

    Returns:
        See `probing.probe`, with `target`, `basis` and `within` (a source, or None).
    """
    return [
        *_probe_each(numbers, rows, LABEL, settings, LEAST),
        *_probe_within(numbers, rows, LABEL, SOURCE, settings),
    ]


def find_entangled(manifest: pd.DataFrame, classes: Sequence[str]) -> dict[str, list[str]]:
    """Find the sources that do not hold every class.

    Args:
        manifest: Columns `source`, `label`, of kept images.
        classes: Class labels.

    Returns:
        By source: the classes that it lacks while another source holds them.
    """
    held = {source: set(rows["label"]) for source, rows in manifest.groupby("source")}
    there = set().union(*held.values())
    lacking = {
        str(source): [label for label in classes if label in there - labels]
        for source, labels in held.items()
    }
    return {source: labels for source, labels in lacking.items() if labels}


def _probe_each(
    numbers: Numbers,
    rows: pd.DataFrame,
    target: str,
    settings: ShortcutSettings,
    least: int,
    within: str | None = None,
) -> list[dict[str, Any]]:
    found = []
    for basis, values in numbers.items():
        result = probe(
            values,
            rows[target].to_numpy(dtype=object),
            rows["group_id"].to_numpy(dtype=object),
            least=least,
            folds=settings.folds,
            draws=settings.draws,
            seed=settings.seed,
        )
        found.append({"target": target, "basis": basis, "within": within, **result})
    return found


def _probe_within(
    numbers: Numbers, rows: pd.DataFrame, target: str, by: str, settings: ShortcutSettings
) -> list[dict[str, Any]]:
    """Probe again among the images of one class, or of one source, where two can be told apart."""
    found = []
    for value in sorted(set(rows[by])):
        here = (rows[by] == value).to_numpy()
        enough = rows.loc[here, target].value_counts() >= LEAST_WITHIN
        if enough.sum() < 2:
            continue
        chosen = {basis: values[here] for basis, values in numbers.items()}
        found += _probe_each(chosen, rows[here], target, settings, LEAST_WITHIN, str(value))
    return found
