"""Exported classifiers, run by what each is made for."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from brain_tumor_kedro.modelling.export_settings import NAMES, Format
from brain_tumor_kedro.modelling.saved_model import IMAGES, PROBABILITIES, SIGNATURE

#: From `uint8` images `(n, h, w)` or `(n, h, w, 3)` to probabilities `float32` `(n, classes)`.
Predict = Callable[[np.ndarray], np.ndarray]


def count_threads() -> int:
    """Count the threads that TensorFlow uses for one operation: others are given as many."""
    import tensorflow as tf

    chosen = int(tf.config.threading.get_intra_op_parallelism_threads())
    return chosen or joblib.cpu_count()


def open_exported(kind: Format, files: Mapping[str, bytes], threads: int) -> Predict:
    """Open an exported classifier with the program that it is made for.

    Args:
        kind: The format.
        files: As `conversion.convert` returned them.
        threads: How many to compute with; a SavedModel takes TensorFlow's.

    Returns:
        What predicts with it, on the processor.
    """
    if kind == "onnx":
        return _open_onnx(files[NAMES[kind]], threads)
    if kind == "saved_model":
        return _open_saved_model(files)
    return _open_tflite(files[NAMES[kind]], threads)


def _open_onnx(content: bytes, threads: int) -> Predict:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return lambda images: np.asarray(session.run([PROBABILITIES], {IMAGES: images})[0])


def _open_saved_model(files: Mapping[str, bytes]) -> Predict:
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        with tf.device("/CPU:0"):
            loaded = tf.saved_model.load(str(Path(folder, NAMES["saved_model"])))

    def predict(images: np.ndarray) -> np.ndarray:
        with tf.device("/CPU:0"):
            found = loaded.signatures[SIGNATURE](**{IMAGES: tf.constant(images)})
        return np.asarray(found[PROBABILITIES])

    return predict


def _open_tflite(content: bytes, threads: int) -> Predict:
    from ai_edge_litert.interpreter import Interpreter

    from brain_tumor_kedro.modelling.quietly import quietly

    with quietly():  # it announces its delegate
        interpreter: Any = Interpreter(model_content=content, num_threads=threads)
        place = interpreter.get_input_details()[0]["index"]
        answer = interpreter.get_output_details()[0]["index"]
        interpreter.allocate_tensors()
        shape: list[tuple[int, ...]] = []

    def predict(images: np.ndarray) -> np.ndarray:
        if shape != [images.shape]:
            interpreter.resize_tensor_input(place, images.shape)
            interpreter.allocate_tensors()
            shape[:] = [images.shape]
        interpreter.set_tensor(place, images)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(answer))

    return predict
