"""Leakage: what crosses splits here, and what crossed the splits that were published."""

import logging

import pandas as pd

from brain_tumor_kedro.imaging.duplicates import COPIES, number_copy_sets
from brain_tumor_kedro.imaging.manifest import decoded, kept
from brain_tumor_kedro.tasks import EXTERNAL

logger = logging.getLogger(__name__)

#: The one strategy that lets nothing cross; the others follow papers, for numbers to compare with.
BY_GROUP = "group"

CROSSING_COLUMNS = ["image_a", "split_a", "image_b", "split_b", "relation"]


class LeakageError(ValueError):
    """The same slice, or the same patient, lies in two splits."""


def find_crossings(manifest: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Every tie between two kept images of different splits.

    Args:
        manifest: With `split`.
        pairs: As `find_similar_pairs` makes them.

    Returns:
        `image_a`, `split_a`, `image_b`, `split_b` and `relation`: that of a pair, or `patient`,
        `group` or `copy_set` (joined by a chain of copies) for the first images of one in two
        splits.
    """
    rows = kept(manifest).dropna(subset="split")
    split = rows.set_index("image_id")["split"]
    similar = pd.DataFrame(
        {
            "image_a": pairs["image_a"],
            "split_a": pairs["image_a"].map(split),
            "image_b": pairs["image_b"],
            "split_b": pairs["image_b"].map(split),
            "relation": pairs["relation"],
        }
    ).dropna()
    similar = similar[similar["split_a"] != similar["split_b"]]
    patients = _crossed(rows, ["source", "patient_id"], "patient")
    groups = _crossed(rows, ["group_id"], "group")
    numbers = rows["image_id"].map(number_copy_sets(manifest, pairs))
    chains = _crossed(rows.assign(copy_set=numbers), ["copy_set"], "copy_set")
    return pd.concat([similar, patients, groups, chains], ignore_index=True)[CROSSING_COLUMNS]


def _crossed(rows: pd.DataFrame, key: list[str], relation: str) -> pd.DataFrame:
    firsts = rows.dropna(subset=key).drop_duplicates([*key, "split"])
    columns = [*key, "image_id", "split"]
    ties = firsts[columns].merge(firsts[columns], on=key, suffixes=("_a", "_b"))
    ties = ties[ties["image_id_a"] < ties["image_id_b"]]
    return ties.rename(columns={"image_id_a": "image_a", "image_id_b": "image_b"}).assign(
        relation=relation
    )


def require_no_leakage(manifest: pd.DataFrame, pairs: pd.DataFrame, strategy: str) -> pd.DataFrame:
    """The gate: stop where anything crosses splits that must not.

    Args:
        manifest: With `split`.
        pairs: As `find_similar_pairs` makes them.
        strategy: `group`: nothing may cross. Any other: copies may not, nor anything into a
            held-out source; relatives, patients, groups and chains of copies do, as in the
            papers, and are counted in a warning.

    Returns:
        What crosses all the same, as `find_crossings` gives it; empty for `group`.

    Raises:
        LeakageError: Names the first images that cross.
    """
    crossings = find_crossings(manifest, pairs)
    forbidden = crossings
    if strategy != BY_GROUP:
        outside = (crossings[["split_a", "split_b"]] == EXTERNAL).any(axis=1)
        forbidden = crossings[crossings["relation"].isin(COPIES) | outside]
    if len(forbidden):
        raise LeakageError(_describe(forbidden))
    if len(crossings):
        logger.warning("Split by %s, as papers do: %s", strategy, _describe(crossings))
    return crossings


def _describe(crossings: pd.DataFrame) -> str:
    counts = ", ".join(f"{n} by {kind}" for kind, n in crossings["relation"].value_counts().items())
    cases = "\n".join(
        f"  {row.image_a} ({row.split_a}) and {row.image_b} ({row.split_b}): {row.relation}"
        for row in crossings.head(10).itertuples()
    )
    return f"{len(crossings)} ties cross the splits ({counts}). The first:\n{cases}"


def measure_published_leakage(
    manifest: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, dict[str, int]]:
    """How many images of each published test folder are copies of its own training images.

    Returns:
        For each source with both folders: `test`, the images in it that show a slice, and
        `copied_from_train`, those of them with a copy in training.
    """
    rows = decoded(manifest).dropna(subset="published_split")
    sets = rows["image_id"].map(number_copy_sets(manifest, pairs))
    result = {}
    for source, part in rows.assign(copy_set=sets).groupby("source"):
        test, train = (part[part["published_split"] == name] for name in ("test", "train"))
        if len(test) and len(train):
            copied = int(test["copy_set"].isin(train["copy_set"]).sum())
            result[str(source)] = {"test": len(test), "copied_from_train": copied}
    return result


def measure_source_overlap(manifest: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, int]:
    """How many distinct slices two sources share.

    Returns:
        From `source a//source b`, in alphabetical order, to the number of sets of copies with an
        image in both; pairs of sources that share none are left out.
    """
    rows = decoded(manifest)
    sets = rows["image_id"].map(number_copy_sets(manifest, pairs))
    slices = {str(name): set(part) for name, part in sets.groupby(rows["source"])}
    names = sorted(slices)
    shared = {
        # No name of a folder, and so of a source, holds two slashes; any other sign may be in one.
        f"{a}//{b}": len(slices[a] & slices[b])
        for place, a in enumerate(names)
        for b in names[place + 1 :]
    }
    return {key: n for key, n in shared.items() if n}
