import logging
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.inference import predict_table
from brain_tumor_kedro.modelling.lora import count_adapters
from brain_tumor_kedro.modelling.outcome import _export
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import fit_temperature, temperature_of
from brain_tumor_kedro.modelling.trainable import set_trainable

CLASSES = ("left", "right")
RANK = 2
ADAPTED = ("block2_conv", "block4_conv")

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def lora_recipe(make_recipe: MakeRecipe) -> Recipe:
    """A head on cached features, then adapters on augmented images."""
    shared: dict[str, Any] = {"learning_rate": 1e-2, "epochs": 1}
    return make_recipe(
        lora={"rank": RANK, "alpha": 4, "layers": ["block[24]_conv"]},
        augmentation={"horizontal_flip": True},
        phases={
            "head": {"trainable": "head", "augment": False, **shared},
            "adapt": {"trainable": "lora", **shared},
        },
    )


def conv_weights(model: keras.Model) -> dict[str, list[np.ndarray]]:
    backbone = model.get_layer(BACKBONE_LAYER)
    return {layer.name: layer.get_weights()[:2] for layer in backbone.layers if layer.weights}


def test_adapters_are_merged_into_the_exported_classifier(
    lora_recipe: Recipe, images: np.ndarray
) -> None:
    classifier = build_classifier(lora_recipe, CLASSES)
    set_trainable(classifier, lora_recipe, lora_recipe.phases[1])
    classifier.compile(keras.optimizers.Adam(1e-2), "categorical_crossentropy", run_eagerly=True)
    start = classifier(images[:8])
    for _ in range(3):
        classifier.train_on_batch(images[:8], np.eye(2)[np.arange(8) % 2])
    exported = _export(classifier, lora_recipe, CLASSES)
    assert count_adapters(exported) == 0
    assert not np.allclose(start, classifier(images[:8]), atol=1e-2)
    np.testing.assert_allclose(exported(images), classifier(images), atol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_training_adapters_changes_kernels_by_their_rank_and_nothing_else(
    lora_recipe: Recipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    precision: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    recipe = lora_recipe.model_copy(update={"precision": precision})
    keras.utils.set_random_seed(1)
    start = conv_weights(build_classifier(recipe, CLASSES))
    with caplog.at_level(logging.INFO):
        result = train(recipe, images, manifest, CLASSES, 1)
    end = conv_weights(result.model)
    for name, (kernel, bias) in end.items():
        np.testing.assert_array_equal(bias, start[name][1])
        change = (kernel - start[name][0]).reshape(-1, kernel.shape[-1])
        assert np.linalg.matrix_rank(change, tol=1e-4) == (RANK if name in ADAPTED else 0)
    adapters = RANK * (3 * 3 * 16 + 32 + 3 * 3 * 64 + 96)
    head = (96 + 1) * len(CLASSES)
    parameters = result.summary["parameters"]
    assert parameters["adapters"] == adapters
    assert parameters["total"] == result.model.count_params()
    assert parameters["trainable_by_phase"] == {"head": head, "adapt": adapters + head}
    assert f"Phase adapt: training {adapters + head:,} of " in caplog.text


def test_the_result_is_calibrated_on_validation(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    manifest = manifest.assign(split=manifest["split"].replace({"train": "val", "val": "train"}))
    mislabeled = manifest.index[manifest["split"] == "val"][:3]
    manifest.loc[mislabeled, "label"] = "left"
    only = {"name": "only", "trainable": "all", "learning_rate": 1e-2, "epochs": 8}
    result = train(make_recipe(phases=[only]), images, manifest, CLASSES, 1)
    fit = result.summary["temperature"]
    val = manifest[manifest["split"] == "val"]
    table = predict_table(result.model, images, val, CLASSES).table
    probabilities, raw = (
        table[[f"{prefix}_{label}" for label in CLASSES]].to_numpy() for prefix in ("p", "raw")
    )
    labels = val["label"].map(CLASSES.index).to_numpy()
    assert fit_temperature(raw, labels)["value"] == pytest.approx(fit["value"], rel=1e-2)
    assert temperature_of(result.model) == pytest.approx(fit["value"])
    assert log_loss(labels, probabilities) == pytest.approx(fit["log_loss"]["after"], rel=1e-4)
    assert fit["log_loss"]["after"] < fit["log_loss"]["before"]
    assert 0 < fit["wrong"] < fit["images"] == 20
