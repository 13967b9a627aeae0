"""Groups: images that must not be parted, because they may show the same patient."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from brain_tumor_kedro.imaging.manifest import belonging


def connect(ids: "pd.Series[str]", pairs: pd.DataFrame) -> "pd.Series[int]":
    """Number the connected components of a graph.

    Args:
        ids: Unique names of the nodes.
        pairs: The edges, two columns of names.

    Returns:
        The number of each node's component, indexed by name, in order of first appearance.
    """
    position = pd.Series(np.arange(len(ids)), index=ids.to_numpy())
    ends = [position.reindex(pairs.iloc[:, side]).to_numpy() for side in (0, 1)]
    if any(np.isnan(end).any() for end in ends):
        raise ValueError("Expected pairs of known images, found one that names another image.")
    a, b = (end.astype(np.int64) for end in ends)
    graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(ids), len(ids)))
    numbers = connected_components(graph, directed=False)[1]
    return pd.Series(pd.factorize(numbers)[0].tolist(), index=position.index)


def group_images(
    manifest: pd.DataFrame, pairs: pd.DataFrame, held_out: Collection[str] = ()
) -> pd.DataFrame:
    """Give images that are copies, relatives or of one patient the same `group_id`.

    Args:
        manifest: With copies rejected; rejected copies, and rejected cases of a patient, tie their
            relatives together all the same.
        pairs: As `find_similar_pairs` makes them.
        held_out: Sources that name no group of others: groups are dealt out in order of names.

    Returns:
        The manifest with `group_id`, the first `image_id` of the group; null without a slice.
    """
    rows = belonging(manifest)
    edges = pd.concat([pairs[["image_a", "image_b"]], _pair_patients(rows)], ignore_index=True)
    number = rows["image_id"].map(connect(rows["image_id"], edges))
    inner = rows["image_id"].where(~rows["source"].isin(held_out))
    name = inner.groupby(number).transform("min")
    name = name.fillna(rows["image_id"].groupby(number).transform("min"))
    return manifest.assign(group_id=name.reindex(manifest.index).astype("str"))


def _pair_patients(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows[rows["patient_id"].notna()]
    # Ids are given by a source: the same text in two sources names two patients.
    first = known.groupby(["source", "patient_id"])["image_id"].transform("first")
    return pd.DataFrame({"image_a": first, "image_b": known["image_id"]})
