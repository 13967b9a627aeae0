"""Similar pairs: which images show the same slice, and which may show the same patient."""

import logging
from collections.abc import Collection

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.copy_search import PAIR_COLUMNS, CopySearch, SimilaritySettings
from brain_tumor_kedro.imaging.duplicates import rank_sources
from brain_tumor_kedro.imaging.manifest import decoded
from brain_tumor_kedro.imaging.views import VIEWS

logger = logging.getLogger(__name__)

#: After so many rounds the search is not begun anew for images whose keeper was rejected.
MOST_ROUNDS = 40


def find_similar_pairs(
    manifest: pd.DataFrame,
    thumbnails: np.ndarray,
    settings: SimilaritySettings,
    last: Collection[str] = (),
    trusted: Collection[str] = (),
) -> pd.DataFrame:
    """Every pair of copies or relatives among the nearest images of each.

    Where an image has more copies than are looked at, they hide what else is near. So the search
    goes on among those that would be kept, until it finds no copies among them, and every other
    image is compared with the one that would be kept for it.

    Args:
        manifest: As `build_manifest` makes it.
        thumbnails: `(len(manifest), 64, 64)` uint8, in the same order.
        settings: The thresholds.
        last: As `reject_copies` takes it.
        trusted: As `reject_copies` takes it.

    Returns:
        `image_a`, `image_b`; `correlation` of their descriptors; `local_correlation` of the images
        laid on one another; `view`, how `image_a` must be laid to match `image_b`, one of `VIEWS`;
        `relation` (`exact_copy`, `near_copy` or `relative`); and `round`, from 1, in which it was
        found. Images with equal pixels are searched once: each is paired with the one of them that
        is kept first, and only that one with others.
    """
    rows = decoded(manifest)
    first = _choose_first(rows, last, trusted)
    exact = _pair_exact_copies(rows, first)
    search = CopySearch(first, np.asarray(thumbnails)[first.index], settings, last, trusted)
    among = np.arange(len(first))
    while len(among) and search.rounds < MOST_ROUNDS:
        among = search.settle(search.thin(among))
    if len(among):
        logger.warning(
            "The search for copies ended after %s rounds; some may be left.", search.rounds
        )
    pairs = pd.concat([exact, search.pairs()], ignore_index=True)
    return pairs.sort_values(["image_a", "image_b"], ignore_index=True)


def _choose_first(
    rows: pd.DataFrame, last: Collection[str], trusted: Collection[str]
) -> pd.DataFrame:
    """Of images with equal pixels the one that is kept first, since the search is in that order."""
    known = rows["patient_id"].notna()
    rank = 2 * rank_sources(rows["source"], last, trusted) + (~known).astype(int)
    order = rank.sort_values(kind="stable").index
    return rows.loc[order].drop_duplicates("pixel_hash").sort_index()


def _pair_exact_copies(rows: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    first = rows["pixel_hash"].map(chosen.set_index("pixel_hash")["image_id"])
    again = rows["image_id"] != first
    return pd.DataFrame(
        {
            "image_a": first[again],
            "image_b": rows["image_id"][again],
            "correlation": 1.0,
            "local_correlation": 1.0,
            "view": VIEWS[0],
            "relation": "exact_copy",
            "round": 1,
        },
        columns=PAIR_COLUMNS,
    )
