"""Copies: which images show the same slice, which of them is kept, and where labels disagree."""

from collections import defaultdict
from collections.abc import Collection

import pandas as pd

from brain_tumor_kedro.imaging.grouping import connect
from brain_tumor_kedro.imaging.manifest import decoded

COPIES = ("exact_copy", "near_copy")


def number_copy_sets(manifest: pd.DataFrame, pairs: pd.DataFrame) -> "pd.Series[int]":
    """For every image with a slice, the number of the set of copies it belongs to.

    Returns:
        Indexed by `image_id`; an image without copies is a set of its own.
    """
    copies = pairs[pairs["relation"].isin(COPIES)]
    return connect(decoded(manifest)["image_id"], copies[["image_a", "image_b"]])


def find_label_conflicts(
    manifest: pd.DataFrame, pairs: pd.DataFrame, held_out: Collection[str] = ()
) -> pd.DataFrame:
    """Copies whose labels differ.

    Args:
        manifest: As `build_manifest` makes it.
        pairs: As `find_similar_pairs` makes them.
        held_out: Sources that join no copies of other sources, and have no say in their labels.

    Returns:
        `image_id`, `source`, `label` and `copy_set` of every image in such a set, and `counts`:
        false for an image of a held-out source that is a copy of one of another source.
    """
    rows = decoded(manifest).assign(
        copy_set=lambda table: table["image_id"].map(_number_apart(manifest, pairs, held_out)),
        counts=lambda table: ~table["source"].isin(held_out),
    )
    sets = rows.groupby("copy_set")
    rows["counts"] |= ~sets["counts"].transform("any")
    columns = ["image_id", "source", "label", "copy_set", "counts"]
    found = rows.loc[sets["label"].transform("nunique") > 1, columns]
    return found.sort_values(["copy_set", "image_id"], ignore_index=True)


def _number_apart(
    manifest: pd.DataFrame, pairs: pd.DataFrame, held_out: Collection[str]
) -> "pd.Series[int]":
    """Sets of copies, in which held-out images join a set of others but connect no two of them."""
    copies = pairs[pairs["relation"].isin(COPIES)]
    outside = manifest.loc[manifest["source"].isin(held_out), "image_id"]
    a_out, b_out = copies["image_a"].isin(outside), copies["image_b"].isin(outside)
    own = number_copy_sets(manifest, copies[a_out == b_out])
    between, turned = copies[a_out != b_out], a_out[a_out != b_out]
    inner = between["image_b"].where(turned, between["image_a"]).map(own)
    outer = between["image_a"].where(turned, between["image_b"]).map(own)
    return own.map(inner.groupby(outer).min()).fillna(own).astype("int64")


def reject_conflicts(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    expert_sources: Collection[str],
    held_out: Collection[str] = (),
) -> pd.DataFrame:
    """Settle copies whose labels differ.

    Args:
        manifest: As `build_manifest` makes it.
        pairs: As `find_similar_pairs` makes them.
        expert_sources: Sources whose labels are trusted against others.
        held_out: Sources that settle conflicts among themselves alone, so that no training depends
            on them: a copy of an image of another source has no say, and is left for later.

    Returns:
        The manifest in which, of every set of copies with several labels, those that contradict
        the experts' one label are rejected, and the whole set where there is no such label.
    """
    found = find_label_conflicts(manifest, pairs, held_out)
    having_a_say = found[found["counts"]]
    labels = having_a_say.groupby("copy_set")["label"].transform("nunique")
    conflicts = having_a_say[labels > 1]
    expert = conflicts[conflicts["source"].isin(expert_sources)]
    verdict = expert.groupby("copy_set")["label"].agg(_only_value)
    trusted = conflicts["copy_set"].map(verdict)
    wrong = conflicts[conflicts["label"] != trusted]
    return _reject(manifest, wrong.assign(reason="label_conflict", copy_of=None))


def _only_value(labels: "pd.Series[str]") -> str | None:
    distinct = set(labels)
    return distinct.pop() if len(distinct) == 1 else None


def reject_copies(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    last: Collection[str] = (),
    trusted: Collection[str] = (),
    among: Collection[str] | None = None,
) -> pd.DataFrame:
    """Keep the best of all copies and reject the rest.

    The images are gone through from the best to the worst: of a trusted source, then of a known
    patient, then more pixels, then more alike to the other copies (sharpened and brightened
    versions lie around their original), then more bytes. One that is a copy of an image already
    kept is rejected. So no two kept images are copies, and every copy is one of the very image that
    is named for it.

    Args:
        manifest: With label conflicts settled.
        pairs: As `find_similar_pairs` makes them.
        last: Sources whose images are kept only where no other source has a copy of them.
        trusted: Sources whose images are kept before those of others.
        among: Images that are gone through, all without; the others count for their order alone.

    Returns:
        The manifest with `status`, `reason` and `copy_of` filled in.
    """
    chosen = decoded(manifest)["image_id"]
    chosen = chosen if among is None else chosen[chosen.isin(among)]
    same = connect(chosen, _select(pairs, "exact_copy"))
    here = pairs[pairs["image_a"].isin(same.index) & pairs["image_b"].isin(same.index)]
    neighbours = _neighbours(_select(here, "near_copy"), same)
    keeper: dict[int, str] = {}
    copies = []
    order = _from_best_to_worst(manifest, pairs, last, trusted)
    for image_id in order if among is None else filter(set(among).__contains__, order):
        pixels = same[image_id]
        near = next((n for n in neighbours[pixels] if n in keeper), None)
        if pixels in keeper:
            copies.append((image_id, "exact_copy", keeper[pixels]))
        elif near is not None:
            copies.append((image_id, "near_copy", keeper[near]))
        else:
            keeper[pixels] = image_id
    return _reject(manifest, pd.DataFrame(copies, columns=["image_id", "reason", "copy_of"]))


def _select(pairs: pd.DataFrame, relation: str) -> pd.DataFrame:
    return pairs.loc[pairs["relation"] == relation, ["image_a", "image_b"]]


def _neighbours(pairs: pd.DataFrame, same: "pd.Series[int]") -> dict[int, list[int]]:
    neighbours: dict[int, list[int]] = defaultdict(list)
    for a, b in zip(pairs["image_a"].map(same), pairs["image_b"].map(same), strict=True):
        neighbours[a].append(b)
        neighbours[b].append(a)
    return neighbours


def _from_best_to_worst(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    last: Collection[str],
    trusted: Collection[str],
) -> list[str]:
    copies = pairs[pairs["relation"] == "near_copy"]
    if "round" in copies:
        # What later rounds find among the images that would be kept must not change their order.
        copies = copies[copies["round"] == 1]
    # Nor must images that come last change the order of the others.
    after = manifest.loc[manifest["source"].isin(last), "image_id"]
    copies = copies[copies["image_a"].isin(after) == copies["image_b"].isin(after)]
    ends = pd.concat([copies["image_a"], copies["image_b"]])
    likeness = pd.concat([copies["local_correlation"]] * 2).groupby(ends.to_numpy()).sum()
    rows = manifest[manifest["status"] == "kept"].assign(
        first=lambda table: rank_sources(table["source"], last, trusted),
        known=lambda table: table["patient_id"].notna(),
        pixels=lambda table: table["width"] * table["height"],
        likeness=lambda table: table["image_id"].map(likeness).fillna(0.0).round(6),
    )
    order = rows.sort_values(
        ["first", "known", "pixels", "likeness", "bytes", "image_id"],
        ascending=[True, False, False, False, False, True],
    )
    return order["image_id"].tolist()


def rank_sources(
    sources: "pd.Series[str]", last: Collection[str], trusted: Collection[str]
) -> "pd.Series[int]":
    """0 for a trusted source, 1 for any other, 2 and 3 for the same where it comes last."""
    return 2 * sources.isin(last).astype(int) + (~sources.isin(trusted)).astype(int)


def _reject(manifest: pd.DataFrame, rejected: pd.DataFrame) -> pd.DataFrame:
    rejected = rejected.set_index("image_id")
    hit = manifest["image_id"].isin(rejected.index)
    ids = manifest.loc[hit, "image_id"]
    table = manifest.copy()
    table.loc[hit, "status"] = "rejected"
    for column in ("reason", "copy_of"):
        table.loc[hit, column] = ids.map(rejected[column]).astype("str")
    return table
