"""Try exported classifiers out: on images that nobody trained on, and at other sizes."""

from typing import NamedTuple

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.exported import Predict
from brain_tumor_kedro.tasks import EXTERNAL

BATCH_SIZE = 32
#: Black is added to the height and the width, as a share of them, or pixels are left out: every so
#: many. The slice stays whole, so that answers differ by the arithmetic of the size alone.
BORDERS, STEP = ((0.0, 0.5), (0.3, 0.1)), 2
#: How many images are answered at other sizes.
RESIZED_IMAGES = 8


class Trial(NamedTuple):
    """What a classifier answers.

    Attributes:
        probabilities: Of the images, `(n, classes)`.
        resized: Of some of them at other heights and widths, one at a time, `(m, classes)`.
    """

    probabilities: np.ndarray
    resized: np.ndarray


def choose_judged(manifest: pd.DataFrame, limit: int, seed: int) -> pd.DataFrame:
    """Choose the images that exports are judged on: test images, or what comes nearest to them.

    Args:
        manifest: Kept images, with `split`.
        limit: How many to choose, at most.
        seed: Of the sample, where there are more.

    Returns:
        Rows of one split, in the manifest's order: of `test`, else of a held-out source, else of
        `val` or `train`.

    Raises:
        ValueError: Where no image lies in a split.
    """
    for split in ("test", EXTERNAL, "val", "train"):
        rows = manifest[manifest["split"] == split]
        if len(rows):
            return _sample(rows, limit, seed)
    raise ValueError(
        "Expected kept images in splits, found none. Curate again: kedro run --pipelines curation"
    )


def choose_calibration(manifest: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Choose training images at random.

    Args:
        manifest: Kept images, with `split`.
        count: How many, at most.
        seed: Of the sample.

    Returns:
        Their rows, in the manifest's order.

    Raises:
        ValueError: Where there are none.
    """
    rows = manifest[manifest["split"] == "train"]
    if rows.empty:
        raise ValueError("Expected training images to calibrate int8 on, found none.")
    return _sample(rows, count, seed)


def try_out(predict: Predict, images: np.ndarray, rows: np.ndarray) -> Trial:
    """Let a classifier answer.

    Args:
        predict: The classifier.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        rows: Row numbers `(m,)`.

    Returns:
        Its answers, in the order of `rows`.
    """
    starts = range(0, len(rows), BATCH_SIZE)
    answers = [predict(np.array(images[rows[at : at + BATCH_SIZE]])) for at in starts]
    resized = [predict(view) for view in _resize(images[rows[:RESIZED_IMAGES]])]
    return Trial(np.concatenate(answers), np.concatenate(resized))


def predict_with(classifier: keras.Model) -> Predict:
    """Make a classifier answer on the processor: a GPU rounds differently, and shares nothing.

    Args:
        classifier: In memory.

    Returns:
        What predicts with it.
    """

    def predict(images: np.ndarray) -> np.ndarray:
        with keras.device("cpu:0"):
            return np.asarray(classifier.predict_on_batch(images))

    return predict


def _sample(rows: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    if len(rows) <= count:
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), count, replace=False)
    return rows.iloc[np.sort(chosen)]


def _resize(images: np.ndarray) -> list[np.ndarray]:
    """Show every image by itself, with more black on two sides, and with fewer pixels."""
    views = [np.array(image[None, ::STEP, ::STEP]) for image in images]
    for share_of_height, share_of_width in BORDERS:
        below, right = (
            round(share * side)
            for share, side in zip(
                (share_of_height, share_of_width), images.shape[1:3], strict=True
            )
        )
        borders = [(0, 0), (0, below), (0, right), (0, 0)][: images.ndim]
        views += [np.pad(image[None], borders) for image in images]
    return views
