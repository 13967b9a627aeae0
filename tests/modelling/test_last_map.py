from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.last_map import cut_at_last_map, to_grid
from brain_tumor_kedro.modelling.recipes import Recipe
from keras_files import randomize

CLASSES = ("left", "right", "middle")
TINY_VIT = {"patch_size": 16, "num_layers": 3, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 16}


def together(classifier: keras.Model, images: np.ndarray, fold: bool = True) -> tuple:
    halves = cut_at_last_map(classifier, fold=fold)
    maps = halves.below(images)
    probabilities = keras.ops.softmax(halves.above(maps))
    return tuple(to_grid(maps).shape), np.asarray(probabilities), np.asarray(classifier(images))


@pytest.mark.parametrize("pooling", ["avg", "max", "avg_max"])
@pytest.mark.parametrize("fold", [True, False])
def test_both_halves_make_the_classifier(
    pooling: str, fold: bool, make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    head = {"pooling": pooling, "dense": [8], "dropout": 0.5, "batch_norm": True}
    classifier = randomize(build_classifier(make_recipe(head=head), CLASSES))
    shape, ours, whole = together(classifier, images[:3], fold)
    # Before the last pooling: twice as fine as what the backbone ends in.
    assert shape == (3, 4, 4, 96)
    np.testing.assert_allclose(ours, whole, atol=1e-5)


@pytest.mark.parametrize("fold", [True, False])
def test_of_one_unit_each_class_has_a_logit(
    fold: bool, make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    head = {"dense": [8], "dropout": 0.5, "output": "sigmoid"}
    classifier = randomize(build_classifier(make_recipe(head=head), CLASSES[:2]))
    _, ours, whole = together(classifier, images[:3], fold)
    np.testing.assert_allclose(ours, whole, atol=1e-5)
    halves = cut_at_last_map(classifier, fold=fold)
    logits = np.asarray(halves.above(halves.below(images[:3])))
    np.testing.assert_allclose(logits[:, 0], -logits[:, 1])


def test_a_transformer_is_cut_before_its_last_block(
    monkeypatch: pytest.MonkeyPatch, make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    pytest.importorskip("keras_hub", reason="the extra vit is not installed")
    row = BACKBONES["vit_base_16"]
    tiny = replace(row, size=32, options=TINY_VIT, features=8)
    monkeypatch.setitem(BACKBONES, row.name, tiny)
    recipe = make_recipe(backbone=row.name, image_size=32)
    shape, ours, whole = together(build_classifier(recipe, CLASSES), images[:3])
    assert shape == (3, 2, 2, 8)
    np.testing.assert_allclose(ours, whole, atol=1e-6)


def test_tokens_lie_on_the_image_row_by_row() -> None:
    tokens = np.arange(1 + 9, dtype=np.float32)[None, :, None]
    grid = np.asarray(to_grid(keras.ops.convert_to_tensor(tokens)))
    np.testing.assert_array_equal(grid[0, :, :, 0], np.arange(1, 10).reshape(3, 3))


def test_applications_are_cut_at_their_output(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    recipe = make_recipe(backbone="mobilenet_v2_035", image_size=64)
    shape, ours, whole = together(build_classifier(recipe, CLASSES), images[:1])
    assert shape == (1, 2, 2, 1280)
    np.testing.assert_allclose(ours, whole, atol=1e-4)


@pytest.mark.slow  # all of them, 134 million weights in one
@pytest.mark.parametrize("backbone", sorted(BACKBONES))
def test_every_backbone_can_be_cut(
    backbone: str, make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    spec = BACKBONES[backbone]
    if spec.preset:
        pytest.importorskip("keras_hub", reason="the extra vit is not installed")
    size = spec.size if spec.fixed else 128
    classifier = build_classifier(make_recipe(backbone=backbone, image_size=size), CLASSES)
    shape, ours, whole = together(classifier, images[:1])
    assert shape[1] == shape[2] > 1
    if backbone == "vgg16_fc":
        assert shape == (1, 14, 14, 512)
    if spec.preset:
        assert shape == (1, 14, 14, 768)
    np.testing.assert_allclose(ours, whole, atol=1e-4)


def test_a_backbone_without_places_is_refused(make_recipe: Callable[..., Recipe]) -> None:
    pixels = keras.Input((32, 32, 3))
    vector = keras.layers.Dense(4)(keras.layers.Flatten()(pixels))
    vector = keras.layers.Add()([vector, keras.layers.Dense(4)(vector)])
    classifier = keras.Model(
        classifier_input := keras.Input((32, 32, 3), name="images"),
        keras.Sequential([keras.layers.Dense(2, activation="softmax")], name="head")(
            keras.layers.Identity(name="pooling")(
                keras.Model(pixels, vector, name="backbone")(
                    keras.layers.Rescaling(1.0, name="contract")(classifier_input)
                )
            )
        ),
    )
    with pytest.raises(ValueError, match=r"single layers, found 'add.*' with 2 inputs"):
        cut_at_last_map(classifier)
