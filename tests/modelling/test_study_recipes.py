"""The recipes of published studies, as they are configured but for size, weights and length."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import yaml

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.head_settings import Head
from brain_tumor_kedro.modelling.lora import count_adapters
from brain_tumor_kedro.modelling.phase_settings import EarlyStopping
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes
from brain_tumor_kedro.modelling.study_2_backbones import STUDY_2
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TASKS, TUMOR_TYPE, Task

CONFIGURATION = Path(__file__).parents[2] / "conf" / "base" / "parameters_recipes.yml"

TYPES = ("xception", "vgg16", "vgg16_lora", "convnext_tiny")
LARGER = ("efficientnet_v2s", "radimagenet_densenet121")
GRADES = tuple(f"grade_{spec.name}" for spec in STUDY_2)
LIGHT = ("grade_mobilenet_v2", "grade_resnet50")

RECIPES = [
    *((name, TUMOR_TYPE.name) for name in TYPES),
    *((name, GLIOMA_GRADE.name) for name in LIGHT),
    *(pytest.param(name, TUMOR_TYPE.name, marks=pytest.mark.slow) for name in LARGER),
    *(
        pytest.param(name, GLIOMA_GRADE.name, marks=pytest.mark.slow)
        for name in GRADES
        if name not in LIGHT
    ),
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


def shrink(recipe: Recipe) -> Recipe:
    """Keep all but the weights, the image size, and how often and on how much it is trained."""
    spec = recipe.spec
    side = spec.size if spec.fixed else spec.smallest
    values = recipe.model_dump() | {"weights": "none", "image_size": side, "batch_size": 4}
    for phase in values["phases"]:
        phase["epochs"] = 1
        phase["views"] = phase["views"] and 2
    return Recipe.model_validate(values)


def manifest(task: Task) -> pd.DataFrame:
    """A batch of all classes for training, and an image for validation."""
    return pd.DataFrame(
        {
            "image_id": [str(number) for number in range(5)],
            "row": range(5),
            "label": [task.classes[number % len(task.classes)] for number in range(5)],
            "split": ["train"] * 4 + ["val"],
        }
    )


@pytest.mark.usefixtures("eagerly")
@pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`")
@pytest.mark.parametrize(("name", "task_name"), RECIPES)
def test_each_phase_trains_a_step_and_the_classifier_is_saved(
    configured: Recipes, name: str, task_name: str, tmp_path: Path
) -> None:
    task = TASKS[task_name]
    recipe = shrink(configured.choose(name))
    channels = () if task is TUMOR_TYPE else (3,)
    images = np.random.default_rng(0).integers(0, 256, (5, 40, 40, *channels), dtype=np.uint8)
    result = train(recipe, images, manifest(task), task.classes, positive=task.positive)
    assert result.history["phase"].tolist() == [phase.name for phase in recipe.phases]
    assert np.isfinite(result.history["loss"]).all()
    assert count_adapters(result.model) == 0
    result.model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    (tmp_path / "classifier.keras").unlink()  # half a gigabyte of VGG16, which pytest would keep
    assert loaded.output_shape == (None, len(task.classes))
    np.testing.assert_allclose(loaded(images[:2]), result.model(images[:2]), atol=1e-6)


def test_study_2_is_made_of_one_family(configured: Recipes) -> None:
    found = [name for name in configured.root if name.startswith("grade_")]
    assert set(found) == {*GRADES, "grade_sample_cnn"}
    assert len(GRADES) == 16
    for spec in STUDY_2:
        chosen = configured.choose(f"grade_{spec.name}")
        assert chosen.backbone == spec.name
        assert (chosen.weights, chosen.size) == (spec.pretraining, spec.size)
        assert (chosen.contract, chosen.input_contract) == (None, spec.contract)


def test_each_recipe_of_study_2_is_as_published(configured: Recipes) -> None:
    assert {BACKBONES[spec.name].size for spec in STUDY_2} == {224, 299, 300, 380}
    assert configured.choose("grade_efficientnet_b4").size == 380
    for name in GRADES:
        chosen = configured.choose(name)
        (only,) = chosen.phases
        assert chosen.head == Head(pooling="avg", dense=(128,), dropout=0.5, output="sigmoid")
        assert not chosen.augmentation.active
        assert (chosen.class_weights, chosen.label_smoothing) == (None, 0.0)
        assert (only.optimizer, only.trainable, only.learning_rate) == ("adam", "head", 1e-3)
        assert only.early_stopping == EarlyStopping(monitor="val_f1_positive", patience=5)


def test_the_mistake_of_study_2_is_one_value_away() -> None:
    entries = yaml.safe_load(CONFIGURATION.read_text())["recipes"]
    changed = Recipes.model_validate({**entries, "grade_convnext_base": {"contract": "unit"}})
    assert changed.choose("grade_convnext_base").input_contract == "unit"
    assert changed.choose("grade_efficientnet_b0").input_contract == "built_in"
