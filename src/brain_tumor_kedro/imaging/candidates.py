"""Candidates: which images are alike enough to be compared closely, in any of eight views."""

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.descriptors import as_vectors
from brain_tumor_kedro.imaging.search import MISSING, NearestSearch, SearchSettings
from brain_tumor_kedro.imaging.views import VIEWS

QUERIES_AT_ONCE = 16_384
#: A turn by 270 degrees is one by 90 as the other image sees it; all other views are their own
#: opposites.
SEARCHED = tuple(number for number, name in enumerate(VIEWS) if name != "turned_270")


def find_candidates(
    frequencies: np.ndarray,
    count: int,
    least: float,
    search: SearchSettings,
    wanted: np.ndarray | None = None,
) -> pd.DataFrame:
    """The nearest images of every image, each in the view in which it is nearest.

    Args:
        frequencies: `(n, 10, 10)`, as `describe` makes them.
        count: Nearest images of each, at most.
        least: Smallest inner product of two descriptors, -1 to 1.
        search: How the nearest are found.
        wanted: `(n,)` bool, the images whose nearest are looked for; all unless given.

    Returns:
        One row a pair, in order: `a` and `b`, positions; `correlation` of their descriptors;
        `view`, the position in `VIEWS` in which `a` must be laid to match `b`; and `mutual`,
        whether `a` is among the nearest of `b` as well. Two images are paired once.
    """
    index = NearestSearch(as_vectors(frequencies), search)
    asked = np.arange(len(frequencies)) if wanted is None else np.flatnonzero(wanted)
    blocks = [
        _find_block(index, frequencies, asked[start : start + QUERIES_AT_ONCE], count, least)
        for start in range(0, len(asked), QUERIES_AT_ONCE)
    ]
    empty = pd.DataFrame({"a": [], "b": [], "correlation": [], "view": []})
    pairs = pd.concat(blocks, ignore_index=True) if blocks else empty.astype("int64")
    return _once(pairs)


def match_views(frequencies: np.ndarray, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """The view in which one image is nearest to another, for given pairs.

    Args:
        frequencies: `(n, 10, 10)`, as `describe` makes them.
        a: `(m,)` positions.
        b: `(m,)` positions.

    Returns:
        One row a pair as `find_candidates` makes them but for `mutual`, in the order given.
    """
    target = as_vectors(frequencies[b])
    products = [
        np.einsum("ij,ij->i", as_vectors(frequencies[a], view), target)
        for view in range(len(VIEWS))
    ]
    nearest = np.stack(products, axis=1).reshape(len(a), len(VIEWS))
    view = nearest.argmax(axis=1)
    correlation = nearest[np.arange(len(a)), view]
    return pd.DataFrame({"a": a, "b": b, "correlation": correlation, "view": view})


def _find_block(
    index: NearestSearch, frequencies: np.ndarray, position: np.ndarray, count: int, least: float
) -> pd.DataFrame:
    block = frequencies[position]
    found = [_find_in_view(index, block, view, count, least, position) for view in SEARCHED]
    pairs = pd.concat(found, ignore_index=True)
    order = ["a", "correlation", "b", "view"]
    pairs = pairs.sort_values(order, ascending=[True, False, True, True])
    pairs = pairs.drop_duplicates(["a", "b"])
    return pairs[pairs.groupby("a").cumcount() < count]


def _find_in_view(
    index: NearestSearch,
    block: np.ndarray,
    view: int,
    count: int,
    least: float,
    position: np.ndarray,
) -> pd.DataFrame:
    # One more than wanted: every image finds itself.
    found, product = index.find(as_vectors(block, view), count + 1)
    query = np.broadcast_to(position[:, None], found.shape)
    real = (found != MISSING) & (found != query) & (product >= least)
    return pd.DataFrame(
        {"a": query[real], "b": found[real], "correlation": product[real], "view": view}
    )


def _once(pairs: pd.DataFrame) -> pd.DataFrame:
    """Of the two directions of a pair the one that fits better, the first where both fit alike."""
    ends = np.sort(pairs[["a", "b"]].to_numpy(), axis=1)
    # Rounded, so that the two directions tie on every machine where they tie on one.
    rounded = pairs.assign(correlation=pairs["correlation"].round(5))
    ranked = rounded.assign(low=ends[:, 0], high=ends[:, 1]).sort_values(
        ["low", "high", "correlation", "a", "view"], ascending=[True, True, False, True, True]
    )
    pair = ["low", "high"]
    best = ranked.assign(mutual=ranked.duplicated(pair, keep=False)).drop_duplicates(pair)
    return best[["a", "b", "correlation", "view", "mutual"]].reset_index(drop=True)
