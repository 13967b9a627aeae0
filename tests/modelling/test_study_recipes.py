"""The recipes of published studies, as they are configured but for size, weights and length."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import yaml

from brain_tumor_kedro.modelling.lora import count_adapters
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes
from brain_tumor_kedro.tasks import TASKS

CONFIGURATION = Path(__file__).parents[2] / "conf" / "base" / "parameters_recipes.yml"
CLASSES = TASKS["tumor_type"].classes

#: The smallest side that each network takes; fully connected layers take one alone.
SIDES = {
    "xception": 71,
    "vgg16": 32,
    "vgg16_lora": 224,
    "convnext_tiny": 32,
    "efficientnet_v2s": 32,
    "radimagenet_densenet121": 32,
}


@pytest.fixture(scope="module")
def configured() -> Recipes:
    return Recipes.model_validate(yaml.safe_load(CONFIGURATION.read_text())["recipes"])


@pytest.fixture
def eagerly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile nothing, which for a single step takes far longer than the step."""
    compiled = keras.Model.compile

    def compile_eagerly(self: keras.Model, *args: Any, **options: Any) -> None:
        compiled(self, *args, **options | {"run_eagerly": True, "jit_compile": False})

    monkeypatch.setattr(keras.Model, "compile", compile_eagerly)


def shrink(recipe: Recipe, side: int) -> Recipe:
    """Keep all but the weights, the image size, and how often and on how much it is trained."""
    values = recipe.model_dump() | {"weights": "none", "image_size": side, "batch_size": 4}
    for phase in values["phases"]:
        phase["epochs"] = 1
        phase["views"] = phase["views"] and 2
    return Recipe.model_validate(values)


@pytest.fixture
def manifest() -> pd.DataFrame:
    """One batch for training and one for validation, each with all classes."""
    return pd.DataFrame(
        {
            "image_id": [str(number) for number in range(8)],
            "row": range(8),
            "label": [*CLASSES, *CLASSES],
            "split": ["train"] * 4 + ["val"] * 4,
        }
    )


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", SIDES)
def test_each_phase_trains_a_step_and_the_classifier_is_saved(
    configured: Recipes, name: str, manifest: pd.DataFrame, tmp_path: Path
) -> None:
    recipe = shrink(configured.choose(name), SIDES[name])
    images = np.random.default_rng(0).integers(0, 256, (8, 40, 40), dtype=np.uint8)
    result = train(recipe, images, manifest, CLASSES)
    assert result.history["phase"].tolist() == [phase.name for phase in recipe.phases]
    assert np.isfinite(result.history["loss"]).all()
    assert count_adapters(result.model) == 0
    result.model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    np.testing.assert_allclose(loaded(images[:2]), result.model(images[:2]), atol=1e-6)
