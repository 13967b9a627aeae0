"""Samples that are spread: as even over classes, or sources, as can be."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def spread_sample(table: pd.DataFrame, by: Sequence[str], images: int, seed: int) -> pd.DataFrame:
    """Choose some rows of a table.

    The choice depends on the seed and on the rows, not on their order. No stratum gets more than
    another that still has images; within a stratum all images are as likely, so that its recall is
    an estimate of that of all.

    Args:
        table: Columns `image_id` and those in `by`; its index is unique.
        by: The columns that make the strata, such as `label`.
        images: How many rows; all where there are no more.
        seed: Another seed, another choice.

    Returns:
        The rows, in the order of the table.
    """
    rows = table.sort_values("image_id")
    rows = rows.iloc[np.random.default_rng(seed).permutation(len(rows))]
    place = rows.groupby(list(by), dropna=False).cumcount()
    chosen = place.sort_values(kind="stable").index[:images]
    return table.loc[table.index.isin(chosen)]
