"""Dealing: groups given out to named parts in proportion, every class on its own."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

#: Where a group goes that earlier images hold to several splits: the safest comes first.
SAFETY = ("test", "val", "train")


def deal(
    counts: pd.DataFrame, fractions: Mapping[str, float], seed: int, fixed: Mapping[str, str]
) -> dict[str, str]:
    """Deal groups out to splits.

    Larger groups go first, each to the split that is farthest behind on the group's classes.

    Args:
        counts: Images of each class (columns) in each group (rows).
        fractions: By split, the fraction of every class that it should get; they sum to one.
        seed: Of the order in which groups of one size are dealt out.
        fixed: Groups whose split is settled.

    Returns:
        The split of every group.

    Raises:
        ValueError: Where a class cannot lie in every split.
    """
    assigned = _deal_greedily(counts, fractions, seed, fixed)
    if _find_gap(counts, fractions, assigned):
        # Few groups: the first of them would all go to train.
        reserved = _reserve(counts, fractions, fixed)
        assigned = _deal_greedily(counts, fractions, seed, reserved)
    if gap := _find_gap(counts, fractions, assigned):
        advice = (
            "Add images."
            if not fixed
            else (
                f"Earlier manifests hold {len(fixed)} of the {len(counts)} groups in their splits: "
                "name another data_dir (--params data_dir=…) to deal all of them out anew, or add "
                "images."
            )
        )
        raise ValueError(
            f"Expected every class in every split, found no {gap[0]} left for {gap[1]}: its groups "
            f"are too few, or tied to groups of other splits. {advice}"
        )
    return assigned


def _find_gap(
    counts: pd.DataFrame, fractions: Mapping[str, float], assigned: Mapping[str, str]
) -> tuple[str, str] | None:
    """A class and a split that has none of it."""
    have = counts.groupby(pd.Series(assigned)).sum().reindex(list(fractions), fill_value=0)
    gaps = [(str(a), str(b)) for a, column in have.items() for b, n in column.items() if not n]
    return gaps[0] if gaps else None


def _reserve(
    counts: pd.DataFrame, fractions: Mapping[str, float], fixed: Mapping[str, str]
) -> dict[str, str]:
    """Give every split the smallest free group of each class that it lacks, rare classes first."""
    reserved = dict(fixed)
    sizes = counts.sum(axis=1)
    for label in (counts > 0).sum().sort_values().index:
        groups = sizes[counts[label] > 0].sort_values(kind="stable").index
        taken = {reserved[name] for name in groups if name in reserved}
        free = (name for name in groups if name not in reserved)
        missing = (split for split in SAFETY if split in fractions and split not in taken)
        reserved |= {str(name): split for name, split in zip(list(free), missing, strict=False)}
    return reserved


def _deal_greedily(
    counts: pd.DataFrame, fractions: Mapping[str, float], seed: int, fixed: Mapping[str, str]
) -> dict[str, str]:
    sizes, names = counts.to_numpy(dtype=float), list(fractions)
    target = np.array(list(fractions.values()))[:, None] * sizes.sum(axis=0)
    have = np.zeros_like(target)
    assigned = dict(fixed)
    position = {name: place for place, name in enumerate(counts.index)}
    for name, split in fixed.items():
        have[names.index(split)] += sizes[position[name]]
    for place in _from_largest_to_smallest(sizes, seed):
        name = counts.index[place]
        if name not in assigned:
            chosen = _farthest_behind(have, target, sizes[place])
            have[chosen] += sizes[place]
            assigned[name] = names[chosen]
    return assigned


def _from_largest_to_smallest(sizes: np.ndarray, seed: int) -> np.ndarray:
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    return shuffled[np.argsort(-sizes[shuffled].sum(axis=1), kind="stable")]


def _farthest_behind(have: np.ndarray, target: np.ndarray, group: np.ndarray) -> int:
    """The split whose squared shortfall, relative to its target, falls most by the group."""
    gain = group * (2 * (target - have) - group) / np.maximum(target, 1e-9)
    return int(gain.sum(axis=1).argmax())
