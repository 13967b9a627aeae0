"""What two runs must have in common for one to go on with what the other has reached."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import pandas as pd

from brain_tumor_kedro.modelling.devices import describe_backend
from brain_tumor_kedro.modelling.training_run import TrainingRun

#: Columns of the manifest that decide what is learned; `pixel_hash` may be missing.
DATA = ("row", "label", "split", "pixel_hash")


def identify(run: TrainingRun, manifest: pd.DataFrame) -> dict[str, Any]:
    """Describe a training by all that its numbers depend on.

    Args:
        run: The training.
        manifest: What it is trained on, with at least `row`, `label` and `split`.

    Returns:
        As JSON would give it back.
    """
    return {
        "recipe": run.recipe.model_dump(mode="json"),
        "seed": run.seed,
        "classes": list(run.classes),
        "positive": run.positive,
        "images": list(run.images.shape),
        "data": _digest(manifest),
        "precision": run.precision,
        "keras": keras.__version__,
        "backend": describe_backend(),
    }


def find_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Compare two identities.

    Args:
        then: Of the training that was interrupted.
        now: Of the training that is to go on with it.

    Returns:
        A phrase for each value that is not the same.
    """
    before, after = dict(_flatten(then)), dict(_flatten(now))
    return [
        f"{name} was {before.get(name)!r} and is {after.get(name)!r}"
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def _digest(manifest: pd.DataFrame) -> str:
    used = manifest[manifest["split"].isin(["train", "val"])]
    table = used[[name for name in DATA if name in used]].sort_values("row")
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:16]


def _flatten(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value with its place; phases are known by their names."""
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        value = {each.get("name", number): each for number, each in enumerate(value)}
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, each in value.items():
        yield from _flatten(each, f"{name}.{key}" if name else str(key))
