"""Slices of patients as bags: arrays of one length, with masks."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: A feature that varies by less among the training slices is constant.
CONSTANT = 1e-6


class Bags(NamedTuple):
    """The slices of every patient, padded with zeros to the longest.

    Attributes:
        features: Float32, shape (patients, slices, features).
        mask: Float32, shape (patients, slices), 1 where there is a slice, else 0.
        rows: Row in `mask` of every slice, its patient, int, shape (n,).
        columns: Its column, int, shape (n,).
    """

    features: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32]
    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]


def pack_bags(features: npt.NDArray[np.float32], patients: npt.NDArray[np.intp]) -> Bags:
    """Put the slices of each patient side by side.

    Args:
        features: Of slices, shape (n, features).
        patients: Patient of every slice, counted from zero without gaps, int, shape (n,).

    Returns:
        The bags; the slices of a patient stay in their order.

    Raises:
        ValueError: There are no slices, or a patient has none.
    """
    counts = np.bincount(patients)
    if not len(patients) or not counts.all():
        raise ValueError(
            f"Expected at least one slice of each of {len(counts)} patients, received none of "
            f"{int((counts == 0).sum())}."
        )
    order = np.argsort(patients, kind="stable")
    starts = np.cumsum(counts) - counts
    columns = np.empty(len(patients), dtype=np.intp)
    columns[order] = np.arange(len(patients)) - starts[patients[order]]
    packed = np.zeros((len(counts), int(counts.max()), features.shape[1]), np.float32)
    mask = np.zeros(packed.shape[:2], np.float32)
    packed[patients, columns], mask[patients, columns] = features, 1
    return Bags(packed, mask, patients, columns)


def standardize(
    features: npt.NDArray[np.float32], train: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Give every feature mean 0 and deviation 1 over the training slices.

    Args:
        features: Of slices, shape (n, features).
        train: Which slices are trained on, shape (n,).

    Returns:
        Shape (n, features); a feature that the training slices share is 0 everywhere.
    """
    seen = features[train].astype(np.float64)
    mean, deviation = seen.mean(axis=0), seen.std(axis=0)
    scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > CONSTANT)
    scaled: npt.NDArray[np.float32] = ((features - mean) * scale).astype(np.float32)
    return scaled
