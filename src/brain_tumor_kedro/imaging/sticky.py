"""Sticky splits: what earlier runs decided about the slices that are here again."""

import logging

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.dealing import SAFETY
from brain_tumor_kedro.imaging.leakage import BY_GROUP, find_crossings

logger = logging.getLogger(__name__)


def find_earlier_splits(manifest: pd.DataFrame, previous: pd.DataFrame) -> dict[str, str]:
    """The split that each group holds already, by the slices of earlier manifests in it.

    A slice is known by its file's name, by its pixels or by its patient. What was rejected counts
    as well: a copy of a test image is the test image under another name, and may be all that is
    left of it.

    Args:
        manifest: With `group_id`, rejected copies included.
        previous: The manifests of earlier runs, told apart by `version`, newest first, or an empty
            table. `attrs["versions"]` may hold what each says of itself; those that were not split
            by groups bind nothing.

    Returns:
        By group, `test`, `val` or `train`; of several the safest.
    """
    before = _keep_splits_by_groups(previous)
    if before.empty:
        return {}
    _report_gone(manifest, before)
    rank = before["split"].map({name: place for place, name in enumerate(SAFETY)})
    whole = rank.groupby([_versions(before), before["group_id"]]).transform("min")
    rank = rank.fillna(whole)
    now = manifest.dropna(subset="group_id")
    claims = pd.concat(
        pd.DataFrame({"group": now["group_id"], "rank": known.map(rank.groupby(then).min())})
        for known, then in zip(_keys(now), _keys(before), strict=True)
    )
    safest = claims.dropna().groupby("group")["rank"].min()
    logger.info(
        "%s groups stay in the split of earlier manifests, whatever the seed and fractions; "
        "for another split use another data_dir.", len(safest),
    )  # fmt: skip
    return {str(name): SAFETY[int(place)] for name, place in safest.items()}


def _keys(table: pd.DataFrame) -> tuple["pd.Series[str]", ...]:
    """By what a slice is known again; a source's ids of patients are its own."""
    return table["image_id"], table["pixel_hash"], table["source"] + "\n" + table["patient_id"]


def _report_gone(manifest: pd.DataFrame, before: pd.DataFrame) -> None:
    """Say how many images to judge by are gone: changed and renamed, they are not recognized."""
    versions = _versions(before)
    newest = before[(versions == versions.min()) & before["split"].isin(["test", "val"])]
    here = [
        known.isin(now.dropna()) for known, now in zip(_keys(newest), _keys(manifest), strict=True)
    ]
    gone = newest[~np.any(here, axis=0)]
    if len(gone):
        logger.warning(
            "%s images of test and val of the last manifest are gone, for example %s. Where they "
            "came back changed under other names, they are not recognized and may be in train "
            "now: keep the old files beside the new ones for one run, then the new ones take over "
            "their split.", len(gone), gone["image_id"].iloc[0],
        )  # fmt: skip


def _versions(previous: pd.DataFrame) -> "pd.Series[int]":
    return previous["version"] if "version" in previous else pd.Series(0, index=previous.index)


def _keep_splits_by_groups(previous: pd.DataFrame) -> pd.DataFrame:
    """Those of the earlier manifests that were split by groups, as they say and as they are."""
    if previous.empty:
        return previous
    versions = _versions(previous)
    said = [of.get("split", {}).get("strategy", BY_GROUP) for of in _attributes(previous)]
    others = {number for number, strategy in enumerate(said) if strategy != BY_GROUP}
    nothing = pd.DataFrame({"image_a": [], "image_b": [], "relation": []})
    parted = {n for n, part in previous.groupby(versions) if len(find_crossings(part, nothing))}
    if left_out := others | parted:
        logger.warning(
            "%s of the earlier manifests were not split by groups: their splits are not kept.",
            len(left_out),
        )
    return previous[~versions.isin(left_out)]


def _attributes(previous: pd.DataFrame) -> list[dict[str, dict[str, str]]]:
    return list(previous.attrs.get("versions", []))
