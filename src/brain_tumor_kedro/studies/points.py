"""Points of a space: one value for every key, listed or sampled."""

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import optuna

from brain_tumor_kedro.studies.search_space import DATA, RECIPE, VARIANT, Range, StudySettings

#: One value for every key of a space.
Point = Mapping[str, Any]


def list_points(settings: StudySettings) -> list[dict[str, Any]]:
    """List the points that a grid trains: the product of all values, the last key fastest.

    Args:
        settings: Of a study.

    Returns:
        Every combination; of ranges, their ends.
    """
    keys = list(settings.space)
    product = itertools.product(*(settings.values(key) for key in keys))
    return [dict(zip(keys, values, strict=True)) for values in product]


def list_corners(settings: StudySettings) -> Iterator[dict[str, Any]]:
    """Go through every value once, with the first ones of all other keys.

    Args:
        settings: Of a study.

    Yields:
        Points; enough to find values that no recipe takes without going through the product.
    """
    first = {key: settings.values(key)[0] for key in settings.space}
    yield first
    for key in settings.space:
        for value in settings.values(key)[1:]:
            yield {**first, key: value}


def suggest_point(settings: StudySettings, trial: optuna.Trial) -> dict[str, Any]:
    """Let a trial choose a value for every key.

    Args:
        settings: Of a study.
        trial: A running one.

    Returns:
        The point.
    """
    return {key: _suggest(trial, key, values) for key, values in settings.space.items()}


def read_point(settings: StudySettings, params: Mapping[str, Any]) -> dict[str, Any]:
    """Read the point that a trial has chosen.

    Args:
        settings: Of the study.
        params: Of the trial, as `suggest_point` had it choose.

    Returns:
        The point.
    """
    point = {}
    for key, values in settings.space.items():
        listed = () if isinstance(values, Range) else values
        by_label = {label(value): value for value in listed}
        point[key] = by_label.get(params[key], params[key])
    return point


def split_point(
    settings: StudySettings, point: Point
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Take a point apart.

    Args:
        settings: Of the study.
        point: One of its points.

    Returns:
        The name of the recipe, and what the point changes in the recipe and in the data. What a
        variant bundles comes first, so that a key of its own wins.
    """
    bundle = settings.variants.get(str(point[VARIANT]), {}) if VARIANT in point else {}
    own = {key: value for key, value in point.items() if key not in (RECIPE, VARIANT)}
    changes = {**{key: value for key, value in bundle.items() if key not in own}, **own}
    data = {key.removeprefix(DATA): v for key, v in changes.items() if key.startswith(DATA)}
    recipe = {key: value for key, value in changes.items() if not key.startswith(DATA)}
    return str(point[RECIPE]), recipe, data


def label(value: Any) -> str | int | float | bool | None:
    """Write a value so that a table or a database holds it: what is no single value as JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, sort_keys=True)


def _suggest(trial: optuna.Trial, key: str, values: Range | tuple[Any, ...]) -> Any:
    if not isinstance(values, Range):
        labels = [label(value) for value in values]
        return values[labels.index(trial.suggest_categorical(key, labels))]
    if values.whole:
        step = int(values.step or 1)
        return trial.suggest_int(key, int(values.low), int(values.high), log=values.log, step=step)
    return trial.suggest_float(key, values.low, values.high, log=values.log, step=values.step)
