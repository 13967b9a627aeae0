"""Splits: every kept image to train, val or test, or to none where its source is held out."""

import logging
from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from brain_tumor_kedro.imaging.dealing import deal
from brain_tumor_kedro.imaging.leakage import BY_GROUP
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.published_splits import (
    split_by_published_folders,
    split_by_published_folds,
)
from brain_tumor_kedro.imaging.sticky import find_earlier_splits
from brain_tumor_kedro.tasks import EXTERNAL, SPLITS

logger = logging.getLogger(__name__)

#: What to do where classes have too few images or groups, by what is counted.
MORE = {
    "images": (
        "Add images, or raise similarity.relative_local if relatives were joined that are none."
    ),
    "groups": "Add patients; the warnings above say which were left out, and why.",
}


class SplitSettings(BaseModel):
    """How the kept images are dealt out.

    Attributes:
        strategy: `group` keeps groups whole; `image` parts them, as papers did; `published_fold`
            and `published` follow the folds or the folders that were published.
        balance: What the fractions are of, where images or groups are dealt out: `images`, or
            `groups`, where every patient counts alike.
        train: Fraction of the images to train on.
        val: Fraction to choose by.
        test: Fraction to judge by.
        seed: Of the order in which groups of one size are dealt out.
        test_fold: The published fold to judge by, 1 to 5; for `published_fold`.
        val_fold: The published fold to choose by, 1 to 5; for `published_fold`.
        folds: How many folds for cross-validation train and val are dealt out to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: Literal["group", "image", "published_fold", "published"] = "group"
    balance: Literal["images", "groups"] = "images"
    train: float = Field(0.817, gt=0, lt=1)
    val: float = Field(0.091, gt=0, lt=1)
    test: float = Field(0.092, gt=0, lt=1)
    seed: int = Field(0, ge=0, lt=2**32)
    test_fold: int = Field(5, ge=1, le=5)
    val_fold: int = Field(4, ge=1, le=5)
    folds: int = Field(5, ge=2, le=100)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitSettings":
        if abs(self.train + self.val + self.test - 1) > 1e-6:
            raise ValueError(
                f"expected fractions that sum to 1, found {self.train} + {self.val} + {self.test}"
            )
        if self.test_fold == self.val_fold:
            raise ValueError(f"expected test_fold and val_fold to differ, found {self.test_fold}")
        return self

    @property
    def fractions(self) -> dict[str, float]:
        """Fractions by split, in the order of `SPLITS`."""
        return {"train": self.train, "val": self.val, "test": self.test}


def split_images(
    manifest: pd.DataFrame,
    previous: pd.DataFrame,
    settings: SplitSettings,
    held_out: Collection[str] = (),
) -> pd.DataFrame:
    """Put every kept image in a split.

    By group or image, the images are dealt out by class. By group, a slice of an earlier manifest
    stays where it was, under whatever name and in whatever copy it comes now, and draws its group
    along; a group that two splits claim goes to the safer one, so that no slice of `test` or `val`
    ever moves to `train`. Published folds and folders are followed as they are.

    Args:
        manifest: With `group_id`, rejected copies included.
        previous: The manifests of earlier runs, told apart by `version`, or an empty table.
        settings: Fractions, strategy and seed.
        held_out: Sources whose images lie in no split but are `external`.

    Returns:
        The manifest with `split`.

    Raises:
        ValueError: Where a class cannot lie in every split, or nothing is published to follow.
    """
    outside = manifest["source"].isin(held_out)
    rows = kept(manifest[~outside])
    if settings.strategy == "published_fold":
        held_out_folds = int(manifest.loc[outside, "published_fold"].notna().sum())
        split = split_by_published_folds(
            rows, settings.test_fold, settings.val_fold, held_out_folds
        )
    elif settings.strategy == "published":
        parts = {name: settings.fractions[name] for name in ("train", "val")}
        split = split_by_published_folders(rows, parts, settings.seed)
    else:
        split = _split_by_fractions(manifest, rows, previous, settings)
    external = (manifest["status"] == "kept") & outside
    whole = split.reindex(manifest.index).mask(external, EXTERNAL)
    _report_former_external(rows[split == "train"], previous)
    return manifest.assign(split=whole.astype("str"))


def _report_former_external(trained: pd.DataFrame, previous: pd.DataFrame) -> None:
    """Say how many images were held out in an earlier manifest and are trained on now."""
    if previous.empty:
        return
    before = previous[previous["split"] == EXTERNAL]
    known = trained["image_id"].isin(before["image_id"])
    if number := int((known | trained["pixel_hash"].isin(before["pixel_hash"])).sum()):
        logger.warning(
            "%s images that were held out (external) in an earlier manifest are in train now.",
            number,
        )


def _split_by_fractions(
    manifest: pd.DataFrame, rows: pd.DataFrame, previous: pd.DataFrame, settings: SplitSettings
) -> "pd.Series[str]":
    by_group = settings.strategy == BY_GROUP
    unit = rows["group_id"] if by_group else rows["image_id"]
    counts = pd.crosstab(unit, rows["label"])
    if settings.balance == "groups":
        counts = (counts > 0).astype(int)
    _require_units(counts, "groups" if by_group else "images", settings.balance)
    fixed = find_earlier_splits(manifest, previous) if by_group else {}
    here = {name: fixed[name] for name in counts.index if name in fixed}
    dealt = deal(counts, settings.fractions, settings.seed, here)
    split = unit.map(dealt)
    found = pd.Series(dealt) if settings.balance == "groups" else split
    _report_fractions(found, settings, _say_whole(len(counts), len(here), settings))
    return split


def _say_whole(units: int, stay: int, settings: SplitSettings) -> str:
    """Why the fractions were missed: what cannot be parted, and what cannot be moved."""
    whole = "patients" if settings.balance == "groups" else "groups"
    what = whole if settings.strategy == BY_GROUP else "images"
    why = f"{units} {what} are dealt out whole, class by class"
    return f"{why}, and {stay} of them stay in their split of an earlier run" if stay else why


def _require_units(counts: pd.DataFrame, what: str, balance: str) -> None:
    units = (counts > 0).sum()
    if counts.empty or (units < len(SPLITS)).any():
        found = ", ".join(f"{label} {n}" for label, n in units.items()) or "no images at all"
        raise ValueError(
            f"Expected at least {len(SPLITS)} {what} of every class, one for each split, found "
            f"{found}. {MORE[balance]}"
        )


def _report_fractions(split: "pd.Series[str]", settings: SplitSettings, why: str) -> None:
    found = split.value_counts(normalize=True).reindex(list(SPLITS), fill_value=0.0).to_numpy()
    fractions = np.array(list(settings.fractions.values()))
    if np.abs(found - fractions).max() > 0.005:
        wanted = " / ".join(f"{100 * part:.1f}" for part in fractions)
        came = " / ".join(f"{100 * part:.1f}" for part in found)
        logger.warning("The split is %s%%, %s%% was asked for: %s.", came, wanted, why)
