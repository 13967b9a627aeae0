"""The layers of a backbone that are trained or frozen one by one."""

import keras


def backbone_layers(backbone: keras.Model) -> list[keras.layers.Layer]:
    """List a backbone's layers, and what stands in a transformer's encoder.

    Names in `Backbone.blocks`, and patterns in recipes, are of these.

    Args:
        backbone: What `build_backbone` returned.

    Returns:
        Layers from the input to the output. What Keras stacks into one (`Sequential`) is one.
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
