"""Intervals of recalls and their mean, under many conditions at once, by resampling groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: What the intervals cover, in percent.
COVERAGE = 95

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recalls:
    """The recall of every class that has images, under every condition.

    Attributes:
        classes: Index of each class that has images, shape (c,).
        counts: Its images, shape (c,).
        found: Float64, shape (c, k): recalls under k conditions.
        drawn: Float64, shape (draws, c, k): the same in every resample; NaN where a class is not in
            it. No draws where there is but one group: nothing is known of its spread.
    """

    classes: npt.NDArray[np.intp]
    counts: npt.NDArray[np.intp]
    found: Floats
    drawn: Floats

    def balanced(self) -> tuple[Floats, Floats]:
        """Average over classes: found, shape (k,), and drawn, shape (draws, k)."""
        present = np.isfinite(self.drawn)
        total = np.where(present, self.drawn, 0.0).sum(axis=1)
        return self.found.mean(axis=0), total / np.maximum(present.sum(axis=1), 1)


def bootstrap_recalls(
    right: npt.NDArray[np.bool_],
    truth: npt.NDArray[np.intp],
    groups: Sequence[object] | npt.NDArray[np.object_],
    draws: int,
    seed: int,
) -> Recalls:
    """Measure recalls, and how they vary when groups are drawn with replacement.

    Groups, not images: slices of a patient stand or fall together. Field and Welsh, "Bootstrapping
    clustered data", Journal of the Royal Statistical Society B 2007.

    Args:
        right: Bool, shape (n, k): whether each image is right under each condition.
        truth: Index of each image's class, shape (n,).
        groups: Each image's group, shape (n,).
        draws: How many resamples.
        seed: Of the draws.

    Returns:
        The recalls; all conditions are resampled together, so that differences keep their pairs.
    """
    classes, of_class = np.unique(truth, return_inverse=True)
    names, of_group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    shape = (len(names), len(classes))
    images, hits = np.zeros(shape), np.zeros((*shape, right.shape[1]))
    np.add.at(images, (of_group, of_class), 1)
    np.add.at(hits, (of_group, of_class), right)
    rng = np.random.default_rng(seed)
    times = len(names) > 1 and draws
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=times)
    seen = (weights @ images)[:, :, None]
    drawn = np.tensordot(weights, hits, axes=1) / np.where(seen > 0, seen, np.nan)
    counts = images.sum(axis=0)
    return Recalls(classes, counts.astype(np.intp), hits.sum(axis=0) / counts[:, None], drawn)


def interval(drawn: Floats) -> tuple[float | None, float | None]:
    """The interval that covers the middle of what was drawn.

    Args:
        drawn: Shape (draws,); NaN is left out.

    Returns:
        Its two ends; None where nothing was drawn.
    """
    finite = drawn[np.isfinite(drawn)]
    if not len(finite):
        return None, None
    low, high = np.percentile(finite, [50 - COVERAGE / 2, 50 + COVERAGE / 2])
    return float(low), float(high)
