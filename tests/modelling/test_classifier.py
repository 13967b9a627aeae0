from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import (
    CONTRACT_LAYER,
    build_classifier,
    count_parameters,
    describe_parameters,
    fingerprint,
)
from brain_tumor_kedro.modelling.inner_normalization import DEVIATION, EXTRA_RESCALING, MEAN
from brain_tumor_kedro.modelling.lora import count_adapters
from brain_tumor_kedro.modelling.recipes import Recipe

CLASSES = ("left", "right")
SIZE = 48

MakeRecipe = Callable[..., Recipe]


def test_any_size_goes_in_and_probabilities_come_out(make_recipe: MakeRecipe) -> None:
    classifier = build_classifier(make_recipe(), CLASSES)
    for shape in [(2, 32, 32), (1, 50, 70)]:
        probabilities = classifier.predict(np.zeros(shape, np.uint8), verbose=0)
        assert probabilities.shape == (shape[0], 2)
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_a_classifier_that_is_just_called_is_not_training(
    make_recipe: MakeRecipe, images: np.ndarray
) -> None:
    classifier = build_classifier(make_recipe(head={"dropout": 0.9}), CLASSES)
    np.testing.assert_allclose(
        classifier(images[:4]), classifier.predict(images[:4], verbose=0), atol=1e-6
    )


def test_gray_and_three_equal_channels_are_the_same(
    make_recipe: MakeRecipe, images: np.ndarray
) -> None:
    gray = build_classifier(make_recipe(), CLASSES)
    color = build_classifier(make_recipe(), CLASSES, channels=3)
    color.set_weights(gray.get_weights())
    rgb = np.repeat(images[:4, ..., None], 3, axis=-1)
    np.testing.assert_allclose(
        gray.predict(images[:4], verbose=0), color.predict(rgb, verbose=0), atol=1e-6
    )


@pytest.mark.parametrize("head", [{"pooling": "max", "dense": [8, 4], "dropout": 0.2}, {}])
@pytest.mark.parametrize("backbone", ["sample_cnn", "mobilenet_v2_035"])
def test_a_saved_classifier_loads_with_plain_keras(
    tmp_path: Path, make_recipe: MakeRecipe, images: np.ndarray, head: dict, backbone: str
) -> None:
    classifier = build_classifier(make_recipe(head=head, backbone=backbone), CLASSES)
    classifier.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    assert fingerprint(loaded) == fingerprint(classifier)
    np.testing.assert_array_equal(
        loaded.predict(images[:4], verbose=0), classifier.predict(images[:4], verbose=0)
    )


def test_mixed_precision_leaves_both_ends_in_float32(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe(head={"dense": [8]})
    classifier = build_classifier(recipe, CLASSES, precision="mixed_bfloat16")
    assert keras.config.dtype_policy().name == "float32"
    assert classifier.get_layer(CONTRACT_LAYER).compute_dtype == "float32"
    backbone = classifier.get_layer(BACKBONE_LAYER)
    assert backbone.get_layer("block1_conv").compute_dtype == "bfloat16"
    assert classifier.predict(np.zeros((1, 32, 32), np.uint8), verbose=0).dtype == np.float32


LORA = {
    "lora": {"rank": 2, "layers": ["block[34]_conv"]},
    "phases": [{"name": "p", "trainable": "lora", "learning_rate": 1, "epochs": 1}],
}


def test_adapters_are_built_where_the_recipe_says(make_recipe: MakeRecipe) -> None:
    classifier = build_classifier(make_recipe(**LORA), CLASSES)
    assert count_adapters(classifier) == 2 * (3 * 3 * 32 + 64) + 2 * (3 * 3 * 64 + 96)


def freeze_backbone(classifier: keras.Model) -> None:
    classifier.get_layer(BACKBONE_LAYER).trainable = False


def test_what_is_trained_is_described(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe()
    classifier = build_classifier(recipe, CLASSES)
    freeze_backbone(classifier)
    # 3x3 convolutions of 3, 16, 32, 64 channels onto 16, 32, 64, 96, and a linear head.
    assert describe_parameters(classifier) == "194 of 79,170 parameters (0.25%)"


def test_parameters_are_counted(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe()
    classifier = build_classifier(recipe, CLASSES)
    freeze_backbone(classifier)
    features = 96
    assert count_parameters(classifier) == {
        "total": classifier.count_params(),
        "trainable": (features + 1) * len(CLASSES),
    }


def test_fingerprint_follows_the_weights_alone(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe()
    keras.utils.set_random_seed(1)
    classifier = build_classifier(recipe, CLASSES)
    before = fingerprint(classifier)
    freeze_backbone(classifier)
    assert fingerprint(classifier) == before
    keras.utils.set_random_seed(1)
    assert fingerprint(build_classifier(recipe, CLASSES)) == before
    weights = classifier.get_weights()
    weights[0][0, 0, 0, 0] += 1e-6
    classifier.set_weights(weights)
    assert fingerprint(classifier) != before


def test_a_recipe_may_replace_the_contract_of_its_backbone(make_recipe: MakeRecipe) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    for contract, expected in [(None, rgb / 127.5 - 1), ("unit", rgb / 255)]:
        classifier = build_classifier(make_recipe(contract=contract), CLASSES, channels=3)
        backbone = classifier.get_layer(BACKBONE_LAYER)
        first = keras.Model(backbone.input, backbone.get_layer("block1_conv").input)
        contracted = keras.Model(classifier.input, classifier.get_layer(CONTRACT_LAYER).output)
        seen = first.predict(contracted.predict(rgb, verbose=0), verbose=0)
        np.testing.assert_allclose(seen, expected, atol=1e-6)


def test_what_a_backbone_does_to_its_input_inside_stays(make_recipe: MakeRecipe) -> None:
    """Study 2's mistake: a network that divides by 255 inside, and was fed [0, 1]."""
    rgb = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    seen = {}
    for contract in (None, "unit"):
        recipe = make_recipe(backbone="efficientnet_b0", contract=contract)
        classifier = build_classifier(recipe, CLASSES, channels=3)
        backbone = classifier.get_layer(BACKBONE_LAYER)
        normalized = keras.Model(backbone.input, backbone.get_layer(EXTRA_RESCALING).output)
        pixels = keras.Model(classifier.input, classifier.get_layer(CONTRACT_LAYER).output)(rgb)
        seen[contract] = normalized.predict(pixels, verbose=0)
    mean, deviation = np.array(MEAN), np.array(DEVIATION)
    np.testing.assert_allclose(seen[None], (rgb / 255 - mean) / deviation, atol=1e-5)
    np.testing.assert_allclose(seen["unit"], (rgb / 255 / 255 - mean) / deviation, atol=1e-5)
    assert np.ptp(seen[None]) > 4 > 0.1 > np.ptp(seen["unit"], axis=(0, 1, 2)).max()
