"""Arithmetic that tells whether rounded figures can be true."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

Array = npt.NDArray[np.float64]

#: What rounding errors of the computer may add.
SLACK = 1e-9

#: Of so many rows of a table one may be a misprint.
ROWS_WITH_A_MISPRINT = 20


def half_unit(decimals: int) -> float:
    """How far a figure may lie from what was rounded to it."""
    return 0.5 * 10.0**-decimals + SLACK


def is_rounded(stated: float, value: float, decimals: int) -> bool:
    """Whether a stated figure is a value, rounded to so many decimals."""
    return abs(stated - value) <= half_unit(decimals)


def is_cut_off(stated: float, value: float, decimals: int) -> bool:
    """Whether a stated figure is a value whose further decimals were left away, not rounded."""
    return -SLACK <= value - stated < 10.0**-decimals - SLACK


def are_counts_of(shares: Array, n: int, decimals: int) -> npt.NDArray[np.bool_]:
    """Say which rounded shares can be `k / n` with a whole k.

    The GRIM test for shares (Brown and Heathers, Social Psychological and Personality Science 8:4,
    2017): of a small n, few rounded shares are possible.

    Args:
        shares: In [0, 1], rounded, shape (rows,).
        n: How many were counted.
        decimals: To how many the shares were rounded.

    Returns:
        Whether each can be, shape (rows,).
    """
    fits: npt.NDArray[np.bool_] = np.abs(np.round(shares * n) / n - shares) <= half_unit(decimals)
    return fits


def find_denominator(shares: Array, largest: int, decimals: int) -> int:
    """Find the smallest n of which most of the shares can be counts, up to `largest`."""
    fitting = [int(are_counts_of(shares, n, decimals).sum()) for n in range(1, largest + 1)]
    return int(np.argmax(fitting)) + 1


def f1_range(precision: Array, recall: Array, decimals: int) -> tuple[Array, Array]:
    """Bound F1 by what precision and recall were before they were rounded.

    Args:
        precision: In [0, 1], shape (rows,).
        recall: In [0, 1], shape (rows,).
        decimals: To how many both were rounded.

    Returns:
        The least and the largest F1, shape (rows,) each.
    """
    error = half_unit(decimals)
    low, high = (
        2 * p * r / np.maximum(p + r, SLACK)
        for p, r in (
            (np.clip(precision + sign * error, 0, 1), np.clip(recall + sign * error, 0, 1))
            for sign in (-1, 1)
        )
    )
    return low, high


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, JASA 22:158, 1927), for independent images."""
    interval = binomtest(right, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def are_nearly_all(fits: int, rows: int) -> bool:
    """Whether so many of a table's rows fit that the rest may be misprints."""
    return rows > 0 and fits >= rows - rows // ROWS_WITH_A_MISPRINT


def mcnemar(one_alone: int, other_alone: int) -> float:
    """The exact two-sided p of McNemar's test (Psychometrika 12:2, 1947).

    Args:
        one_alone: How many cases the one predictor alone has right.
        other_alone: How many the other alone has right.
    """
    differing = one_alone + other_alone
    return float(binomtest(one_alone, differing).pvalue) if differing else 1.0


class Bounds(NamedTuple):
    """What McNemar's test can give where only the two totals are known."""

    least: float
    largest: float


def mcnemar_bounds(right: int, other_right: int, n: int) -> Bounds:
    """Bound the exact p of McNemar's test on n common cases.

    How many cases both have right is not known; every number that the totals allow is tried.

    Args:
        right: How many of n the one predictor has right.
        other_right: How many the other has right.
        n: How many cases both have judged.
    """
    both = range(max(0, right + other_right - n), min(right, other_right) + 1)
    ps = [mcnemar(right - k, other_right - k) for k in both]
    return Bounds(min(ps), max(ps))


def is_share_of(stated: int, n: int, share: float) -> bool:
    """Whether a whole number is a share of n, rounded up or down."""
    return abs(stated - n * share) < 1


def adapter_parameters(inputs: int, outputs: int, rank: int) -> int:
    """The parameters of a low-rank adapter of a dense layer (LoRA; Hu et al., ICLR 2022)."""
    return rank * (inputs + outputs)


def dense_parameters(inputs: int, outputs: int) -> int:
    """The parameters of a dense layer, biases included."""
    return inputs * outputs + outputs


def chance_auroc_spread(positives: int, negatives: int) -> float:
    """The standard deviation of an AUROC of scores that know nothing (Mann and Whitney, 1947)."""
    return float(np.sqrt((positives + negatives + 1) / (12 * positives * negatives)))
