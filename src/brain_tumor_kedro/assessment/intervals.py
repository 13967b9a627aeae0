"""Intervals that know that slices of one patient are not independent.

The bootstrap draws groups (see `manifest`), never single images: an image bootstrap takes 82
slices of one patient for 82 patients. What is computed is the expanded percentile interval of
Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69:4, 2015:
the quantiles of the draws are taken a little further out, as far as Student's t and the factor
sqrt(n / (n - 1)) ask for, where n is the effective number of groups. The plain percentile interval
is too short where a few groups hold most of the images, as they do here.

COVERAGE
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm, t

from brain_tumor_kedro.assessment.outcome import Outcome
from brain_tumor_kedro.assessment.resampling import effective_groups
from brain_tumor_kedro.assessment.weighted import ALL, Name

Array = npt.NDArray[np.float64]

#: How often an interval is meant to hold the truth.
LEVEL = 0.95

#: An interval needs at least this share of the draws to define the score.
DEFINED = 0.5

#: Scores that are a share of images.
SHARES = ("accuracy", "precision", "recall", "specificity", "npv", "sensitivity_at_specificity")

#: Draws that differ by less are the same but for rounding.
ROUNDING = 1e-12


class Interval(NamedTuple):
    """A score with its interval.

    Attributes:
        value: The score; None where it is not defined.
        low: The lower end of the interval; None where there is none.
        high: The upper end.
        draws: The draws that define the score.
    """

    value: float | None
    low: float | None
    high: float | None
    draws: int


def make_interval(value: float, drawn: Array, effective: float, share: bool = False) -> Interval:
    """Turn draws into an interval.

    Args:
        value: The score of the images as they are; NaN where it is not defined.
        drawn: The score of every draw, shape (draws,); NaN where a draw does not define it.
        effective: The effective number of groups behind the score.
        share: Whether the score is a share of images. One of 0 or 1 that no draw changes then
            gets the exact binomial bound (Clopper and Pearson) of that many groups.

    Returns:
        The interval. It has no ends where there are fewer than two effective groups and a bit,
        where fewer than half of the draws define the score, or where all of them are at the edge
        of what is possible, so that nothing is known of the spread.
    """
    defined = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Interval(None, None, None, len(defined))
    if effective <= 1 + ROUNDING or len(defined) < DEFINED * len(drawn):
        return Interval(float(value), None, None, len(defined))
    if np.ptp(defined) < ROUNDING and value in (0, 1):
        ends = _bound_share(value, effective) if share else (None, None)
        return Interval(float(value), *ends, len(defined))
    tail = expanded_tail(effective)
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high), len(defined))


def expanded_tail(effective: float) -> float:
    """The share of draws to leave out at either end; see the module."""
    stretch = np.sqrt(effective / (effective - 1)) * t.ppf((1 + LEVEL) / 2, effective - 1)
    return float(norm.cdf(-stretch))


def _bound_share(value: float, effective: float) -> tuple[float, float]:
    bound = ((1 - LEVEL) / 2) ** (1 / effective)
    return (bound, 1.0) if value else (0.0, 1 - bound)
