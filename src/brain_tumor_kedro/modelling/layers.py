"""The layers of a model, with those of the models within it."""

from collections.abc import Iterator

import keras


def leaf_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Go through a model's layers, and those of all models within it.

    Args:
        model: A built model.

    Yields:
        Layers that are no models, in the model's order.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaf_layers(layer)
        else:
            yield layer


def backbone_layers(backbone: keras.Model) -> list[keras.layers.Layer]:
    """List the layers of a backbone that are trained or frozen one by one.

    Names in `Backbone.blocks`, and patterns in recipes, are of these.

    Args:
        backbone: What `build_backbone` returned.

    Returns:
        Layers from the input to the output, and what stands in a transformer's encoder. What Keras
        stacks into one (`Sequential`) is one.
    """
    layers: list[keras.layers.Layer] = []
    for layer in backbone.layers:
        if isinstance(layer, keras.Model) and not isinstance(layer, keras.Sequential):
            layers += backbone_layers(layer)
        elif hasattr(layer, "encoder_layers"):  # keras-hub's ViTEncoder
            layers += [*layer.encoder_layers, layer.layer_norm]
        else:
            layers.append(layer)
    return layers
