"""McNemar's test: whether two predictors are right equally often, on the same images."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, chi2

#: Fewer images than this on which one alone is right are judged exactly.
EXACT_BELOW = 25


class McNemar(NamedTuple):
    """Where exactly one of two predictors is right.

    Attributes:
        first_only: Images that the first alone has right.
        second_only: Images that the second alone has right.
        p: Two-sided, in [0, 1]; 1 where they never differ.
        method: `exact binomial`, or `chi-square with continuity correction`.
    """

    first_only: int
    second_only: int
    p: float
    method: str


def compare_hits(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> McNemar:
    """Test whether two predictors are right equally often.

    McNemar, Psychometrika 12:2, 1947; continuity correction of Edwards, Psychometrika 13:3, 1948.
    The test takes images for independent. Slices of one patient are not: it then finds
    differences where there are none, and the interval from drawn groups is what counts.

    Args:
        first: Whether the first predictor is right, shape (n,).
        second: The same of the second.
    """
    ones, others = int((first & ~second).sum()), int((second & ~first).sum())
    discordant = ones + others
    if discordant < EXACT_BELOW:
        p = float(binomtest(ones, discordant).pvalue) if discordant else 1.0
        return McNemar(ones, others, p, "exact binomial")
    statistic = max(abs(ones - others) - 1, 0) ** 2 / discordant
    p = float(chi2.sf(statistic, 1))
    return McNemar(ones, others, p, "chi-square with continuity correction")
