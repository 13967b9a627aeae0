"""TensorFlow's SavedModel: a classifier as a folder that TensorFlow Serving takes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

#: What is called, and what its input and its output are called, in every format.
SIGNATURE, IMAGES, PROBABILITIES = "serving_default", "images", "probabilities"
#: Where TensorFlow looks for nothing: https://www.tensorflow.org/guide/saved_model
FACTS_FILE = "assets.extra/model.json"


def write_saved_model(
    classifier: keras.Model, folder: Path, facts: Mapping[str, Any] | None = None
) -> None:
    """Write a classifier as a SavedModel.

    Args:
        classifier: Takes `uint8` images, of the backend TensorFlow.
        folder: Where to, there or not.
        facts: What JSON can hold, for `assets.extra/model.json`.
    """
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    archive.track(classifier)
    archive.add_endpoint(
        SIGNATURE,
        lambda images: {PROBABILITIES: classifier(images, training=False)},
        input_signature=[tf.TensorSpec(classifier.input_shape, tf.uint8, name=IMAGES)],
    )
    archive.write_out(folder, verbose=False)
    if facts is not None:
        (folder / FACTS_FILE).parent.mkdir()
        (folder / FACTS_FILE).write_text(json.dumps(facts, indent=2), "utf-8")
