"""Label conflicts: copies whose labels differ, and what was decided of them."""

from collections.abc import Collection

import pandas as pd

from brain_tumor_kedro.imaging.duplicates import find_label_conflicts

CONFLICT_COLUMNS = [
    "conflict",
    "image_id",
    "source",
    "label",
    "trusted",
    "verdict",
    "copy_of",
    "kept_label",
    "decision",
]


def tabulate_conflicts(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    expert_sources: Collection[str],
    held_out: Collection[str] = (),
) -> pd.DataFrame:
    """List every image of which a copy has another label, with the rule's decision.

    Args:
        manifest: The finished manifest.
        pairs: As `find_similar_pairs` makes them.
        expert_sources: Sources whose labels are trusted against others.
        held_out: Sources that have no say in the labels of others.

    Returns:
        One row per image: `conflict` (1, 2, … one number per set of copies), `image_id`, `source`,
        `label`, `trusted` (whether the decision rests on this image's label), `verdict` (`kept`,
        or the reason for which it was rejected), `copy_of`, `kept_label` (null where the whole set
        was rejected) and `decision`, the same for the whole set and in words.
    """
    found = find_label_conflicts(manifest, pairs, held_out)
    rows = found.merge(manifest[["image_id", "reason", "copy_of"]], on="image_id", how="left")
    rows = rows.assign(
        conflict=pd.factorize(rows["copy_set"])[0] + 1,
        expert=rows["source"].isin(list(expert_sources)) & rows["counts"],
        verdict=rows["reason"].astype(object).where(rows["reason"].notna(), "kept"),
    )
    right = rows[rows["counts"] & (rows["verdict"] != "label_conflict")]
    settled = right.groupby("conflict")["label"].first()
    rows["kept_label"] = rows["conflict"].map(settled)
    rows["trusted"] = rows["expert"] & (rows["label"] == rows["kept_label"])
    decisions = {number: _decide(part) for number, part in rows.groupby("conflict")}
    rows["decision"] = rows["conflict"].map(decisions)
    order = rows.sort_values(
        ["conflict", "trusted", "image_id"], ascending=[True, False, True], ignore_index=True
    )
    return order[CONFLICT_COLUMNS]


def _decide(rows: pd.DataFrame) -> str:
    """Say in words what was decided of a set of copies, and why."""
    label, experts = rows["kept_label"].iloc[0], rows[rows["expert"]]
    if rows.loc[rows["counts"], "label"].nunique() == 1:
        return f"kept as {label}: held-out copies have no say"
    names = ", ".join(sorted(set(experts["source"].astype(str))))
    if pd.notna(label):
        return f"kept as {label}: the label of {names} is trusted"
    if experts.empty:
        return "all rejected: no copy comes from a trusted source"
    return f"all rejected: the labels of {names} contradict each other"
