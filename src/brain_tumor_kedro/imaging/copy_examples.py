"""Examples of copies for a figure: the least alike ones, from every pair of sources."""

from collections.abc import Sequence

import pandas as pd

from brain_tumor_kedro.imaging.contact_sheets import CopyPair
from brain_tumor_kedro.imaging.manifest import ImageFile
from brain_tumor_kedro.imaging.packing import fit_square, read_gray

SIDE = 224


def choose_copies(
    manifest: pd.DataFrame, pairs: pd.DataFrame, files: Sequence[ImageFile], number: int = 8
) -> list[CopyPair]:
    """Choose copies to look at.

    Args:
        manifest: With copies rejected.
        pairs: As `find_similar_pairs` makes them.
        files: The files of all sources.
        number: How many, at most.

    Returns:
        The copies with the lowest similarity, from each pair of sources in turn.
    """
    copies = manifest.loc[manifest["reason"] == "near_copy", ["image_id", "copy_of", "source"]]
    sources = manifest.set_index("image_id")["source"]
    table = copies.assign(
        kept_source=copies["copy_of"].map(sources),
        similarity=_similarities(copies, pairs),
    ).sort_values(["similarity", "image_id"])
    turn = table.groupby(["kept_source", "source"]).cumcount()
    chosen = table.assign(turn=turn).sort_values(["turn", "similarity"]).head(number)
    by_id = {file.image_id: file for file in files}
    return [
        CopyPair(
            kept_id,
            copy_id,
            "near_copy",
            similarity,
            fit_square(read_gray(by_id[kept_id]), SIDE),
            fit_square(read_gray(by_id[copy_id]), SIDE),
        )
        for kept_id, copy_id, similarity in zip(
            chosen["copy_of"].tolist(),
            chosen["image_id"].tolist(),
            chosen["similarity"].tolist(),
            strict=True,
        )
    ]


def _similarities(copies: pd.DataFrame, pairs: pd.DataFrame) -> "pd.Series[float]":
    """The local correlation of each copy and the image kept for it; null where others tie them."""
    known = pd.concat(
        [
            pairs.set_index(["image_a", "image_b"])["local_correlation"],
            pairs.set_index(["image_b", "image_a"])["local_correlation"],
        ]
    )
    keys = pd.MultiIndex.from_arrays([copies["copy_of"], copies["image_id"]])
    return pd.Series(known.reindex(keys).to_numpy(), index=copies.index)
