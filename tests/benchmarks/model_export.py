"""Throughput of the formats of an exported classifier, all with as many threads.

    python tests/benchmarks/model_export.py EXPORTED CLASSIFIER.keras IMAGES.npy [--threads 1]

TensorFlow is told the number of threads before it starts, which a pipeline with a classifier
already cannot do. Asked for is that TensorFlow Lite's are not slower than Keras on single images.
"""

import argparse
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from brain_tumor_kedro.modelling.export_settings import NAMES
from brain_tumor_kedro.modelling.export_trial import predict_with
from brain_tumor_kedro.modelling.exported import Predict, open_exported
from brain_tumor_kedro.modelling.throughput import measure

BATCHES = (1, 32)


def open_all(folder: Path, classifier: Path, threads: int) -> dict[str, Predict]:
    ways = {"keras": predict_with(keras.saving.load_model(classifier, compile=False))}
    for kind, name in NAMES.items():
        paths = [folder / name, *sorted((folder / name).rglob("*"))]
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths if p.is_file()}
        if files:
            ways[kind] = open_exported(kind, files, threads)
    return ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("folder", "classifier", "images"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    ways = open_all(options.folder, options.classifier, options.threads)
    images = np.array(np.load(options.images, mmap_mode="r")[: max(BATCHES)])
    rates = [measure(ways, images, size, options.seconds) for size in BATCHES]
    for name in ways:
        told = "  ".join(f"{rate[name]:8.1f}" for rate in rates)
        sys.stdout.write(f"{name:12} {told}  images/s in batches of {BATCHES}\n")
    for name in {"float32", "float16", "int8"} & set(ways):
        assert rates[0][name] >= rates[0]["keras"], f"{name} is slower than Keras"


if __name__ == "__main__":
    main()
