import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.checkpoint_identity import find_differences, identify
from brain_tumor_kedro.modelling.recipes import Recipe


@pytest.fixture
def describe(make_recipe: Callable[..., Recipe], manifest: pd.DataFrame) -> Callable[..., Any]:
    """Identify a training; keywords replace what it is."""

    def make(table: pd.DataFrame = manifest, **changes: Any) -> dict[str, Any]:
        values = {
            "recipe": make_recipe(),
            "seed": 0,
            "classes": ("left", "right"),
            "positive": None,
            "images": np.zeros((32, 40, 40), np.uint8),
            "precision": "float32",
        }
        return identify(SimpleNamespace(**(values | changes)), table)

    return make


def test_the_same_training_is_the_same_read_back_and_in_any_order(
    describe: Callable[..., Any], manifest: pd.DataFrame
) -> None:
    again = json.loads(json.dumps(describe(manifest[::-1])))
    assert find_differences(again, describe()) == []


def test_differences_are_named_with_both_values(
    describe: Callable[..., Any], make_recipe: Callable[..., Recipe]
) -> None:
    phases = [{"name": "only", "trainable": "all", "learning_rate": 0.5, "epochs": 1}]
    recipe = make_recipe(phases=phases, head={"dense": [4]})
    assert find_differences(describe(), describe(recipe=recipe, seed=1)) == [
        "recipe.head.dense was [] and is [4]",
        "recipe.phases.only.learning_rate was 0.001 and is 0.5",
        "seed was 0 and is 1",
    ]


def test_a_phase_more_is_a_difference(
    describe: Callable[..., Any], make_recipe: Callable[..., Recipe]
) -> None:
    phase = {"name": "only", "trainable": "all", "learning_rate": 1e-3, "epochs": 1}
    recipe = make_recipe(phases=[phase, phase | {"name": "more"}])
    found = find_differences(describe(), describe(recipe=recipe))
    assert "recipe.phases.more.learning_rate was None and is 0.001" in found


@pytest.mark.parametrize("column", ["label", "split", "pixel_hash"])
def test_other_data_are_a_difference(
    describe: Callable[..., Any], manifest: pd.DataFrame, column: str
) -> None:
    manifest["pixel_hash"] = [f"{number:064x}" for number in range(len(manifest))]
    trained = manifest.index[(manifest["split"] == "train") & (manifest["label"] == "left")][0]
    other = manifest.copy()
    other.loc[trained, column] = {"label": "right", "split": "val", "pixel_hash": "f"}[column]
    (difference,) = find_differences(describe(manifest), describe(other))
    assert difference.startswith("data was ")


def test_test_images_do_not_matter(describe: Callable[..., Any], manifest: pd.DataFrame) -> None:
    other = manifest[manifest["split"] != "test"]
    assert find_differences(describe(), describe(other)) == []
