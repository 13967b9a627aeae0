"""The recipes of published studies, as they are configured but for size, weights and length."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import yaml

from brain_tumor_kedro.modelling.lora import count_adapters
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes
from brain_tumor_kedro.tasks import TASKS

CONFIGURATION = Path(__file__).parents[2] / "conf" / "base" / "parameters_recipes.yml"
CLASSES = TASKS["tumor_type"].classes

#: The smallest side that each network takes; fully connected layers take one alone.
SIDES = [
    ("xception", 71),
    ("vgg16", 32),
    ("vgg16_lora", 224),
    ("convnext_tiny", 32),
    pytest.param("efficientnet_v2s", 32, marks=pytest.mark.slow),
    pytest.param("radimagenet_densenet121", 32, marks=pytest.mark.slow),
]


@pytest.fixture(scope="module")
def configured() -> Recipes:
    return Recipes.model_validate(yaml.safe_load(CONFIGURATION.read_text())["recipes"])


@pytest.fixture
def eagerly() -> Iterator[None]:
    """Compile nothing: for a single step that takes far longer than the step."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def shrink(recipe: Recipe, side: int) -> Recipe:
    """Keep all but the weights, the image size, and how often and on how much it is trained."""
    values = recipe.model_dump() | {"weights": "none", "image_size": side, "batch_size": 4}
    for phase in values["phases"]:
        phase["epochs"] = 1
        phase["views"] = phase["views"] and 2
    return Recipe.model_validate(values)


@pytest.fixture
def manifest() -> pd.DataFrame:
    """A batch of all classes for training, and an image for validation."""
    return pd.DataFrame(
        {
            "image_id": [str(number) for number in range(5)],
            "row": range(5),
            "label": [*CLASSES, CLASSES[0]],
            "split": ["train"] * 4 + ["val"],
        }
    )


@pytest.mark.usefixtures("eagerly")
@pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`")
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_each_phase_trains_a_step_and_the_classifier_is_saved(
    configured: Recipes, name: str, side: int, manifest: pd.DataFrame, tmp_path: Path
) -> None:
    recipe = shrink(configured.choose(name), side)
    images = np.random.default_rng(0).integers(0, 256, (5, 40, 40), dtype=np.uint8)
    result = train(recipe, images, manifest, CLASSES)
    assert result.history["phase"].tolist() == [phase.name for phase in recipe.phases]
    assert np.isfinite(result.history["loss"]).all()
    assert count_adapters(result.model) == 0
    result.model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    (tmp_path / "classifier.keras").unlink()  # half a gigabyte of VGG16, which pytest would keep
    np.testing.assert_allclose(loaded(images[:2]), result.model(images[:2]), atol=1e-6)
