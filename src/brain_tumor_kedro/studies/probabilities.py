"""What published probabilities would show, had they been published."""

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Array = npt.NDArray[np.float64]


def net_benefit(positive: npt.NDArray[np.int64], p: Array, threshold: float) -> float:
    """The net benefit of treating from a threshold on (Vickers and Elkin, MDM 26:6, 2006).

    Args:
        positive: 1 or 0, shape (n,).
        p: Probability of 1, shape (n,).
        threshold: In (0, 1).
    """
    treated = p >= threshold
    hits, alarms = (treated & (positive == 1)).mean(), (treated & (positive == 0)).mean()
    return float(hits - alarms * threshold / (1 - threshold))


def spiegelhalter(positive: npt.NDArray[np.int64], p: Array) -> tuple[float, float]:
    """Test calibration (Spiegelhalter, Statistics in Medicine 5:5, 1986).

    Args:
        positive: 1 or 0, shape (n,).
        p: Probability of 1, within (0, 1), shape (n,).

    Returns:
        z, and its two-sided p.
    """
    spread = np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    z = float(((positive - p) * (1 - 2 * p)).sum() / spread) if spread else 0.0
    return z, float(2 * norm.sf(abs(z)))


def auroc(positive: npt.NDArray[np.bool_], scores: Array) -> float:
    """The area under the ROC curve, ties counted by half (Mann and Whitney, 1947)."""
    inside = int(positive.sum())
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - inside * (inside + 1) / 2) / (inside * (len(scores) - inside)))
