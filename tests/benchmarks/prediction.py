"""Throughput of the evaluation's prediction against a bare `model.predict` on an array.

Prediction reads a memory map in batches and tells calibrated and raw probabilities and features, as
two tables. At least 95 % of the bare throughput are asked for. Both are measured in turns, for a
busy machine slows both down; each begins with a model that was never called, so that both compile.

    python tests/benchmarks/prediction.py CLASSIFIER.keras IMAGES.npy [--images 1000] [--rounds 5]

Without files: a tiny network on noise, which shows what each image costs beside the network.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from timing import Run, timed

from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.inference import predict_table
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import with_temperature
from brain_tumor_kedro.tasks import TUMOR_TYPE

CLASSES = TUMOR_TYPE.classes
BATCH_SIZE = 64


def build_tiny() -> keras.Model:
    phase = {"name": "only", "trainable": "all", "learning_rate": 1e-3, "epochs": 1}
    recipe = {"backbone": "sample_cnn", "weights": "none", "image_size": 32, "phases": [phase]}
    classifier = build_classifier(Recipe.model_validate(recipe), CLASSES)
    return with_temperature(average_mirrored(classifier), 0.7)


def write_noise(path: Path, images: int) -> Path:
    generator = np.random.default_rng(0)
    np.save(path, generator.integers(0, 256, (images, 64, 64), dtype=np.uint8))
    return path


def list_images(images: int) -> pd.DataFrame:
    ids = [f"image-{number}" for number in range(images)]
    return pd.DataFrame(
        {"image_id": ids, "split": "test", "label": CLASSES[0], "row": range(images)}
    )


def predict_bare(model: keras.Model, images: np.ndarray) -> np.ndarray:
    fresh = keras.Model(model.input, model.output)
    return fresh.predict(images, batch_size=BATCH_SIZE, verbose=0)


def compare(model: keras.Model, packed: np.ndarray, images: int, rounds: int) -> None:
    in_memory, manifest = np.array(packed[:images]), list_images(len(packed[:images]))
    ways = {
        "bare": lambda: predict_bare(model, in_memory),
        "table": lambda: predict_table(model, packed, manifest, CLASSES, BATCH_SIZE),
    }
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for number in range(rounds):
        order = list(ways) if number % 2 else list(ways)[::-1]
        for name in order:
            runs[name].append(timed(ways[name]))
    report(runs, len(manifest))
    table = runs["table"][0].result.table
    told = table[[f"p_{label}" for label in CLASSES]].to_numpy()
    difference = np.abs(told - runs["bare"][0].result).max()
    sys.stdout.write(f"largest difference of a probability {difference:.1e}\n")


def report(runs: dict[str, list[Run]], images: int) -> None:
    for name, each in runs.items():
        best = min(each, key=lambda run: run.seconds)
        rate = images / best.seconds
        sys.stdout.write(f"{name:6} {rate:8.1f} images/s, fastest of {len(each)}: {best}\n")
    for what in ("seconds", "cpu_seconds"):
        bare, table = ([getattr(run, what) for run in runs[name]] for name in ("bare", "table"))
        ratios = np.array(bare) / np.array(table)
        sys.stdout.write(
            f"{what:12} throughput of the table against bare: fastest {min(bare) / min(table):.1%}"
            f", median of pairs {np.median(ratios):.1%}, pairs {np.round(ratios, 3).tolist()}\n"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classifier", nargs="?", type=Path)
    parser.add_argument("packed", nargs="?", type=Path)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.classifier:
            model, path = keras.saving.load_model(options.classifier), options.packed
        else:
            model, path = build_tiny(), write_noise(Path(folder) / "noise.npy", options.images)
        compare(model, np.load(path, mmap_mode="r"), options.images, options.rounds)


if __name__ == "__main__":
    main()
