"""Folds: the images that may be trained on, dealt out by group for cross-validation."""

import logging
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from brain_tumor_kedro.imaging.dealing import deal
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.tasks import EXTERNAL, SPLITS

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


def split_by_folds(
    manifest: pd.DataFrame,
    folds: int,
    fold: int,
    repeat: int = 0,
    seed: int = 0,
    over: Sequence[str] = ("train", "val"),
    val_fraction: float = 0.2,
    balance: Literal["groups", "images"] | None = None,
) -> pd.DataFrame:
    """The splits of one fold of a repeated, stratified k-fold cross-validation by group.

    Every group is judged once in every repeat, whatever its size. Each class is dealt out on its
    own, so that every fold has its share of it.

    Args:
        manifest: With `group_id` and `split`.
        folds: How many, at least 2.
        fold: Which of them is `test`, from 0.
        repeat: Another number, other folds.
        seed: Of the order in which groups are dealt out.
        over: The splits that are dealt out anew; the images of the others lie in none, but those
            of held-out sources stay `external`.
        val_fraction: Of what lies outside the fold, the fraction to choose by.
        balance: What the shares are of: `groups`, where every patient counts alike, or `images`,
            for groups of very different size, whose repeats differ less; None for what the
            manifest's own split counted, `groups` where it does not say.

    Returns:
        The manifest with `split` of that fold; `fold`, which numbers other folds, is null.

    Raises:
        ValueError: Where there is no such fold, or a class has too few groups.
    """
    _require_fold(folds, fold, repeat, over, val_fraction)
    rows = kept(manifest)
    rows = rows[rows["split"].isin(list(over))]
    counts = pd.crosstab(rows["group_id"], rows["label"])
    _require_groups(counts > 0, folds)
    if (balance or manifest.attrs.get("split", {}).get("balance", "groups")) == "groups":
        counts = (counts > 0).astype(int)
    parts = {str(number): 1 / folds for number in range(folds)}
    judged = pd.Series(deal(counts, parts, _mix(seed, repeat), {})) == str(fold)
    left = counts[~judged.reindex(counts.index)]
    fractions = {"train": 1 - val_fraction, "val": val_fraction}
    inner = deal(left, fractions, _mix(seed, repeat, fold + 1), {})
    split = rows["group_id"].map(inner).fillna("test").reindex(manifest.index)
    split = split.mask(manifest["split"] == EXTERNAL, EXTERNAL)
    nowhere = pd.Series(pd.NA, index=manifest.index, dtype="Int64")
    return manifest.assign(split=split.astype("str"), fold=nowhere)


def _require_fold(
    folds: int, fold: int, repeat: int, over: Sequence[str], val_fraction: float
) -> None:
    if folds < 2 or not 0 <= fold < folds or repeat < 0:
        raise ValueError(
            f"Expected at least 2 folds, one of them from 0 to folds - 1, and a repeat from 0, "
            f"found fold {fold} of {folds}, repeat {repeat}."
        )
    if isinstance(over, str) or not over or not set(over) <= set(SPLITS):
        raise ValueError(f"Expected some of {list(SPLITS)} to deal out, found {over!r}.")
    if not 0 < val_fraction < 1:
        raise ValueError(f"Expected val_fraction between 0 and 1, found {val_fraction}.")


def _require_groups(there: pd.DataFrame, folds: int) -> None:
    """Every fold needs a group of every class, and what is left one to train on and one for val."""
    least, groups = max(folds, 4 if folds == 2 else 3), there.sum()
    if there.empty or groups.min() < least:
        found = ", ".join(f"{label} {n}" for label, n in groups.items()) or "none at all"
        raise ValueError(
            f"Expected at least {least} groups of every class for {folds} folds, found {found}. "
            "Lower the number of folds, or add images."
        )


def _mix(*numbers: int) -> int:
    """One seed of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
