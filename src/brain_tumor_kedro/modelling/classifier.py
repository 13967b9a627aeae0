"""The classifier: raw `uint8` images in, probabilities out, nothing to get wrong between."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np

from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.contracts import BLUE_FIRST, CONTRACTS, Contract
from brain_tumor_kedro.modelling.heads import build_head, pool
from brain_tumor_kedro.modelling.lora import add_adapters
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import is_calibrated, temperature_of

CONTRACT_LAYER = "contract"


def build_classifier(
    recipe: Recipe,
    classes: Sequence[str],
    *,
    channels: int = 1,
    precision: str = "float32",
    pretrained: Pretrained = Pretrained(),  # noqa: B008  # it cannot change
) -> keras.Model:
    """Build a recipe's classifier.

    It is made of Keras's own layers and operations alone, so that a saved file loads anywhere.

    Args:
        recipe: What to build.
        classes: Class labels in the order of the outputs.
        channels: 1 for gray images, 3 for RGB ones.
        precision: Keras dtype policy of backbone and head. Preprocessing and the probabilities
            are `float32` always.
        pretrained: Where weights lie that Keras does not fetch.

    Returns:
        From `uint8` `(n, h, w)`, or `(n, h, w, 3)` for three channels, of any height and width,
        to `float32` probabilities `(n, len(classes))`.

    Raises:
        WeightsUnavailableError: Where published weights can be neither found nor fetched.
        FileNotFoundError: Where the weights file does not exist.
        ValueError: Where the head cannot tell so many classes apart, the weights file does not fit,
            or adapters find no layer.
    """
    recipe.head.check_classes(classes)
    shape = (None, None) if channels == 1 else (None, None, channels)
    images = keras.Input(shape, dtype="uint8", name="images")
    with dtype_policy(precision):
        backbone = build_backbone(recipe.backbone, recipe.size, recipe.weights, pretrained)
        if recipe.lora is not None:
            add_adapters(backbone, recipe.lora)
        features = backbone(_preprocess(images, recipe.size, recipe.input_contract))
        pooled = pool(features, recipe.head)
        head = build_head(recipe.head, pooled.shape[-1], len(classes))
        return keras.Model(images, head(pooled), name=f"{recipe.backbone}_classifier")


def _preprocess(images: keras.KerasTensor, size: int, contract: Contract) -> keras.KerasTensor:
    """Meet a contract, in `float32` whatever the precision of the rest."""
    scale, offset = CONTRACTS[contract]
    pixels = keras.ops.cast(images, "float32")
    if len(images.shape) == 3:
        pixels = keras.ops.expand_dims(pixels, -1)
    # Without antialias: TensorFlow has that on CPUs only, and XLA has it nowhere. Black borders
    # keep the proportions, as they do where images are packed. Not as keras.layers.Resizing: that
    # calls itself trained unless told otherwise, and all layers after it with it, so that dropout
    # and batch normalization would be at work wherever somebody just calls the model.
    pixels = keras.ops.image.resize(pixels, (size, size), pad_to_aspect_ratio=True, fill_value=0.0)
    if len(images.shape) == 3:
        pixels = keras.ops.repeat(pixels, 3, axis=-1)
    elif contract in BLUE_FIRST:
        pixels = keras.ops.flip(pixels, axis=-1)
    return keras.layers.Rescaling(list(scale), list(offset), dtype="float32", name=CONTRACT_LAYER)(
        pixels
    )


def count_parameters(model: keras.Model) -> dict[str, int]:
    """Count a model's weights.

    Args:
        model: A built model.

    Returns:
        `total` and `trainable`, as the model is frozen now.
    """
    return {
        "total": sum(int(np.prod(weight.shape)) for weight in model.weights),
        "trainable": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
    }


def describe_parameters(model: keras.Model) -> str:
    """Say how much of a model is trained.

    Args:
        model: A built model, as it is frozen now.

    Returns:
        Such as `315,396 of 134,575,940 parameters (0.23%)`.
    """
    counts = count_parameters(model)
    share = counts["trainable"] / counts["total"]
    return f"{counts['trainable']:,} of {counts['total']:,} parameters ({share:.2%})"


def fingerprint(model: keras.Model) -> str:
    """Identify a model by its weights, and by its temperature where it has one.

    Args:
        model: A built model.

    Returns:
        SHA-256, in hexadecimal, of all weights' shapes, types and values in the model's order,
        and of the temperature. What the layers are called, and what is frozen, does not matter.
    """
    digest = hashlib.sha256()
    for layer in model.layers:
        for value in layer.get_weights():
            digest.update(f"{value.dtype}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
    if is_calibrated(model):
        digest.update(f"temperature {temperature_of(model)!r}".encode())
    return digest.hexdigest()


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Build layers in a precision: `float32`, `mixed_float16` or `mixed_bfloat16`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
