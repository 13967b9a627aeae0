"""Splits: groups dealt out to train, val and test, stratified by class."""

import logging
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from brain_tumor_kedro.imaging.leakage import find_crossings
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.tasks import SPLITS

logger = logging.getLogger(__name__)

#: Where a group goes that earlier images hold to several splits: the safest comes first.
SAFETY = ("test", "val", "train")


class SplitSettings(BaseModel):
    """How the kept images are dealt out.

    Attributes:
        strategy: `group` keeps groups whole; `image` parts them, as papers did.
        train: Fraction of the images to train on.
        val: Fraction to choose by.
        test: Fraction to judge by.
        seed: Of the order in which groups of one size are dealt out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: Literal["group", "image"] = "group"
    train: float = Field(0.817, gt=0, lt=1)
    val: float = Field(0.091, gt=0, lt=1)
    test: float = Field(0.092, gt=0, lt=1)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitSettings":
        if abs(self.train + self.val + self.test - 1) > 1e-6:
            raise ValueError(
                f"expected fractions that sum to 1, found {self.train} + {self.val} + {self.test}"
            )
        return self

    @property
    def fractions(self) -> np.ndarray:
        """Fractions in the order of `SPLITS`, `(3,)` float."""
        return np.array([self.train, self.val, self.test])


def split_images(
    manifest: pd.DataFrame, previous: pd.DataFrame, settings: SplitSettings
) -> pd.DataFrame:
    """Deal the kept images out to `train`, `val` and `test`.

    Larger groups go first, each to the split that is farthest behind on the group's classes. A
    slice of an earlier manifest stays where it was, under whatever name and in whatever copy it
    comes now, and draws its group along; a group that two splits claim goes to the safer one, so
    that no slice of `test` ever moves to `train`.

    Args:
        manifest: With `group_id`, rejected copies included.
        previous: The manifests of earlier runs, told apart by `version`, or an empty table.
        settings: Fractions, strategy and seed.

    Returns:
        The manifest with `split`.

    Raises:
        ValueError: Where a class cannot lie in every split.
    """
    rows = kept(manifest)
    unit = rows["group_id"] if settings.strategy == "group" else rows["image_id"]
    counts = pd.crosstab(unit, rows["label"])
    _require_units(counts, settings)
    fixed = _earlier_splits(manifest, previous, settings)
    assigned = _deal(
        counts, {name: fixed[name] for name in counts.index if name in fixed}, settings
    )
    split = unit.map(assigned)
    _report_fractions(split, settings)
    return manifest.assign(split=split.reindex(manifest.index).astype("str"))


def _require_units(counts: pd.DataFrame, settings: SplitSettings) -> None:
    units = (counts > 0).sum()
    if counts.empty or (units < len(SPLITS)).any():
        found = ", ".join(f"{label} {n}" for label, n in units.items()) or "no images at all"
        what = "groups" if settings.strategy == "group" else "images"
        raise ValueError(
            f"Expected at least {len(SPLITS)} {what} of every class, one for each split, found "
            f"{found}. Add images, or raise similarity.relative_local if relatives were joined "
            "that are none."
        )


def _earlier_splits(
    manifest: pd.DataFrame, previous: pd.DataFrame, settings: SplitSettings
) -> dict[str, str]:
    """The split that each group holds already, by the slices of earlier manifests in it."""
    if settings.strategy == "image" or previous.empty:
        return {}
    before = _keep_splits_by_groups(previous).dropna(subset="split")
    rank = before["split"].map({name: place for place, name in enumerate(SAFETY)})
    now = manifest.dropna(subset="group_id")
    claims = pd.concat(
        pd.DataFrame(
            {"group": now["group_id"], "rank": now[key].map(rank.groupby(before[key]).min())}
        )
        for key in ("image_id", "pixel_hash")
    )
    safest = claims.dropna().groupby("group")["rank"].min()
    logger.info(
        "%s groups stay in the split of earlier manifests, whatever the seed and fractions; "
        "for another split use another data_dir.", len(safest),
    )  # fmt: skip
    return {str(name): SAFETY[int(place)] for name, place in safest.items()}


def _keep_splits_by_groups(previous: pd.DataFrame) -> pd.DataFrame:
    """Those of the earlier manifests whose groups were not parted."""
    nothing = pd.DataFrame({"image_a": [], "image_b": [], "relation": []})
    versions = previous["version"] if "version" in previous else pd.Series(0, index=previous.index)
    parted = {n for n, part in previous.groupby(versions) if len(find_crossings(part, nothing))}
    if parted:
        logger.warning(
            "%s of the earlier manifests were not split by groups: their splits are not kept.",
            len(parted),
        )
    return previous[~versions.isin(parted)]


def _deal(counts: pd.DataFrame, fixed: dict[str, str], settings: SplitSettings) -> dict[str, str]:
    assigned = _deal_greedily(counts, fixed, settings)
    if _find_gap(counts, assigned):
        # Few groups: the first of them would all go to train.
        assigned = _deal_greedily(counts, _reserve(counts, fixed), settings)
    if gap := _find_gap(counts, assigned):
        raise ValueError(
            f"Expected every class in every split, found no {gap[0]} left for {gap[1]}: its groups "
            "are too few, or tied to groups of other splits. Add images."
        )
    return assigned


def _find_gap(counts: pd.DataFrame, assigned: dict[str, str]) -> tuple[str, str] | None:
    """A class and a split that has none of it."""
    have = counts.groupby(pd.Series(assigned)).sum().reindex(list(SPLITS), fill_value=0)
    gaps = [(str(a), str(b)) for a, column in have.items() for b, n in column.items() if not n]
    return gaps[0] if gaps else None


def _reserve(counts: pd.DataFrame, fixed: dict[str, str]) -> dict[str, str]:
    """Give every split the smallest free group of each class that it lacks, rare classes first."""
    reserved = dict(fixed)
    sizes = counts.sum(axis=1)
    for label in (counts > 0).sum().sort_values().index:
        groups = sizes[counts[label] > 0].sort_values(kind="stable").index
        taken = {reserved[name] for name in groups if name in reserved}
        free = (name for name in groups if name not in reserved)
        missing = (split for split in SAFETY if split not in taken)
        reserved |= {str(name): split for name, split in zip(list(free), missing, strict=False)}
    return reserved


def _deal_greedily(
    counts: pd.DataFrame, fixed: dict[str, str], settings: SplitSettings
) -> dict[str, str]:
    sizes = counts.to_numpy(dtype=float)
    target = settings.fractions[:, None] * sizes.sum(axis=0)
    have = np.zeros_like(target)
    assigned = dict(fixed)
    position = {name: place for place, name in enumerate(counts.index)}
    for name, split in fixed.items():
        have[SPLITS.index(split)] += sizes[position[name]]
    for place in _from_largest_to_smallest(sizes, settings.seed):
        name = counts.index[place]
        if name not in assigned:
            chosen = _farthest_behind(have, target, sizes[place])
            have[chosen] += sizes[place]
            assigned[name] = SPLITS[chosen]
    return assigned


def _from_largest_to_smallest(sizes: np.ndarray, seed: int) -> np.ndarray:
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    return shuffled[np.argsort(-sizes[shuffled].sum(axis=1), kind="stable")]


def _farthest_behind(have: np.ndarray, target: np.ndarray, group: np.ndarray) -> int:
    """The split whose squared shortfall, relative to its target, falls most by the group."""
    gain = group * (2 * (target - have) - group) / np.maximum(target, 1e-9)
    return int(gain.sum(axis=1).argmax())


def _report_fractions(split: "pd.Series[str]", settings: SplitSettings) -> None:
    found = split.value_counts(normalize=True).reindex(list(SPLITS), fill_value=0.0).to_numpy()
    if np.abs(found - settings.fractions).max() > 0.005:
        wanted = " / ".join(f"{100 * part:.1f}" for part in settings.fractions)
        came = " / ".join(f"{100 * part:.1f}" for part in found)
        logger.warning(
            "The split is %s%%, %s%% was asked for: groups are kept whole and earlier images stay "
            "in their split.", came, wanted,
        )  # fmt: skip
