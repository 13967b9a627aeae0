import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.imaging.dealing import deal

FRACTIONS = {"train": 0.8, "val": 0.2}


def make_counts(*groups: tuple[int, int]) -> pd.DataFrame:
    names = [f"{number:03d}" for number in range(len(groups))]
    return pd.DataFrame(list(groups), index=names, columns=["a", "b"])


def shares(counts: pd.DataFrame, assigned: dict[str, str]) -> pd.DataFrame:
    return counts.groupby(pd.Series(assigned)).sum() / counts.sum()


def test_every_class_is_dealt_out_in_proportion():
    sizes = np.random.default_rng(0).integers([1, 0], 6, size=(200, 2))
    counts = make_counts(*map(tuple, sizes))

    found = shares(counts, deal(counts, FRACTIONS, 0, {}))

    assert (found.loc["val"] - 0.2).abs().max() < 0.01


def test_what_is_settled_stays_and_the_rest_makes_up_for_it():
    counts = make_counts(*[(1, 1)] * 100)
    fixed = {f"{number:03d}": "val" for number in range(15)}

    assigned = deal(counts, FRACTIONS, 0, fixed)

    assert fixed.items() <= assigned.items()
    assert shares(counts, assigned).loc["val"].tolist() == pytest.approx([0.2, 0.2])


def test_few_groups_still_reach_every_part():
    assigned = deal(make_counts((9, 0), (0, 9), (1, 0), (0, 1)), FRACTIONS, 0, {})

    assert assigned == {"000": "train", "001": "train", "002": "val", "003": "val"}


def test_a_class_that_is_settled_whole_cannot_lie_in_every_part():
    counts = make_counts((1, 0), (1, 0), (0, 1), (0, 1))

    with pytest.raises(ValueError, match="no a left for val"):
        deal(counts, FRACTIONS, 0, {"000": "train", "001": "train"})
