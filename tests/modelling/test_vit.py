import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.backbone_spec import Backbone
from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.classifier import fingerprint
from brain_tumor_kedro.modelling.heads import POOLING_LAYER
from brain_tumor_kedro.modelling.layer_decay import decay_by_block
from brain_tumor_kedro.modelling.layers import backbone_layers
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.published_weights import WeightsUnavailableError
from brain_tumor_kedro.modelling.recipes import Recipe

NAME = "vit_base_16"
TINY = {"patch_size": 16, "num_layers": 3, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 16}
CLASSES = ("left", "right")


def test_without_keras_hub_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(ImportError, match=r"not installed: pip install 'brain_tumor_kedro\[vit\]'"):
        build_backbone(NAME, 224)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Backbone:
    """The row with a network of three blocks for 32 pixels."""
    pytest.importorskip("keras_hub", reason="the extra vit is not installed")
    row = BACKBONES[NAME]
    small = replace(row, size=32, options=TINY, features=8, blocks=row.blocks[-4:])
    monkeypatch.setitem(BACKBONES, NAME, small)
    return small


def test_the_features_are_the_class_token(tiny: Backbone) -> None:
    backbone = build_backbone(NAME, 32)
    pixels = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype(np.float32)
    tokens = backbone.get_layer("vit")(pixels)
    assert tokens.shape == (2, 1 + 4, tiny.features)
    np.testing.assert_array_equal(backbone(pixels), tokens[:, 0])


def test_its_blocks_are_trained_one_by_one(tiny: Backbone) -> None:
    backbone = build_backbone(NAME, 32)
    layers = backbone_layers(backbone)
    names = [layer.name for layer in layers]
    assert [name for name in names if name in tiny.blocks] == list(reversed(tiny.blocks))
    assert names[-1] == "ln"
    weights = [id(weight) for layer in layers for weight in layer.weights]
    assert sorted(weights) == sorted(id(weight) for weight in backbone.weights)
    factors = decay_by_block(backbone, tiny.blocks, 0.5)
    last = backbone.get_layer("vit").get_layer("vit_encoder").encoder_layers[-1]
    assert {factors[id(weight)] for weight in last.weights} == {0.5}


def test_it_trains_and_is_saved(
    tiny: Backbone,
    tmp_path: Path,
    make_recipe: Callable[..., Recipe],
    images: np.ndarray,
    manifest: pd.DataFrame,
) -> None:
    phase = {"name": "tune", "trainable": 2, "learning_rate": 1e-2, "epochs": 1}
    recipe = make_recipe(backbone=NAME, image_size=32, phases=[phase])
    result = train(recipe, images, manifest, CLASSES)
    assert result.model.get_layer(POOLING_LAYER).output.shape == (None, tiny.features)
    encoder = result.model.get_layer("backbone").get_layer("vit").get_layer("vit_encoder")
    last = (*encoder.encoder_layers[-2:], encoder.layer_norm)
    trained = sum(layer.count_params() for layer in last)
    head = (tiny.features + 1) * len(CLASSES)
    assert result.summary["parameters"]["trainable_by_phase"] == {"tune": trained + head}
    result.model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    assert fingerprint(loaded) == fingerprint(result.model)


def test_the_weights_are_those_of_the_preset(
    tiny: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras_hub

    published = keras_hub.models.ViTBackbone(image_shape=(32, 32, 3), **TINY)
    asked = []
    monkeypatch.setattr(
        keras_hub.models.ViTBackbone,
        "from_preset",
        lambda preset: asked.append(preset) or published,
    )
    backbone = build_backbone(NAME, 32, "imagenet")
    assert asked == [tiny.preset]
    pixels = np.ones((1, 32, 32, 3), np.float32)
    np.testing.assert_array_equal(backbone(pixels), published(pixels)[:, 0])


def test_offline_the_ways_out_are_named(tiny: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras_hub

    def fail(preset: str) -> None:
        raise ConnectionError("Failed to resolve the host")

    monkeypatch.setattr(keras_hub.models.ViTBackbone, "from_preset", fail)
    with pytest.raises(WeightsUnavailableError, match=r"~/\.cache/kagglehub.*<recipe>\.weights"):
        build_backbone(NAME, 32, "imagenet")


@pytest.mark.slow  # 86 million weights
def test_the_table_says_what_is_built() -> None:
    pytest.importorskip("keras_hub", reason="the extra vit is not installed")
    spec = BACKBONES[NAME]
    backbone = build_backbone(NAME, spec.size)
    assert backbone.count_params() == spec.parameters == 85_798_656
    assert backbone.output_shape == (None, spec.features)
    names = [layer.name for layer in backbone_layers(backbone)]
    assert [name for name in names if name in spec.blocks] == list(reversed(spec.blocks))
