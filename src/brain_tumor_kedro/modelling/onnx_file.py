"""ONNX: a classifier that onnxruntime and others run without TensorFlow."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.saved_model import IMAGES, PROBABILITIES

#: What the sides of images are called.
SIDES = ("batch", "height", "width")


def to_onnx(classifier: keras.Model, facts: Mapping[str, Any]) -> bytes:
    """Convert a classifier.

    Args:
        classifier: Of this project, of the backend TensorFlow.
        facts: What JSON can hold, for `metadata_props`: texts as they are, all else as JSON.

    Returns:
        The content of an `.onnx` file, from `uint8` images of any size to probabilities.

    Raises:
        ValueError: Where the converter leaves constants open as further inputs, as tf2onnx 1.17
            does for the ViT; of ConvNeXt's grouped convolutions it knows nothing and raises itself.
    """
    import onnx

    # Keras exports what was called before, and a loaded model was not.
    classifier(np.zeros([side or 1 for side in classifier.input_shape], np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "classifier.onnx")
        classifier.export(path, format="onnx", verbose=False)
        model = onnx.load(path)
    _name_output(model.graph)
    for side, name in zip(model.graph.input[0].type.tensor_type.shape.dim, SIDES, strict=False):
        side.dim_param = name
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = SIDES[0]
    onnx.helper.set_model_props(model, {name: _as_text(value) for name, value in facts.items()})
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _name_output(graph: Any) -> None:
    """Call the input and the output what they are called in every format."""
    if (names := [value.name for value in graph.input]) != [IMAGES]:
        raise ValueError(f"Expected {IMAGES!r} as the one input, found {', '.join(names)}.")
    before = graph.output[0].name
    for node in graph.node:
        node.output[:] = [PROBABILITIES if name == before else name for name in node.output]
        node.input[:] = [PROBABILITIES if name == before else name for name in node.input]
    graph.output[0].name = PROBABILITIES


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
