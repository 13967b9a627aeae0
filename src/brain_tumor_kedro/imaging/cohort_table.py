"""The cohort case by case, and what is counted of it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.same_patients import name_cases
from brain_tumor_kedro.tasks import SCORED, SPLITS

COHORT_COLUMNS = [
    "image_id", "source", "patient_id", "label", "status", "reason", "detail", "copy_of", "split",
    "slices", "first", "last", "depth", "tumor_slices", "tumor_ml", "largest_mm2",
    "manifest_digest",
]  # fmt: skip


def tabulate_cohort(manifest: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """List all cases.

    Args:
        manifest: The finished manifest of volumes.
        measures: As `inspect_cases` makes them.

    Returns:
        One row per case, in order of `image_id`: what the manifest says of it; `slices`, how many
        were kept, from the place `first` to `last` along z; the measures; and the digest of the
        manifest.
    """
    rows = manifest.assign(case=name_cases(manifest)).sort_values("image_id")
    place = rows["image_id"].str.rpartition("#")[2].where(rows["status"] == "kept")
    rows = rows.assign(place=pd.to_numeric(place).astype("Int64"))
    by_case = rows.groupby("case")
    table = rows.drop_duplicates("case").set_index("case").drop(columns="image_id")
    table = table.assign(
        slices=by_case["place"].count(),
        first=by_case["place"].min(),
        last=by_case["place"].max(),
        split=by_case["split"].agg(_name_splits),
    )
    table = table.join(measures).rename_axis("image_id").sort_index().reset_index()
    return table.assign(manifest_digest=digest_manifest(manifest))[COHORT_COLUMNS]


def summarize_cohort(
    manifest: pd.DataFrame, cohort: pd.DataFrame, classes: Sequence[str]
) -> dict[str, Any]:
    """Count cases, patients and slices.

    Args:
        manifest: The finished manifest of volumes.
        cohort: As `tabulate_cohort` makes it.
        classes: The labels in their order.

    Returns:
        Fields of the curation summary: `found`, `kept` and `rejected`, which count cases here, and
        so does `sources`; `counted`, which says so; `slices`, the kept ones; `patients`, the kept
        ones by class, in `splits` by split and class, and in `folds` by fold; and `left_out`, the
        other cases with `reason` and `detail`.
    """
    included = cohort[cohort["status"] == "kept"]
    rows = kept(manifest)
    patients = rows.drop_duplicates(["group_id", "label"])
    # Where single slices were split, a patient lies in several splits, and counts in each.
    parts = rows.drop_duplicates(["group_id", "label", "split"])
    left_out = cohort.loc[cohort["status"] == "rejected", ["image_id", "reason", "detail"]]
    splits = {name: parts[parts["split"] == name] for name in SPLITS}
    return {
        "counted": "cases",
        "found": len(cohort),
        "kept": len(included),
        "rejected": _count(cohort["reason"]),
        "sources": {
            str(source): {
                "found": len(part),
                "kept": int((part["status"] == "kept").sum()),
                "rejected": _count(part["reason"]),
                "flagged": 0,
            }
            for source, part in cohort.groupby("source")
        },
        "slices": int(included["slices"].sum()),
        "patients": {
            "classes": _count_classes(patients, classes),
            "splits": {name: _count_classes(part, classes) for name, part in splits.items()},
            "folds": _count(rows.drop_duplicates(["group_id", "fold"])["fold"].dropna()),
        },
        "left_out": left_out.fillna("").to_dict("records"),
    }


def _name_splits(splits: "pd.Series[str]") -> str | None:
    """The split of a case's slices; all of them, where single slices were split."""
    return ", ".join(name for name in SCORED if (splits == name).any()) or None


def _count(values: "pd.Series[str]") -> dict[str, int]:
    return {str(name): int(n) for name, n in values.value_counts().sort_index().items()}


def _count_classes(rows: pd.DataFrame, classes: Sequence[str]) -> dict[str, int]:
    return {label: int((rows["label"] == label).sum()) for label in classes}
