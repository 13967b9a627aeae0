"""Held-out sources: whole collections that no training sees, less what they share with others."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.imaging.duplicates import (
    number_copy_sets,
    reject_conflicts,
    reject_copies,
)
from brain_tumor_kedro.imaging.grouping import group_images
from brain_tumor_kedro.imaging.manifest import decoded, kept


def require_known_sources(sources: Iterable[str], held_out: Sequence[str]) -> None:
    """Stop where a source that is to be held out is none of the sources, or where all are.

    Raises:
        ValueError: Names the sources there are.
    """
    known = sorted(set(sources))
    if not isinstance(held_out, list | tuple) or any(name not in known for name in held_out):
        raise ValueError(
            f"Expected holdout_sources to be a list of some of {known}, found {held_out!r}. Write "
            "--params '<task>.holdout_sources=[name]', or a list in conf/local/parameters.yml."
        )
    if held_out and set(known) == set(held_out):
        raise ValueError(
            f"Expected a source to train on, found all held out: {known}. Leave one out of "
            "holdout_sources."
        )


def require_known_experts(sources: Iterable[str], experts: Sequence[str]) -> None:
    """Stop where a source whose labels are to be trusted is none of the sources.

    Args:
        sources: Those of the run, and those that may be empty.
        experts: The setting `expert_sources`.

    Raises:
        ValueError: Names the sources there are.
    """
    known = sorted(set(sources))
    if not isinstance(experts, list | tuple) or any(name not in known for name in experts):
        raise ValueError(
            f"Expected expert_sources to be a list of some of {known}, or empty, found "
            f"{experts!r}. Write --params '<task>.expert_sources=[name]', or a list in "
            "conf/local/parameters.yml."
        )


def reject_held_out_copies(
    manifest: pd.DataFrame, pairs: pd.DataFrame, held_out: Collection[str]
) -> pd.DataFrame:
    """Reject what copies tie to an image of another source, even to one that is rejected itself.

    Args:
        manifest: With copies rejected.
        pairs: As `find_similar_pairs` makes them.
        held_out: The sources that are held out.

    Returns:
        The manifest; an image of a held-out source in one set of copies with an image of another
        has the reason `overlap`, unless it is a copy of one of those that is kept.
    """
    rows = decoded(manifest)
    sets = rows["image_id"].map(number_copy_sets(manifest, pairs))
    outside = rows["source"].isin(held_out)
    inner = rows["image_id"].where(~outside).groupby(sets).transform("min")
    inside = rows.loc[~outside, "image_id"]
    tied = rows[outside & inner.notna() & ~rows["copy_of"].isin(inside)]
    table = manifest.copy()
    table.loc[tied.index, ["status", "reason", "copy_of"]] = ["rejected", "overlap", None]
    detail = "in one set of copies with " + inner[tied.index]
    table.loc[tied.index, "detail"] = detail.astype("str")
    return table


def reject_overlap(
    manifest: pd.DataFrame, pairs: pd.DataFrame, held_out: Collection[str]
) -> pd.DataFrame:
    """Reject images of held-out sources that are related to an image of another source.

    Copies were rejected before, those in a held-out source first. One relative is enough, or the
    same group: the patient may be the same.

    Args:
        manifest: With `group_id`.
        pairs: As `find_similar_pairs` makes them.
        held_out: The sources that are held out.

    Returns:
        The manifest; what is rejected has the reason `overlap`, and `detail` names the relative.
    """
    outside = manifest["source"].isin(held_out)
    return _reject_tied(manifest, pairs, outside, ~outside)


def reject_beside_folds(
    manifest: pd.DataFrame, pairs: pd.DataFrame, judged: Collection[int], held_out: Collection[str]
) -> pd.DataFrame:
    """Reject images without a published fold that are related to one of a fold to judge by.

    In train they would leak; in the fold they would make it another one than papers have used.

    Args:
        manifest: With `group_id` and `published_fold`.
        pairs: As `find_similar_pairs` makes them.
        judged: The folds of val and test.
        held_out: Sources that lie in no split.

    Returns:
        The manifest; what is rejected has the reason `overlap`, and `detail` names the relative.
    """
    folds, inside = manifest["published_fold"], ~manifest["source"].isin(held_out)
    return _reject_tied(manifest, pairs, folds.isna() & inside, folds.isin(judged) & inside)


def curate_with(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    expert_sources: Collection[str],
    held_out: Collection[str] = (),
) -> pd.DataFrame:
    """Keep and reject anew, by the rules of curation, as if these sources had been held out.

    Args:
        manifest: Of a curation, with whatever sources held out.
        pairs: As `find_similar_pairs` makes them.
        expert_sources: Sources whose labels are trusted against others.
        held_out: The sources that are held out now.

    Returns:
        The manifest with `status`, `reason`, `copy_of`, `detail` and `group_id` anew; `split`,
        `fold` and `row` are void.
    """
    table = manifest.assign(split=None, fold=None, row=None)
    columns = ["status", "reason", "copy_of", "detail"]
    table.loc[decoded(manifest).index, columns] = ["kept", None, None, None]
    table = reject_conflicts(table, pairs, expert_sources, held_out)
    table = reject_copies(table, pairs, held_out, expert_sources)
    table = reject_held_out_copies(table, pairs, held_out)
    return reject_overlap(group_images(table, pairs, held_out), pairs, held_out)


def _reject_tied(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    guest: "pd.Series[bool]",
    host: "pd.Series[bool]",
) -> pd.DataFrame:
    """Reject the kept images of one kind whose group holds a kept image of the other."""
    there = manifest["status"] == "kept"
    hosts = manifest[there & host]
    first = hosts.groupby("group_id")["image_id"].min()
    tied = manifest[there & guest & manifest["group_id"].isin(first.index)]
    nearest = _nearest(pairs, set(tied["image_id"]), set(hosts["image_id"]))
    # Where nothing maps, pandas would make numbers of it.
    relative = tied["image_id"].map(nearest).astype("str")
    indirect = "in one group with " + tied["group_id"].map(first).astype("str")
    detail = ("related to " + relative).fillna(indirect)
    table = manifest.copy()
    table.loc[tied.index, ["status", "reason"]] = ["rejected", "overlap"]
    table.loc[tied.index, "detail"] = detail.astype("str")
    return table


def _nearest(pairs: pd.DataFrame, guests: set[str], hosts: set[str]) -> dict[str, str]:
    """For each guest that is paired with a host, the host that is most like it."""
    turned = pairs.rename(columns={"image_a": "image_b", "image_b": "image_a"})
    both = pd.concat([pairs, turned])
    between = both[both["image_a"].isin(guests) & both["image_b"].isin(hosts)]
    best = between.sort_values(["local_correlation", "image_b"]).drop_duplicates(
        "image_a", keep="last"
    )
    return dict(zip(best["image_a"], best["image_b"], strict=True))


def count_external(manifest: pd.DataFrame, held_out: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is left of each held-out source.

    Returns:
        By source: `found`, `kept`, and `overlapping`, the images that are related to, or copies
        of, what lies in another source, or copies of such an image.
    """
    rows = kept(manifest)
    outside = rows.loc[rows["source"].isin(held_out), "image_id"]
    copied = manifest["copy_of"].notna() & ~manifest["copy_of"].isin(outside)
    shared = copied | (manifest["reason"] == "overlap").fillna(False).astype(bool)
    return {
        name: {
            "found": int((manifest["source"] == name).sum()),
            "kept": int((rows["source"] == name).sum()),
            "overlapping": int((shared & (manifest["source"] == name)).sum()),
        }
        for name in sorted(held_out)
    }
