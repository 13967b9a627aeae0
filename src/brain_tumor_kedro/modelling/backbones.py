"""Backbones: how a row of the table becomes a network, the same one whatever its weights are."""

import keras

from brain_tumor_kedro.modelling.applications import build_application, name_as_if_fresh
from brain_tumor_kedro.modelling.backbone_spec import Backbone
from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.inner_normalization import rebuild
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.published_weights import find_weights
from brain_tumor_kedro.modelling.vit import build_vit
from brain_tumor_kedro.modelling.weights import load_weights

#: The name of the backbone inside every classifier.
BACKBONE_LAYER = "backbone"


def build_backbone(
    name: str,
    size: int,
    weights: str = "none",
    pretrained: Pretrained = Pretrained(),  # noqa: B008  # it cannot change
) -> keras.Model:
    """Build a backbone for three-channel input that already meets its contract.

    Layers are named as in a fresh process, and the network computes the same function of its
    weights however they come: Keras's own functions do neither.

    Args:
        name: A key of `BACKBONES`.
        size: Side of the input in pixels.
        weights: `imagenet`, `radimagenet`, `none` (random), or the path of a weights file.
        pretrained: Where weights lie that Keras does not fetch.

    Returns:
        From `float32` `(n, size, size, 3)` to feature maps `(n, rows, columns, features)`, or to
        `(n, features)` where the row has `cut_after` or `preset`.

    Raises:
        WeightsUnavailableError: Where published weights can be neither found nor fetched.
        FileNotFoundError: Where the weights file does not exist.
        ValueError: Where the backbone cannot take images of that size, there are no such weights
            for it, or the weights file does not fit.
        ImportError: Where it is a transformer, and keras-hub is not installed.
    """
    spec = BACKBONES[name]
    spec.check_size(size)
    spec.check_weights(weights)
    source = find_weights(spec, size, weights, pretrained)
    backbone = construct(spec, size)
    load_weights(backbone, source, end=spec.cut_after)
    return backbone


def construct(spec: Backbone, size: int) -> keras.Model:
    """Build a backbone with random weights.

    Args:
        spec: Its row in the table.
        size: Side of the input in pixels.

    Returns:
        The network.
    """
    if spec.preset:
        return name_as_if_fresh(build_vit(spec, size), BACKBONE_LAYER)
    if not spec.application:
        return name_as_if_fresh(_sample_cnn(size), BACKBONE_LAYER)
    network = build_application(spec, size, None)
    if spec.contract == "built_in":
        network = rebuild(network, spec.application)
    return name_as_if_fresh(network, BACKBONE_LAYER)


def _sample_cnn(size: int) -> keras.Model:
    """Four 3x3 convolutions that halve the side each, without normalization."""
    inputs = keras.Input((size, size, 3))
    features = inputs
    for number, filters in enumerate((16, 32, 64, 96), start=1):
        features = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"block{number}_conv",
        )(features)
        features = keras.layers.MaxPooling2D(2, name=f"block{number}_pool")(features)
    return keras.Model(inputs, features, name=BACKBONE_LAYER)
