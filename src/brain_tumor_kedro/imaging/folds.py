"""Folds: the images that may be trained on, dealt out by group for cross-validation."""

import logging

import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

logger = logging.getLogger(__name__)


def assign_folds(manifest: pd.DataFrame, folds: int, seed: int) -> pd.DataFrame:
    """Number the folds of a cross-validation over train and val.

    The test split and held-out sources lie in no fold: they are for the one judgment at the end.
    Groups are never cut, classes are spread evenly. The same data, number and seed give the same
    folds. Unlike splits, folds are not sticky: with other data they are dealt anew.

    Args:
        manifest: With `group_id` and `split`.
        folds: How many, at least 2.
        seed: Of the order in which groups of one make are dealt out.

    Returns:
        The manifest with `fold`, 0 to `folds` - 1; null everywhere where a class has too few
        groups to lie in every fold, which a warning says.
    """
    rows = manifest[manifest["split"].isin(["train", "val"])]
    fold = pd.Series(pd.NA, index=manifest.index, dtype="Int64")
    groups = rows.groupby("label")["group_id"].nunique()
    if groups.empty or groups.min() < folds:
        logger.warning(
            "No folds: expected at least %s groups of every class in train and val, found %s. "
            "Add images or lower split.folds.", folds, groups.to_dict(),
        )  # fmt: skip
        return manifest.assign(fold=fold)
    dealer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for number, (_, part) in enumerate(dealer.split(rows, rows["label"], rows["group_id"])):
        fold.loc[rows.index[part]] = number
    return manifest.assign(fold=fold)
