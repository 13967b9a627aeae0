import keras

from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.layers import backbone_layers, leaf_layers


def test_most_backbones_are_flat() -> None:
    backbone = build_backbone("sample_cnn", 32)
    assert backbone_layers(backbone) == backbone.layers


def test_models_within_are_opened_and_stacks_are_not() -> None:
    inputs = keras.Input((4,))
    stack = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(2)], name="stack")
    inner = keras.Model(inputs, keras.layers.Dense(3, name="inside")(stack(inputs)))
    outer = keras.Input((4,))
    model = keras.Model(outer, keras.layers.Dense(1, name="outside")(inner(outer)))
    names = [layer.name for layer in backbone_layers(model) if layer.weights]
    assert names == ["stack", "inside", "outside"]
    leaves = [layer.name for layer in leaf_layers(model) if layer.weights]
    assert leaves == [*(layer.name for layer in stack.layers), "inside", "outside"]
