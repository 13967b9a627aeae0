"""Scores with intervals: whatever can be computed from a weight for every image."""

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from brain_tumor_kedro.assessment.intervals import Kind, center_draws, make_interval
from brain_tumor_kedro.assessment.resampling import draw_weights, effective_groups

Array = npt.NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)

#: From weights of images `(n, draws)` to scores `(draws,)` by name.
Score = Callable[[Array], Mapping[Key, Array]]

#: `value`, `low` and `high`, each None where it is not defined.
Spread = dict[str, float | None]


class Draws(NamedTuple):
    """How the images of a split are drawn.

    Attributes:
        groups: Group of every image, counted from zero, int, shape (n,).
        number: How many times groups are drawn.
        seed: Of the draws.
    """

    groups: npt.NDArray[np.intp]
    number: int
    seed: int


def score_with_intervals(
    score: Score[Key],
    draws: Draws,
    kinds: Mapping[Key, Kind] | None = None,
    inside: Mapping[Key, npt.NDArray[np.bool_]] | None = None,
    distances: Collection[Key] = (),
) -> dict[Key, Spread]:
    """Score images as they are and as they are drawn anew, group by group.

    Args:
        score: Scores any number of draws at once; NaN where a draw does not define a score.
        draws: How to draw.
        kinds: By score: its kind, where it is another than `score`; see `make_interval`.
        inside: By score: the images that it is about, where not all of them.
        distances: Scores that add up how far something is off, or differences of such. Drawing
            anew makes them larger: see `intervals.center_draws`.

    Returns:
        By score: `value` and the `low` and `high` end of its 95% interval.
    """
    kinds, inside = kinds or {}, inside or {}
    images = len(draws.groups)
    values = score(np.ones((images, 1)))
    chunks = [score(weights) for weights in draw_weights(*draws)]
    everything = np.ones(images, dtype=bool)
    spreads = {}
    for name, (value,) in values.items():
        drawn = np.concatenate([chunk[name] for chunk in chunks])
        kind = kinds.get(name, "score")
        if name in distances:
            drawn = center_draws(float(value), drawn, kind)
        effective = effective_groups(draws.groups, inside.get(name, everything))
        interval = make_interval(float(value), drawn, effective, kind)
        spreads[name] = {"value": interval.value, "low": interval.low, "high": interval.high}
    return spreads
