"""Dotted fields: single values deep inside of settings, changed by their place."""

from collections.abc import Mapping
from typing import Any


def override(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change single values by their place.

    Args:
        fields: Mappings and lists in one another, as JSON holds them. Lists of mappings that have
            a `name` each are known by these names.
        changes: By place, such as `phases.head.learning_rate`; whole branches may be replaced.
            Later changes build on earlier ones.

    Returns:
        A copy with the changes. A place that was not there is there now: whether it may be is for
        the settings to say.

    Raises:
        ValueError: Where a place leads through a value that holds no others.
    """
    result: dict[str, Any] = _by_name(fields)
    for place, value in changes.items():
        _put(result, place, value)
    return result


def _by_name(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _by_name(each) for key, each in value.items()}
    if isinstance(value, list | tuple) and value and all(_named(each) for each in value):
        rest = [{k: v for k, v in each.items() if k != "name"} for each in value]
        return {each["name"]: _by_name(r) for each, r in zip(value, rest, strict=True)}
    return value


def _named(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" in value


def _put(fields: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for key in path:
        if fields.get(key) is None:
            fields[key] = {}
        fields = fields[key]
        if not isinstance(fields, dict):
            raise ValueError(f"{place}: {key} is {fields!r}, which holds no other fields")
    fields[last] = _by_name(value)  # a copy, which later changes may change
