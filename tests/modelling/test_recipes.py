import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from brain_tumor_kedro.modelling.augmentation_settings import PRESETS, Augmentation
from brain_tumor_kedro.modelling.head_settings import Head
from brain_tumor_kedro.modelling.lora_settings import Lora
from brain_tumor_kedro.modelling.phase_settings import (
    Cosine,
    EarlyStopping,
    LastBlocks,
    LastFraction,
    NamedLayers,
    Plateau,
)
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes

PHASE = {"name": "head", "trainable": "head", "learning_rate": 1e-3, "epochs": 1}
STUDY_4 = ("convnext_tiny", "efficientnet_v2s", "radimagenet_densenet121")
CONFIGURATION = Path(__file__).parents[2] / "conf" / "base" / "parameters_recipes.yml"


def recipe(**changes: object) -> Recipe:
    return Recipe.model_validate({"backbone": "vgg16", "phases": [PHASE]} | changes)


@pytest.fixture(scope="module")
def configured() -> Recipes:
    return Recipes.model_validate(yaml.safe_load(CONFIGURATION.read_text())["recipes"])


def test_configured_recipes_are_valid(configured: Recipes) -> None:
    assert set(configured.root) >= {
        "sample_cnn",
        "mobilenet_v2_035",
        "xception",
        "vgg16",
        "vgg16_lora",
        *STUDY_4,
    }


def test_xception_does_what_study_1_reports(configured: Recipes) -> None:
    chosen = configured.choose("xception")
    first = chosen.phases[0]
    assert (chosen.size, chosen.batch_size, chosen.weights) == (299, 32, "imagenet")
    assert chosen.augmentation == PRESETS["study_1"] == Augmentation(brightness=(0.8, 1.2))
    assert (first.trainable, first.optimizer, first.learning_rate) == ("head", "adamax", 1e-3)
    assert first.epochs == 10
    assert first.early_stopping is not None


def test_vgg16_unfreezes_its_last_blocks_at_1e_4(configured: Recipes) -> None:
    chosen = configured.choose("vgg16")
    first, last = chosen.phases
    assert (chosen.size, chosen.batch_size, chosen.weights) == (224, 32, "imagenet")
    assert chosen.augmentation == PRESETS["study_1"]
    assert (first.trainable, first.optimizer, first.learning_rate) == ("head", "adamax", 1e-3)
    assert first.epochs == 10
    assert last.trainable == LastBlocks(blocks=2)
    assert last.learning_rate == 1e-4


def test_vgg16_lora_is_the_baseline_of_study_3(configured: Recipes) -> None:
    chosen = configured.choose("vgg16_lora")
    (only,) = chosen.phases
    assert (chosen.backbone, chosen.weights, chosen.size) == ("vgg16_fc", "imagenet", 224)
    assert chosen.lora == Lora(rank=8, alpha=8, layers=("fc1", "fc2"))
    assert chosen.head == Head()  # softmax on fc2 and nothing between
    assert chosen.augmentation == PRESETS["study_3"]
    assert (only.trainable, only.optimizer, only.learning_rate) == ("lora", "adam", 1e-3)
    assert (only.epochs, chosen.batch_size) == (10, 32)


@pytest.mark.parametrize("name", STUDY_4)
def test_study_4_is_as_published_but_for_its_mistakes(configured: Recipes, name: str) -> None:
    chosen = configured.choose(name)
    assert (chosen.backbone, chosen.size) == (name, 224)
    assert chosen.weights == ("radimagenet" if name.startswith("radimagenet") else "imagenet")
    assert chosen.augmentation == PRESETS["study_4"]
    assert (chosen.class_weights, chosen.label_smoothing) == ("balanced", 0.1)
    assert chosen.head == Head(
        pooling="avg", batch_norm=True, dense=(512, 256), dropout=(0.5, 0.4), l2=1e-4
    )
    first, last = chosen.phases
    assert (first.trainable, first.optimizer, first.learning_rate) == ("head", "adam", 1e-4)
    assert first.epochs == 50
    assert first.early_stopping == EarlyStopping(monitor="val_accuracy", patience=8)
    assert (last.trainable, last.optimizer) == (LastFraction(fraction=0.2), "adam")
    assert (last.learning_rate, last.epochs, last.train_batch_norm) == (1e-5, 10, False)
    assert last.early_stopping == EarlyStopping(monitor="val_accuracy", patience=5)
    for phase in chosen.phases:
        assert isinstance(phase.schedule, Plateau)
        assert phase.schedule.factor == 0.2


@pytest.mark.parametrize(
    ("name", "contract"),
    [
        ("convnext_tiny", "built_in"),
        ("efficientnet_v2s", "built_in"),
        ("radimagenet_densenet121", "radimagenet"),
    ],
)
def test_each_model_of_study_4_has_its_own_preprocessing(
    configured: Recipes, name: str, contract: str
) -> None:
    assert configured.choose(name).spec.contract == contract


def test_unknown_recipe_names_the_closest_and_all(configured: Recipes) -> None:
    with pytest.raises(ValueError, match=r"Did you mean 'xception'\? Known: convnext_tiny, "):
        configured.choose("exception")


def test_unknown_backbone_names_the_closest() -> None:
    with pytest.raises(ValidationError, match="Did you mean 'vgg16'"):
        recipe(backbone="vgg19")


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="optimiser"):
        recipe(phases=[PHASE | {"optimiser": "adam"}])


def test_phases_need_names_of_their_own() -> None:
    with pytest.raises(ValidationError, match="names of their own"):
        recipe(phases=[PHASE, PHASE])


def test_phases_may_be_a_mapping_in_the_order_they_run() -> None:
    unnamed = {key: value for key, value in PHASE.items() if key != "name"}
    made = recipe(phases={"warm": unnamed, "fine": unnamed | {"epochs": 7}})
    assert [(phase.name, phase.epochs) for phase in made.phases] == [
        ("warm", PHASE["epochs"]),
        ("fine", 7),
    ]


def test_a_phase_that_is_no_mapping_is_an_error() -> None:
    with pytest.raises(ValidationError, match="a phase under every name"):
        recipe(phases={"warm": 3})


def test_a_recipe_without_phases_is_an_error() -> None:
    for none in ([], {}, None):
        with pytest.raises(ValidationError, match="at least one phase"):
            recipe(phases=none)


def test_a_wrong_phase_is_the_only_error() -> None:
    with pytest.raises(ValidationError) as error:
        recipe(phases={"fine_tune": {**PHASE, "epoch": 3}})
    assert [each["loc"] for each in error.value.errors()] == [("phases", 0)]
    assert "no setting 'epoch'. Did you mean 'epochs'?" in str(error.value)


@pytest.mark.parametrize("trainable", [2, {"blocks": 2}])
def test_last_blocks_are_a_number_or_spelled_out(trainable: object) -> None:
    made = recipe(phases=[PHASE | {"trainable": trainable}])
    assert made.phases[0].trainable == LastBlocks(blocks=2)


def test_more_blocks_than_there_are_is_an_error() -> None:
    with pytest.raises(ValidationError, match="has 5; use `all`"):
        recipe(phases=[PHASE | {"trainable": 6}])


@pytest.mark.parametrize("trainable", ["heads", 0, -1, True])
def test_trainable_is_checked(trainable: object) -> None:
    with pytest.raises(ValidationError):
        recipe(phases=[PHASE | {"trainable": trainable}])


def test_no_imagenet_weights_for_the_sample_network() -> None:
    with pytest.raises(ValidationError, match=r"no imagenet weights .* it has: none, or a file"):
        recipe(backbone="sample_cnn")


def test_radimagenet_is_for_backbones_of_that_name() -> None:
    assert recipe(backbone="radimagenet_resnet50", weights="radimagenet").size == 224
    with pytest.raises(ValidationError, match="no radimagenet weights for backbone"):
        recipe(weights="radimagenet")


def test_a_size_that_the_backbone_cannot_take_is_refused() -> None:
    with pytest.raises(ValidationError, match="71 pixels and more, received an image_size of 64"):
        recipe(backbone="xception", image_size=64)
    with pytest.raises(ValidationError, match="224 pixels alone"):
        recipe(backbone="vgg16_fc", image_size=96)


def test_null_weights_are_none() -> None:
    assert recipe(weights=None).weights == "none"


def test_size_is_the_backbones_unless_given() -> None:
    assert (recipe().size, recipe(image_size=96).size) == (224, 96)


def test_augmentation_is_off_unless_asked_for() -> None:
    assert not recipe().augmentation.active
    assert recipe(augmentation={"rotation": 5}).augmentation.active


def test_brightness_goes_from_low_to_high() -> None:
    with pytest.raises(ValidationError, match="swap them"):
        recipe(augmentation={"brightness": [1.2, 0.8]})


def test_recipes_are_read_without_keras() -> None:
    code = (
        "import sys, brain_tumor_kedro.modelling.recipes; "
        "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("trainable", "read"),
    [
        ({"fraction": 0.2}, LastFraction(fraction=0.2)),
        ({"named": ["block5_*"]}, NamedLayers(named=("block5_*",))),
        ("all", "all"),
    ],
)
def test_trainable_is_a_fraction_or_names_too(trainable: object, read: object) -> None:
    assert recipe(phases=[PHASE | {"trainable": trainable}]).phases[0].trainable == read


@pytest.mark.parametrize(
    ("schedule", "read"),
    [
        ("cosine", Cosine()),
        ({"kind": "cosine", "warmup": 2}, Cosine(warmup=2)),
        ({"kind": "plateau", "factor": 0.5}, Plateau(factor=0.5)),
    ],
)
def test_a_schedule_is_a_word_or_spelled_out(schedule: object, read: object) -> None:
    assert recipe(phases=[PHASE | {"schedule": schedule}]).phases[0].schedule == read


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule": "linear"},
        {"schedule": {"kind": "cosine", "patience": 2}},
        {"layer_decay": 0},
        {"ema": 1.0},
        {"trainable": {"fraction": 1.5}},
        {"trainable": "all", "views": 3},
        {"early_stopping": {"monitor": "val_auc"}},
        {"early_stopping": {"monitor": "val_f1_positives"}},
    ],
)
def test_settings_of_a_phase_that_make_no_sense_are_errors(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        recipe(phases=[PHASE | wrong])


@pytest.mark.parametrize(
    "wrong",
    [
        {"phases": [PHASE | {"learning_rate": float("inf")}]},
        {"phases": [PHASE | {"weight_decay": float("inf")}]},
        {"phases": [PHASE | {"schedule": {"kind": "cosine", "warmup": float("inf")}}]},
        {"head": {"l2": float("inf")}},
        {"augmentation": {"brightness": [1.0, float("inf")]}},
    ],
)
def test_numbers_are_finite(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="finite"):
        recipe(**wrong)


def test_adapters_and_the_phases_that_train_them_come_together() -> None:
    lora = {"rank": 8, "layers": ["fc*"]}
    adapting = PHASE | {"trainable": "lora"}
    assert recipe(lora=lora, phases=[adapting]).lora.alpha is None
    with pytest.raises(ValidationError, match="no phase trains it"):
        recipe(lora=lora)
    with pytest.raises(ValidationError, match="the recipe has none"):
        recipe(phases=[adapting])


def test_a_preset_stands_for_its_settings() -> None:
    assert recipe(augmentation="study_1").augmentation == Augmentation(brightness=(0.8, 1.2))
    with pytest.raises(ValidationError, match="one of the presets"):
        recipe(augmentation="study_9")


def test_dropout_is_one_number_or_one_for_each_layer() -> None:
    assert recipe(head={"dense": [8, 4], "dropout": 0.5}).head.dropouts == (0.5, 0.5)
    assert recipe(head={"dense": [8, 4], "dropout": [0.5, 0.4]}).head.dropouts == (0.5, 0.4)
    with pytest.raises(ValidationError, match="for each of 2 hidden layers"):
        recipe(head={"dense": [8, 4], "dropout": [0.5]})


FAMILY = {"backbone": ["vgg16", "efficientnet_b4"], "weights": "published", "phases": [PHASE]}


def test_a_family_of_recipes_and_a_change_of_one() -> None:
    entries = {"my_{backbone}": FAMILY, "my_vgg16": {"batch_size": 8}}
    recipes = Recipes.model_validate(entries)
    assert str(recipes) == "my_vgg16, my_efficientnet_b4"
    assert recipes.choose("my_vgg16") == recipe(batch_size=8)
    assert (recipes.choose("my_efficientnet_b4").size, recipe().batch_size) == (380, 32)


def test_an_error_in_a_family_names_recipe_and_field() -> None:
    entries = {"my_{backbone}": FAMILY, "my_vgg16": {"batchsize": 8}}
    with pytest.raises(ValidationError, match="no setting 'batchsize'") as error:
        Recipes.model_validate(entries)
    assert [each["loc"] for each in error.value.errors()] == [("my_vgg16",)]


def test_a_change_of_no_recipe_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"no recipe 'my_vgg19'.* Did you mean 'my_vgg16'\?"):
        Recipes.model_validate({"my_{backbone}": FAMILY, "my_vgg19": {"batch_size": 8}})


@pytest.mark.parametrize(
    ("backbone", "weights"),
    [("vgg16", "imagenet"), ("radimagenet_resnet50", "radimagenet")],
)
def test_published_weights_are_those_that_there_are(backbone: str, weights: str) -> None:
    assert recipe(backbone=backbone, weights="published").weights == weights
    with pytest.raises(ValidationError, match="no published weights for backbone 'sample_cnn'"):
        recipe(backbone="sample_cnn", weights="published")


def test_the_contract_is_the_backbones_unless_given() -> None:
    assert (recipe().input_contract, recipe(contract="unit").input_contract) == ("caffe", "unit")
    with pytest.raises(ValidationError, match="contract"):
        recipe(contract="units")
