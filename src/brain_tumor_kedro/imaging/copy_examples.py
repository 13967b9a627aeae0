"""Examples of copies for a figure: from each pair of sources, the least alike and a typical one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.imaging.image_file import ImageFile
from brain_tumor_kedro.imaging.packing import fit_square, read_gray

SIDE = 224


class CopyExample(NamedTuple):
    """A copy beside the image that was kept for it.

    Attributes:
        kept_id: `image_id` of the image that was kept.
        copy_id: `image_id` of the image that was rejected as its copy.
        choice: Why it is shown: `least alike` or `typical`.
        reason: Why it was rejected, for example `near_copy`.
        similarity: How alike the two are, at most 1; NaN where others tie them.
        view: How one lies on the other, for example `mirrored`; empty where unknown.
        kept_pixels: Gray values, uint8, shape (h, w).
        copy_pixels: Gray values, uint8, shape (h, w), not necessarily the same.
    """

    kept_id: str
    copy_id: str
    choice: str
    reason: str
    similarity: float
    view: str
    kept_pixels: npt.NDArray[np.uint8]
    copy_pixels: npt.NDArray[np.uint8]


class CopyGroup(NamedTuple):
    """The copies that one source holds of another's images.

    Attributes:
        kept_source: The source of the images that were kept.
        copy_source: The source of their copies.
        n: How many copies there are.
        examples: A few of them.
    """

    kept_source: str
    copy_source: str
    n: int
    examples: list[CopyExample]


def choose_copies(
    manifest: pd.DataFrame, pairs: pd.DataFrame, files: Sequence[ImageFile], most: int = 12
) -> tuple[list[CopyGroup], int]:
    """Choose copies to look at.

    Args:
        manifest: With copies rejected.
        pairs: As `find_similar_pairs` makes them.
        files: The files of all sources.
        most: How many pairs of sources, at most.

    Returns:
        For the pairs of sources with the most copies, those first: the two copies that are least
        alike and one in the middle. And how many pairs of sources were left out.
    """
    by_id = {file.image_id: file for file in files}
    parts = sorted(
        _list_copies(manifest, pairs).groupby(["kept_source", "source"]),
        key=lambda item: (-len(item[1]), item[0]),
    )
    groups = [
        CopyGroup(str(kept), str(copy), len(part), [_read(row, by_id) for row in _choose(part)])
        for (kept, copy), part in parts[:most]
    ]
    return groups, len(parts) - len(groups)


def _list_copies(manifest: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Every copy with its source and that of the image kept for it, the least alike first."""
    copies = manifest.dropna(subset="copy_of")[["image_id", "copy_of", "source", "reason"]]
    known = _measured(pairs).reindex(_keys(copies, pairs))
    exact = (copies["reason"] == "exact_copy").to_numpy()
    return copies.assign(
        kept_source=copies["copy_of"].map(manifest.set_index("image_id")["source"]),
        similarity=np.where(exact, 1.0, known["local_correlation"].to_numpy()),
        view=known["view"].astype(object).fillna("").to_numpy(),
    ).sort_values(["similarity", "image_id"])


def _measured(pairs: pd.DataFrame) -> pd.DataFrame:
    """What is known of each pair, to be looked up from either side."""
    sides = [["image_a", "image_b"], ["image_b", "image_a"]]
    named = [pairs.rename(columns=dict(zip(side, "ab", strict=True))) for side in sides]
    both = pd.concat(named).drop_duplicates(["a", "b"])
    return both.set_index(["a", "b"])[["local_correlation", "view"]]


def _keys(copies: pd.DataFrame, pairs: pd.DataFrame) -> pd.MultiIndex:
    """Name each by the first image with the same pixels: only that one was compared with others."""
    exact = pairs[pairs["relation"] == "exact_copy"].drop_duplicates("image_b")
    first = dict(zip(exact["image_b"], exact["image_a"], strict=True))
    sides = [[first.get(name, name) for name in copies[end]] for end in ("copy_of", "image_id")]
    return pd.MultiIndex.from_arrays(sides)


def _choose(part: pd.DataFrame) -> list[tuple[str, "pd.Series[str]"]]:
    """Take the first two of copies sorted by similarity, and the middle one of all others."""
    chosen = [("least alike", part.iloc[place]) for place in range(min(2, len(part)))]
    if len(part) > 2:
        chosen.append(("typical", part.iloc[2 + (len(part) - 2) // 2]))
    return chosen


def _read(chosen: tuple[str, "pd.Series[str]"], by_id: Mapping[str, ImageFile]) -> CopyExample:
    choice, row = chosen
    kept, copy = (
        fit_square(read_gray(by_id[image_id]), SIDE) for image_id in (row.copy_of, row.image_id)
    )
    return CopyExample(
        row.copy_of, row.image_id, choice, row.reason, float(row.similarity), row.view, kept, copy
    )
