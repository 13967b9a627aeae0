"""From a classifier to files of other formats, each of which takes raw `uint8` images too."""

import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.export_settings import NAMES, NEEDED, Format
from brain_tumor_kedro.modelling.quietly import quietly

SETTING = "model_export.formats in conf/base/parameters_model_export.yml"

#: The files of a format by their paths in the folder of exports.
Files = Mapping[str, bytes]


def require_packages(formats: Iterable[Format]) -> None:
    """Stop before any work where a format cannot be made here.

    Args:
        formats: Which are wanted.

    Raises:
        ImportError: Names the packages that are missing, and says what to do.
        ValueError: Where Keras computes with another library than TensorFlow.
    """
    missing = {name for kind in formats for name in NEEDED[kind] if find_spec(name) is None}
    if missing:
        raise ImportError(
            f"Exporting to {', '.join(formats)} needs {', '.join(sorted(missing))}, not installed "
            "here: pip install 'brain_tumor_kedro[model-export]', or leave formats out of "
            f"{SETTING}."
        )
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"Exports are made by TensorFlow, Keras computes with {keras.backend.backend()}. Run "
            "again with the environment variable KERAS_BACKEND=tensorflow: a classifier's file is "
            "the same for both."
        )


def convert(
    classifier: keras.Model, kind: Format, facts: Mapping[str, Any], calibration: np.ndarray
) -> dict[str, bytes]:
    """Convert a classifier to one format.

    Args:
        classifier: Of this project, in `float32`.
        kind: The format.
        facts: What is written into the files, as JSON can hold it.
        calibration: Training images for `int8`, `uint8` `(n, h, w)` or `(n, h, w, 3)`.

    Returns:
        The files by their paths in the folder of exports.

    Raises:
        ValueError: Where a converter cannot convert this classifier; what it printed is a note.
    """
    with quietly():
        try:
            return _convert(classifier, kind, facts, calibration)
        except Exception as error:  # converters raise whatever they meet
            raise ValueError(
                f"The classifier cannot be exported to {kind}: {error} Leave {kind} out of "
                f"{SETTING}."
            ) from error


def count_keras_bytes(classifier: keras.Model) -> int:
    """Count the bytes of a classifier in Keras's own format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "classifier.keras")
        classifier.save(path)
        return path.stat().st_size


def _convert(
    classifier: keras.Model, kind: Format, facts: Mapping[str, Any], calibration: np.ndarray
) -> dict[str, bytes]:
    if kind == "onnx":
        from brain_tumor_kedro.modelling.onnx_file import to_onnx

        return {NAMES[kind]: to_onnx(classifier, facts)}
    if kind == "saved_model":
        return _read_saved_model(classifier, facts)
    from brain_tumor_kedro.modelling.tflite import to_float16, to_float32, to_int8
    from brain_tumor_kedro.modelling.tflite_facts import add_facts

    if kind == "int8":
        model = to_int8(classifier, calibration)
    else:
        model = to_float32(classifier) if kind == "float32" else to_float16(classifier)
    return {NAMES[kind]: add_facts(model, facts)}


def _read_saved_model(classifier: keras.Model, facts: Mapping[str, Any]) -> dict[str, bytes]:
    from brain_tumor_kedro.modelling.saved_model import write_saved_model

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, NAMES["saved_model"])
        write_saved_model(classifier, root, facts)
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
