"""Settings of exporting a classifier to other formats, without Keras."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from brain_tumor_kedro.modelling.strict import Fraction, Strict

#: What a classifier can be exported to.
Format = Literal["onnx", "saved_model", "float32", "float16", "int8"]

#: What each is called in the folder of exports; a SavedModel is a folder itself.
NAMES: Mapping[Format, str] = {
    "onnx": "classifier.onnx",
    "saved_model": "saved_model",
    "float32": "classifier_float32.tflite",
    "float16": "classifier_float16.tflite",
    "int8": "classifier_int8.tflite",
}

#: What each takes beside TensorFlow, as the packages are imported.
NEEDED: Mapping[Format, tuple[str, ...]] = {
    "onnx": ("onnx", "onnxruntime", "tf2onnx"),
    "saved_model": (),
    "float32": ("ai_edge_litert",),
    "float16": ("ai_edge_litert",),
    "int8": ("ai_edge_litert",),
}


class ExportSettings(Strict):
    """What a classifier is exported to, and what the exports are held to.

    Attributes:
        formats: Which to make. `float32`, `float16` and `int8` are TensorFlow Lite.
        calibration_images: Training images that the ranges of `int8` are found on.
        seed: Of the samples of images.
        judged_images: How many images every format answers, at most.
        tolerance: The largest difference of a probability that ONNX, SavedModel and `float32` may
            show.
        float16_tolerance: The mean difference that `float16` may show, whose weights are rounded.
        accuracy_tolerance: How much accuracy `float16` and `int8` may lose, as a share of images.
        seconds: How long the throughput of each format is measured, for each size of batch; 0:
            not at all.
    """

    formats: tuple[Format, ...] = Field(tuple(NAMES), min_length=1)
    calibration_images: int = Field(200, ge=1)
    seed: int = Field(0, ge=0, lt=2**32)
    judged_images: int = Field(1000, ge=1)
    tolerance: Fraction = 1e-4
    float16_tolerance: Fraction = 0.02
    accuracy_tolerance: Fraction = 0.01
    seconds: float = Field(3.0, ge=0)
