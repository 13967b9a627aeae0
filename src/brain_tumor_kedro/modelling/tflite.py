"""TensorFlow Lite: a classifier as it is, in half precision, and in whole numbers."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.one_pass import in_one_pass
from brain_tumor_kedro.modelling.saved_model import SIGNATURE, write_saved_model


def to_float32(classifier: keras.Model) -> bytes:
    """Convert a classifier; nothing is rounded.

    Args:
        classifier: Of this project.

    Returns:
        The content of a `.tflite` file, from `uint8` images of any size to probabilities.
    """
    with _converters(classifier) as new_converter:
        return bytes(new_converter().convert())


def to_float16(classifier: keras.Model) -> bytes:
    """Convert a classifier; weights are rounded to half precision, and computed with in single.

    The scale that images of other sizes are resized by is a constant, and rounded too.

    Args:
        classifier: Of this project.

    Returns:
        The content of a `.tflite` file, from `uint8` images of any size to probabilities.
    """
    import tensorflow as tf

    with _converters(classifier) as new_converter:
        converter = new_converter()
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def to_int8(classifier: keras.Model, calibration: np.ndarray) -> bytes:
    """Convert a classifier whose backbone computes in whole numbers: weights and activations.

    Ranges of activations are those of the calibration images. What comes before the backbone
    (resizing, its contract) and after it (pooling, head, mirror image, temperature) stays in
    `float32`: those are few operations, and the converter would also round the arithmetic of the
    image's size, and the logarithms that a temperature divides. Jacob et al., Quantization and
    Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018.

    Args:
        classifier: Of this project.
        calibration: Training images, `uint8` `(n, h, w)` or `(n, h, w, 3)`.

    Returns:
        The content of a `.tflite` file, from `uint8` images of any size to `float32` probabilities.

    Raises:
        ValueError: Where no operation of the backbone can be computed in whole numbers.
    """
    import tensorflow as tf

    with _converters(classifier) as new_converter:
        outside = _names_outside(bytes(new_converter().convert()))
        converter = new_converter()
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in calibration)
        # The one documented way to leave operations as they are:
        # https://ai.google.dev/edge/litert/models/quantization_debugger
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=outside)
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=_no_data, debug_options=options
        )
        model = bytes(debugger.get_nondebug_quantized_model())
    if not count_int8(model):
        raise ValueError("Expected operations in whole numbers within the backbone, found none.")
    return model


def count_int8(model: bytes) -> int:
    """Count the values that a model computes in whole numbers of 8 bits.

    Args:
        model: The content of a `.tflite` file.

    Returns:
        How many of its tensors, weights included, are `int8`.
    """
    return sum(tensor["dtype"] is np.int8 for tensor in _tensors(model))


@contextmanager
def _converters(classifier: keras.Model) -> Iterator[Callable[[], Any]]:
    """Write a SavedModel, and give what makes converters of it: each converts once."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(in_one_pass(classifier), Path(folder))
        yield lambda: tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])


def _names_outside(model: bytes) -> list[str]:
    """What is computed outside of the backbone, in the order of names."""
    names = {tensor["name"] for tensor in _tensors(model)}
    return sorted(name for name in names if f"/{BACKBONE_LAYER}" not in name)


def _tensors(model: bytes) -> list[dict[str, Any]]:
    from ai_edge_litert.interpreter import Interpreter

    details: list[dict[str, Any]] = Interpreter(model_content=model).get_tensor_details()
    return details


def _no_data() -> Iterator[list[np.ndarray]]:
    """Nothing is debugged."""
    return iter(())
