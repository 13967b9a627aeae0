from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.trainable import set_trainable

CLASSES = ("left", "right")

MakeRecipe = Callable[..., Recipe]


def phases(*choices: object, **changes: Any) -> list[dict[str, Any]]:
    rest = {"learning_rate": 0.1, "epochs": 1, "optimizer": "sgd", **changes}
    return [{"name": str(number), "trainable": it, **rest} for number, it in enumerate(choices)]


def after_phases(recipe: Recipe) -> keras.Model:
    """Go through all phases without training, since what was frozen before may leave traces."""
    classifier = build_classifier(recipe, CLASSES)
    for phase in recipe.phases:
        set_trainable(classifier, recipe, phase)
    return classifier


def trainable_layers(classifier: keras.Model) -> list[str]:
    backbone = classifier.get_layer(BACKBONE_LAYER)
    return [layer.name for layer in backbone.layers if layer.trainable_weights]


@pytest.mark.parametrize(
    ("trainable", "blocks"),
    [
        ("head", []),
        ({"blocks": 2}, [3, 4]),
        ("all", [1, 2, 3, 4]),
        # An input, then four times a convolution and a pooling: the last 4.5 of 9 layers.
        ({"fraction": 0.5}, [3, 4]),
        ({"fraction": 1.0}, [1, 2, 3, 4]),
        ({"named": ["block1_*", "*3_conv"]}, [1, 3]),
    ],
)
def test_what_is_chosen_is_trained_after_any_phase(
    make_recipe: MakeRecipe, trainable: object, blocks: list[int]
) -> None:
    names = [f"block{block}_conv" for block in blocks]
    for before in ("head", "all", {"blocks": 1}):
        classifier = after_phases(make_recipe(phases=phases(before, trainable)))
        assert trainable_layers(classifier) == names
        assert len(classifier.get_layer(HEAD_LAYER).trainable_weights) == 2


def test_a_fraction_counts_the_layers_that_keras_lists(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe(backbone="mobilenet_v2_035", phases=phases({"fraction": 0.2}))
    backbone = after_phases(recipe).get_layer(BACKBONE_LAYER)
    count = round(0.2 * len(backbone.layers))
    assert len(backbone.layers[-count:]) == 31
    free = [layer.name for layer in backbone.layers if layer.trainable_weights]
    last = [
        layer.name
        for layer in backbone.layers[-count:]
        if layer.weights and not isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert free == last


@pytest.mark.parametrize(
    ("pattern", "close"), [("block5_conv", "block4_conv"), ("fc*", "block4_pool")]
)
def test_a_pattern_that_matches_nothing_names_layers(
    make_recipe: MakeRecipe, pattern: str, close: str
) -> None:
    recipe = make_recipe(phases=phases({"named": ["block4_*", pattern]}))
    with pytest.raises(ValueError, match=rf"trains '{pattern[:2]}.*{close}".replace("*'", r"\*'")):
        after_phases(recipe)


@pytest.mark.parametrize("trainable", [{"fraction": 0.1}, {"named": ["*_pool"]}])
def test_layers_without_weights_are_no_choice(make_recipe: MakeRecipe, trainable: object) -> None:
    with pytest.raises(ValueError, match="none of these layers has weights"):
        after_phases(make_recipe(phases=phases(trainable)))


def normalization(model: keras.Model) -> dict[str, keras.layers.Layer]:
    layers = model.get_layer(BACKBONE_LAYER).layers
    return {
        layer.name: layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)
    }


def changed_by_a_step(classifier: keras.Model, images: np.ndarray) -> set[str]:
    """Names of the weights that a step changes, statistics included."""
    before = [weight.numpy() for weight in classifier.weights]
    classifier.compile(keras.optimizers.SGD(0.1), "categorical_crossentropy", run_eagerly=True)
    classifier.train_on_batch(images[:8], np.eye(2)[np.arange(8) % 2])
    return {
        f"{weight.path.split('/')[-2]}/{weight.name}"
        for weight, then in zip(classifier.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), then)
    }


def test_batch_normalization_is_trained_only_in_the_head(
    make_recipe: MakeRecipe, images: np.ndarray
) -> None:
    recipe = make_recipe(
        backbone="mobilenet_v2_035", head={"batch_norm": True}, phases=phases({"blocks": 2})
    )
    classifier = after_phases(recipe)
    changed = changed_by_a_step(classifier, images)
    assert "Conv_1/kernel" in changed
    assert not {name for name in changed if name.split("/")[0] in normalization(classifier)}
    assert {"batch_norm/moving_mean", "batch_norm/moving_variance"} <= changed
    learned = classifier.get_layer(HEAD_LAYER).trainable_weights
    assert [weight.name for weight in learned] == ["gamma", "beta", "kernel", "bias"]


def test_batch_normalization_is_trained_where_asked_for(
    make_recipe: MakeRecipe, images: np.ndarray
) -> None:
    recipe = make_recipe(
        backbone="mobilenet_v2_035", phases=phases({"blocks": 1}, train_batch_norm=True)
    )
    classifier = after_phases(recipe)
    names = [name for name, layer in normalization(classifier).items() if layer.trainable]
    assert names == ["Conv_1_bn"]
    changed = changed_by_a_step(classifier, images)
    assert {f"Conv_1_bn/{name}" for name in ("beta", "moving_mean", "moving_variance")} <= changed
    assert {name.split("/")[0] for name in changed} & set(normalization(classifier)) == set(names)


def test_statistics_follow_within_an_epoch_or_two(
    make_recipe: MakeRecipe, images: np.ndarray
) -> None:
    recipe = make_recipe(backbone="mobilenet_v2_035", phases=phases("all", train_batch_norm=True))
    untouched = build_classifier(recipe, CLASSES)
    assert {layer.momentum for layer in normalization(untouched).values()} == {0.999}
    classifier = after_phases(recipe)
    first = next(iter(normalization(classifier).values()))
    entering = keras.Model(classifier.input, classifier.get_layer("contract").output)(images[:8])
    convolved = classifier.get_layer(BACKBONE_LAYER).get_layer("Conv1")(entering)
    batch_mean = np.asarray(convolved).mean(axis=(0, 1, 2))
    changed_by_a_step(classifier, images)
    np.testing.assert_allclose(first.moving_mean, 0.01 * batch_mean, rtol=1e-3, atol=1e-6)


LORA = {"rank": 2, "layers": ["block[34]_conv"]}
ADAPTERS = {"lora_kernel_a", "lora_kernel_b"}


def test_adapters_are_trained_alone(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe(lora=LORA, phases=phases("all", "lora"))
    classifier = after_phases(recipe)
    backbone = classifier.get_layer(BACKBONE_LAYER)
    assert {weight.name for weight in backbone.trainable_weights} == ADAPTERS
    assert trainable_layers(classifier) == ["block3_conv", "block4_conv"]


@pytest.mark.parametrize("trainable", ["all", {"blocks": 2}])
def test_what_is_adapted_stays_frozen_in_every_phase(
    make_recipe: MakeRecipe, trainable: object
) -> None:
    classifier = after_phases(make_recipe(lora=LORA, phases=phases("lora", "head", trainable)))
    backbone = classifier.get_layer(BACKBONE_LAYER)
    for name in ("block3_conv", "block4_conv"):
        weights = backbone.get_layer(name).trainable_weights
        assert {weight.name for weight in weights} == {"bias", *ADAPTERS}
