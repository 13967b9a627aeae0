"""What a window costs a classifier that learned on slices shown over their full range.

Usage: python tests/benchmarks/windows.py DATA_DIR RAW_DIR: a data_dir with a trained classifier of
tumor types, and the raw_dir that it was curated from, with Figshare. Windows are put over its test
slices of Figshare: up to a percentile of the head's values (from 0, or from the tenth percentile
on), stretched to the full range as decoded DICOM images are; and windows wider than the values,
not stretched.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.datasets.any_image import decode_frames
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.quality import to_gray
from brain_tumor_kedro.tasks import TASKS

TASK = "tumor_type"
Show = Callable[[np.ndarray], np.ndarray]


def newest(folder: Path) -> Path:
    return sorted(path for path in folder.glob("*/*") if path.is_file())[-1]


def apply(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip((values.astype(np.float32) - low) / max(high - low, 1), 0, 1)


def cut(top: float, bottom: float) -> Show:
    def show(values: np.ndarray) -> np.ndarray:
        head = values[values > 0.05 * values.max()]
        low = np.percentile(head, bottom) if bottom else 0
        return to_gray(apply(values, low, np.percentile(head, top)))

    return show


def widen(factor: float) -> Show:
    return lambda values: np.rint(255 * apply(values, 0, factor * values.max())).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("raw_dir", type=Path)
    arguments = parser.parse_args()
    manifest = pd.read_parquet(newest(arguments.data_dir / f"03_primary/{TASK}/manifest.parquet"))
    model = newest(arguments.data_dir / f"06_models/{TASK}/classifier.keras")
    classifier = keras.models.load_model(model, compile=False)
    rows = manifest.query("split == 'test' and status == 'kept' and source == 'figshare'")
    slices = [
        next(decode_frames((arguments.raw_dir / image_id).read_bytes())).pixels
        for image_id in rows["image_id"]
    ]
    labels, classes = rows["label"].to_numpy(), np.array(TASKS[TASK].classes)
    size = int(classifier.input_shape[1] or 299)

    def say(name: str, show: Show) -> None:
        images = np.stack([fit_square(show(values), size) for values in slices])
        found = classes[classifier.predict(images, batch_size=64, verbose=0).argmax(axis=1)]
        print(f"{name:55s} accuracy {np.mean(found == labels):.4f}", flush=True)  # noqa: T201

    say(f"no window, {len(slices)} slices", to_gray)
    for top in (99.9, 99, 97, 95, 90, 80):
        for bottom in (0, 10):
            say(f"window from percentile {bottom} to {top:g}, stretched", cut(top, bottom))
    for factor in (1.5, 2, 3):
        say(f"window {factor:g} times as wide as the values, not stretched", widen(factor))


if __name__ == "__main__":
    main()
