"""Backbones that normalize their input inside: the same normalization whatever the weights are."""

import math

import keras
import numpy as np

from brain_tumor_kedro.modelling.layers import leaf_layers

#: ImageNet's mean and deviation of red, green and blue in [0, 1].
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)

#: The layer that Keras gives EfficientNet with weights="imagenet" only.
EXTRA_RESCALING = "imagenet_rescaling"


def rebuild(network: keras.Model, application: str) -> keras.Model:
    """Build a network again with a normalization that does not depend on its weights.

    - `keras.applications.EfficientNetB*` divides by the root of the deviation once more, and only
      where it is built with weights="imagenet": what their file holds as variance is the deviation,
      whose root is divided by first (https://github.com/tensorflow/tensorflow/issues/49930). Built
      with weights=None and loaded from the very same file it is another function. Here it always
      divides.
    - Its mean and that variance are weights, 0 and 1 until a file is loaded. Here they are the
      file's from the start, so that a network without weights sees the same pixels: less the mean,
      over the deviation.
    - All of it is computed in `float32`, whatever the precision of the rest.

    Args:
        network: One of `keras.applications`, with random weights.
        application: Its function's name.

    Returns:
        A new network with other random weights.
    """
    extra = application.startswith("EfficientNetB")

    def call(layer: keras.Layer, *args: object, **kwargs: object) -> keras.KerasTensor:
        output = layer(*args, **kwargs)
        if extra and isinstance(layer, keras.layers.Normalization):
            scale = [1 / math.sqrt(deviation) for deviation in DEVIATION]
            output = keras.layers.Rescaling(scale, dtype="float32", name=EXTRA_RESCALING)(output)
        return output

    rebuilt = keras.models.clone_model(network, clone_function=_clone, call_function=call)
    for layer in rebuilt.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.set_weights([np.array(MEAN), np.array(DEVIATION), np.array(0)])
    refresh(rebuilt)
    return rebuilt


def refresh(model: keras.Model) -> None:
    """Let normalization layers take notice of weights that were set.

    `keras.layers.Normalization` computes with copies of its weights, which `set_weights` leaves
    as they were.

    Args:
        model: Any model, whose layers may be models.
    """
    for layer in leaf_layers(model):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _clone(layer: keras.Layer) -> keras.Layer:
    config = layer.get_config()
    if isinstance(layer, keras.layers.Normalization | keras.layers.Rescaling):
        config["dtype"] = "float32"
    return type(layer).from_config(config)
