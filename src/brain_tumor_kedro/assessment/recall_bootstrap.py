"""Recalls and their mean, under many conditions at once, and how resampling groups varies them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brain_tumor_kedro.assessment.intervals import Interval, Kind, make_interval
from brain_tumor_kedro.assessment.resampling import combine_effective, effective_groups

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recalls:
    """The recall of every class that has images, under every condition.

    Attributes:
        classes: Index of each class that has images, shape (c,).
        counts: Its images, shape (c,).
        found: Float64, shape (c, k): recalls under k conditions.
        drawn: Float64, shape (draws, c, k): the same in every resample; NaN where a class is not in
            it.
        effective: Effective number of groups behind each class, shape (c,).
    """

    classes: npt.NDArray[np.intp]
    counts: npt.NDArray[np.intp]
    found: Floats
    drawn: Floats
    effective: Floats

    def balanced(self) -> tuple[Floats, Floats]:
        """Average over classes: found, shape (k,), and drawn, shape (draws, k).

        A draw that lacks a class has no average: that of the others would be of another question.
        """
        return self.found.mean(axis=0), self.drawn.mean(axis=1)

    def bound(self, value: float, drawn: Floats, kind: Kind = "score") -> Interval:
        """Give an average over classes its interval.

        Args:
            value: The average, or a difference or mean of several.
            drawn: The same in every resample, shape (draws,).
            kind: See `intervals.make_interval`.

        Returns:
            The interval; without ends where a class is of a single group.
        """
        return make_interval(value, drawn, combine_effective(self.effective.tolist()), kind)


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
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    seen = (weights @ images)[:, :, None]
    drawn = np.tensordot(weights, hits, axes=1) / np.where(seen > 0, seen, np.nan)
    counts = images.sum(axis=0)
    effective = [effective_groups(of_group, of_class == place) for place in range(len(classes))]
    return Recalls(
        classes=classes,
        counts=counts.astype(np.intp),
        found=hits.sum(axis=0) / counts[:, None],
        drawn=drawn,
        effective=np.array(effective),
    )
