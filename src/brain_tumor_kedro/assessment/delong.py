"""DeLong's test: whether two areas under the ROC curve differ, on the same images."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Array = npt.NDArray[np.float64]


class DeLong(NamedTuple):
    """Two areas, compared.

    Attributes:
        first: Area of the first score, in [0, 1].
        second: Area of the second score.
        difference: First minus second.
        error: Standard error of the difference.
        z: Difference over its standard error; 0 where the scores rank alike.
        p: Two-sided, in [0, 1].
    """

    first: float
    second: float
    difference: float
    error: float
    z: float
    p: float


def compare_areas(positive: npt.NDArray[np.bool_], first: Array, second: Array) -> DeLong | None:
    """Test whether two scores of the same images rank positives above negatives equally well.

    DeLong, DeLong and Clarke-Pearson, Biometrics 44:3, 1988, by the ranks of Sun and Xu, IEEE
    Signal Processing Letters 21:11, 2014: as fast as sorting. The test takes images for
    independent. Slices of one patient are not: it then finds differences where there are none,
    and the interval from drawn groups is what counts.

    Args:
        positive: Which images are positive, shape (n,).
        first: A score of each, float, shape (n,), higher for positives.
        second: Another.

    Returns:
        The comparison, or None with fewer than two positives or two negatives.
    """
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if ones < 2 or zeros < 2:
        return None
    hits, misses = place(positive, np.stack([first, second]))
    areas = hits.mean(axis=1)
    covariance = np.cov(hits) / ones + np.cov(misses) / zeros
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference, error = float(areas[0] - areas[1]), float(np.sqrt(max(variance, 0.0)))
    z = difference / error if error > np.finfo(float).eps else 0.0
    p = float(2 * norm.sf(abs(z)))
    return DeLong(float(areas[0]), float(areas[1]), difference, error, z, p)


def place(positive: npt.NDArray[np.bool_], scores: Array) -> tuple[Array, Array]:
    """Place each image among those of the other side.

    Args:
        positive: Which images are positive, shape (n,).
        scores: One row of scores for each predictor, shape (predictors, n).

    Returns:
        For positives, the share of negatives below them, shape (predictors, positives); for
        negatives, the share of positives above them, shape (predictors, negatives). Ties count
        one half.
    """
    everywhere = rankdata(scores, axis=1)
    ones, zeros = int(positive.sum()), int((~positive).sum())
    among_ones = rankdata(scores[:, positive], axis=1)
    among_zeros = rankdata(scores[:, ~positive], axis=1)
    hits = (everywhere[:, positive] - among_ones) / zeros
    misses = 1 - (everywhere[:, ~positive] - among_zeros) / ones
    return hits, misses
