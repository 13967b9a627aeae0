"""The numbers that a curation ends with."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.imaging.duplicates import COPIES, find_label_conflicts
from brain_tumor_kedro.imaging.holdout import count_external
from brain_tumor_kedro.imaging.leakage import measure_published_leakage, measure_source_overlap
from brain_tumor_kedro.imaging.manifest import digest_manifest, is_phantom, kept
from brain_tumor_kedro.tasks import SCORED, SPLITS


def summarize(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    crossings: pd.DataFrame,
    strategy: str,
    held_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Count what came in, what was kept, and what the published collections hide.

    Args:
        manifest: The finished manifest.
        pairs: As `find_similar_pairs` makes them.
        crossings: As `require_no_leakage` returns them.
        strategy: How the images were split.
        held_out: The sources that lie in no split.

    Returns:
        The fields of `curation_summary.json` but for `seconds`. `label_conflicts` counts sets of
        copies, `source_overlap` distinct slices, `cross_split_copies` pairs, `relatives` pairs of
        kept images. `splits` has `external` where a source is held out.
    """
    rows = kept(manifest)
    splits = SCORED if held_out else SPLITS
    return {
        "phantom": is_phantom(manifest),
        "manifest_digest": digest_manifest(manifest),
        "split_strategy": strategy,
        "found": len(manifest),
        "kept": len(rows),
        "rejected": _count(manifest["reason"]),
        "sources": _count_sources(manifest),
        "classes": _count(rows["label"]),
        "splits": {name: _count(rows["label"][rows["split"] == name]) for name in splits},
        "folds": _count(manifest["fold"].dropna().astype(str)),
        "published_folds": _count(manifest["published_fold"].dropna().astype(str)),
        "external": count_external(manifest, held_out),
        "groups": int(rows["group_id"].nunique()),
        "relatives": _count_relatives(rows, pairs),
        "label_conflicts": int(
            find_label_conflicts(manifest, pairs, held_out)["copy_set"].nunique()
        ),
        "source_overlap": measure_source_overlap(manifest, pairs),
        "published_split_leakage": measure_published_leakage(manifest, pairs),
        "cross_split_copies": int(crossings["relation"].isin(COPIES).sum()),
        "crossings": _count(crossings["relation"]),
    }


def _count(values: "pd.Series[str]") -> dict[str, int]:
    return {str(name): int(n) for name, n in values.value_counts().sort_index().items()}


def _count_relatives(rows: pd.DataFrame, pairs: pd.DataFrame) -> int:
    """How many pairs of kept images are relatives."""
    ends = pairs.loc[pairs["relation"] == "relative", ["image_a", "image_b"]]
    return int(ends.isin(set(rows["image_id"])).all(axis=1).sum())


def _count_sources(manifest: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {
        str(source): {
            "found": len(part),
            "kept": len(kept(part)),
            "rejected": _count(part["reason"]),
            "flagged": int(part["flag"].notna().sum()),
        }
        for source, part in manifest.groupby("source")
    }
