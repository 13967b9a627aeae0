"""A vision transformer of keras-hub as a backbone: its class token is the features.

Dosovitskiy et al., An image is worth 16x16 words, ICLR 2021, arXiv:2010.11929.
"""

from types import ModuleType

import keras

from brain_tumor_kedro.modelling.backbone_spec import Backbone


def build_vit(spec: Backbone, size: int) -> keras.Model:
    """Build a transformer with random weights.

    Args:
        spec: A row with a preset.
        size: Side of the input in pixels, a multiple of the side of a patch.

    Returns:
        From `(n, size, size, 3)` to the class token after the last block, `(n, features)`.

    Raises:
        ImportError: Where keras-hub is not installed.
    """
    transformer = _keras_hub(spec).models.ViTBackbone(
        image_shape=(size, size, 3), name="vit", **spec.options
    )
    inputs = keras.Input((size, size, 3))
    # As one model within the model: keras-hub stores its parts as a whole alone.
    return keras.Model(inputs, transformer(inputs)[:, 0])


def fetch_vit(spec: Backbone) -> keras.Model:
    """Fetch the transformer of a preset, or take it from keras-hub's cache.

    Args:
        spec: A row with a preset.

    Returns:
        The transformer with the published weights, in the order of those of `build_vit`.

    Raises:
        ImportError: Where keras-hub is not installed.
    """
    return _keras_hub(spec).models.ViTBackbone.from_preset(spec.preset)


def _keras_hub(spec: Backbone) -> ModuleType:
    try:
        import keras_hub
    except ImportError as error:
        raise ImportError(
            f"backbone {spec.name!r} is built by keras-hub, which is not installed: "
            "pip install 'brain_tumor_kedro[vit]'"
        ) from error
    hub: ModuleType = keras_hub
    return hub
