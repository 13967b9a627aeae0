"""Published splits: folds and folders that a source's authors gave out, followed as they are."""

import logging
from collections.abc import Mapping

import pandas as pd

from brain_tumor_kedro.imaging.dealing import deal

logger = logging.getLogger(__name__)


def split_by_published_folds(
    rows: pd.DataFrame, test_fold: int, val_fold: int, held_out_folds: int = 0
) -> "pd.Series[str]":
    """Follow the published folds, for a number that compares with papers that used them.

    The folds are taken as they are, even where this project's groups join images of different
    folds: what crosses is for the leakage gate to count. Images without a published fold go to
    train; those related to an image of another split should have been rejected before, see
    `holdout.reject_beside_folds`.

    Args:
        rows: The kept images, with `published_fold` and `label`.
        test_fold: The fold to judge by.
        val_fold: The fold to choose by.
        held_out_folds: How many images with a fold lie in held-out sources, for the error.

    Returns:
        The split of every row.

    Raises:
        ValueError: Where a fold is empty, or a class has no training image.
    """
    names = {test_fold: "test", val_fold: "val"}
    split = rows["published_fold"].map(names).fillna("train").astype("str")
    found = rows["published_fold"].value_counts().sort_index().to_dict()
    expected = f"images of the published folds {test_fold} and {val_fold}, found {found}. "
    if held_out_folds:
        expected += f"{held_out_folds} images with a fold are held out: see holdout_sources"
    elif not found:
        expected += "Put cvind.mat of the collection beside the Figshare files"
    else:
        expected += "The folds are known: choose test_fold and val_fold among them"
    _require_usable(rows, split, expected)
    return split


def split_by_published_folders(
    rows: pd.DataFrame, fractions: Mapping[str, float], seed: int
) -> "pd.Series[str]":
    """Follow the published folders: `Testing` is test, `Training` is train less a part for val.

    Copies are gone before. Of a slice that lies in both folders the better file was kept, or that
    of another source, and goes where that one file lies: so the test folder shrinks by what it
    had in common with the training, and the curation summary says how much that was. Images
    without a published folder go to train. Groups are whole between train and val alone.

    Args:
        rows: The kept images, with `published_split`, `group_id` and `label`.
        fractions: Of `train` and `val`, in any measure.
        seed: Of the order in which groups of one size are dealt out.

    Returns:
        The split of every row.

    Raises:
        ValueError: Where no image is published as test, or a class cannot be in train and val.
    """
    test = (rows["published_split"] == "test").fillna(False).astype(bool)
    rest = rows[~test]
    counts = pd.crosstab(rest["group_id"], rest["label"])
    total = sum(fractions.values())
    shares = {name: n / total for name, n in fractions.items()}
    parts = deal(counts, shares, seed, {}) if len(rest) else {}
    split = rows["group_id"].map(parts).where(~test, "test").astype("str")
    _require_usable(rows, split, "images in folders named Testing or test")
    return split


def _require_usable(rows: pd.DataFrame, split: "pd.Series[str]", expected: str) -> None:
    table = pd.crosstab(rows["label"], split).reindex(
        columns=["train", "val", "test"], fill_value=0
    )
    untrained = table.index[table["train"] == 0].tolist()
    if table.sum().min() == 0 or untrained:
        lacking = f"; without a training image: {', '.join(untrained)}" if untrained else ""
        raise ValueError(
            f"Expected {expected}, and every class in train, found {table.sum().to_dict()} images"
            f"{lacking}. Or choose another split.strategy."
        )
    for name in ("val", "test"):
        if missing := table.index[table[name] == 0].tolist():
            logger.warning(
                "The published split has no %s in %s: scores there are of the other classes.",
                " and no ".join(missing), name,
            )  # fmt: skip
