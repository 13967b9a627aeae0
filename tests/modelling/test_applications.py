import keras
import pytest

from brain_tumor_kedro.modelling.applications import build_application, name_as_if_fresh
from brain_tumor_kedro.modelling.backbone_table import BACKBONES


def test_automatic_names_begin_from_the_start_and_others_stay() -> None:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 1)(inputs)
    x = keras.layers.Conv2D(2, 1, name="conv2d_named")(x)
    x = keras.layers.ReLU()(keras.layers.Conv2D(2, 1)(x) + x)
    model = name_as_if_fresh(keras.Model(inputs, x), "network")
    assert model.name == "network"
    assert [operation.name for operation in model.operations] == [
        "input_layer",
        "conv2d",
        "conv2d_named",
        "conv2d_1",
        "add",
        "re_lu",
    ]


def test_keras_gets_no_name_to_build_addresses_from(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def fake(**options: object) -> str:
        asked.update(options)
        return "network"

    monkeypatch.setattr(keras.applications, "EfficientNetV2S", fake)
    assert build_application(BACKBONES["efficientnet_v2s"], 64, "imagenet") == "network"
    assert asked == {"include_top": False, "input_shape": (64, 64, 3), "weights": "imagenet"}
