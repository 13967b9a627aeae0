"""Families of recipes: one entry in YAML that makes a recipe for each of several backbones.

Like Kedro's dataset factories: a name with a placeholder stands for many names.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

#: What a family's name holds where its members' names hold a backbone.
PLACEHOLDER = "{backbone}"


def expand_families(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Make a recipe for each member of a family.

    An entry whose name is a member's changes that member alone: its values are merged over the
    family's, level by level.

    Example:
        >>> family = {"backbone": ["vgg16", "xception"], "batch_size": 32}
        >>> made = expand_families({"my_{backbone}": family, "my_vgg16": {"batch_size": 8}})
        >>> sorted(made), made["my_vgg16"]
        (['my_vgg16', 'my_xception'], {'backbone': 'vgg16', 'batch_size': 8})

    Args:
        entries: Recipes and families by name, as they stand in YAML; they stay as they are.

    Returns:
        Recipes by name, as they would stand in YAML without families.

    Raises:
        ValueError: Where a family lists no backbones, two make the same recipe, or an entry that
            is no whole recipe changes none either.
    """
    made = _members(entries)
    for name, entry in entries.items():
        if name in made:
            made[name] = _merge(made[name], entry)
        elif PLACEHOLDER not in name:
            _require_whole(name, entry, [*made, *entries])
            made[name] = entry
    return made


def _members(entries: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for family, entry in entries.items():
        if PLACEHOLDER not in family:
            continue
        for backbone in _backbones(family, entry):
            name = family.replace(PLACEHOLDER, backbone)
            if name in made:
                raise ValueError(
                    f"the recipe {name!r} is made twice: every family needs a name of its own, and "
                    "lists a backbone once"
                )
            made[name] = {**entry, "backbone": backbone}
    return made


def _backbones(family: str, entry: Any) -> tuple[str, ...]:
    listed = entry.get("backbone") if isinstance(entry, Mapping) else None
    several = isinstance(listed, Sequence) and not isinstance(listed, str)
    if not (several and listed and all(isinstance(name, str) for name in listed)):
        raise ValueError(
            f"{family!r} is a family of recipes: expected a list of backbones under its "
            f"`backbone`, received {listed!r}; a single recipe has no {PLACEHOLDER} in its name"
        )
    return tuple(listed)


def _require_whole(name: str, entry: Any, known: Sequence[str]) -> None:
    """Refuse what was meant to change a recipe, and by its name changes none."""
    if isinstance(entry, Mapping) and not {"backbone", "phases"} & set(entry):
        close = get_close_matches(name, [other for other in known if other != name], n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"there is no recipe {name!r} of which to change {', '.join(map(str, entry))}.{hint}"
        )


def _merge(base: Any, changes: Any) -> Any:
    if not (isinstance(base, Mapping) and isinstance(changes, Mapping)):
        return changes
    merged = {key: _merge(base[key], changes[key]) for key in base if key in changes}
    return {**base, **changes, **merged}
