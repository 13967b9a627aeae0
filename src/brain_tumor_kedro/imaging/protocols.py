"""Protocols: the ways in which studies part these images into training and test.

Each is a pure table, made of the manifest and of what is known of copies and relatives.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from brain_tumor_kedro.imaging.dealing import deal
from brain_tumor_kedro.imaging.duplicates import number_copy_sets
from brain_tumor_kedro.imaging.grouping import group_images
from brain_tumor_kedro.imaging.holdout import curate_with
from brain_tumor_kedro.imaging.manifest import decoded, kept
from brain_tumor_kedro.imaging.protocol_settings import LeakageSettings, Protocol
from brain_tumor_kedro.imaging.splitting import SplitSettings

logger = logging.getLogger(__name__)

PART_COLUMNS = [
    "protocol", "source", "repeat", "image_id", "label", "group_id", "part", "tie",
]  # fmt: skip

#: The closest tie of a test image to any training image, the closest first.
TIES = ("copy", "relative", "none")


class Protocols(NamedTuple):
    """Splits under several protocols.

    Attributes:
        parts: One row per protocol, repeat and image: `protocol`, `source` (that is tested, null
            where all are), `repeat` (from 0), `image_id`, `label`, `group_id`, `part` (`train`,
            `val` or `test`) and `tie`: of a test image, whether train or val hold a `copy` of it,
            else a `relative` (an image of the same group), or `none`; null in train and val.
        notes: What was left out and why, a sentence or two each.
    """

    parts: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Material:
    """What protocols are made of: `rows` show a slice and have `copy_set` and `group_id`."""

    manifest: pd.DataFrame
    pairs: pd.DataFrame
    rows: pd.DataFrame
    expert_sources: Collection[str]
    fractions: Mapping[str, float]
    settings: LeakageSettings


class _Plan(NamedTuple):
    """One split: `part` is indexed as the material's rows, which it may hold a part of."""

    source: str | None
    repeat: int
    part: "pd.Series[str]"


def plan_protocols(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    expert_sources: Collection[str],
    split: SplitSettings,
    settings: LeakageSettings,
) -> Protocols:
    """Part the images as each protocol does.

    - `published_folders`: of every source that publishes both, trained on its training folder
      and tested on its test folder, copies and all.
    - `naive_merge`: every labelled file of all sources, copies and contradicting labels
      included, dealt out one by one, stratified by class.
    - `copies_removed`: one image of each set of copies, dealt out one by one.
    - `groups_apart`: the same images, dealt out by groups.
    - `source_left_out`: every source in turn is tested, less what is a copy or a relative of
      another source's image; trained on all others, curated by the project's rules.

    Sources that were held out of the manifest's splits take part like all others.

    Args:
        manifest: Of a curation, rejected copies included.
        pairs: As `find_similar_pairs` makes them.
        expert_sources: Sources whose labels are trusted against others.
        split: Of it the fractions.
        settings: Which protocols, how often, and the seed.

    Returns:
        The splits, and what was left out of them.
    """
    material = _gather(manifest, pairs, expert_sources, split, settings)
    tables, notes = [], []
    for protocol in settings.protocols:
        for plan in PLANNERS[protocol](material):
            if isinstance(plan, str):
                notes.append(f"{name_protocol(protocol)}: {plan}")
                continue
            table, said = _finish(material, protocol, plan)
            tables += [table] if len(table) else []
            notes += [f"{name_protocol(protocol)}: {text}" for text in said]
    parts = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=PART_COLUMNS)
    return Protocols(parts, tuple(dict.fromkeys(notes)))


def require_same_pairs(manifest: pd.DataFrame, pairs: pd.DataFrame) -> None:
    """Stop where the pairs are those of another curation than the manifest.

    An interrupted curation leaves new pairs beside the manifest of the one before.

    Raises:
        ValueError: Where groups or copies do not follow from the pairs.
    """
    rows = decoded(manifest)
    if set(pairs["image_a"]) | set(pairs["image_b"]) <= set(rows["image_id"]):
        groups = decoded(group_images(manifest, pairs))["group_id"]
        sets = number_copy_sets(manifest, pairs)
        copies = rows.dropna(subset="copy_of")
        same = pd.factorize(groups)[0] == pd.factorize(rows["group_id"])[0]
        copied = copies["image_id"].map(sets) == copies["copy_of"].map(sets)
        if same.all() and copied.all():
            return
    raise ValueError(
        "The pairs of similar images are not those of the manifest: a curation was interrupted. "
        "Curate again: kedro run --pipelines curation"
    )


def name_protocol(protocol: str) -> str:
    """A protocol's name in words, for a note."""
    return protocol.replace("_", " ").capitalize()


def _gather(
    manifest: pd.DataFrame,
    pairs: pd.DataFrame,
    expert_sources: Collection[str],
    split: SplitSettings,
    settings: LeakageSettings,
) -> _Material:
    whole = curate_with(manifest, pairs, expert_sources)
    rows = decoded(whole)
    rows = rows.assign(copy_set=rows["image_id"].map(number_copy_sets(manifest, pairs)))
    return _Material(manifest, pairs, rows, expert_sources, split.fractions, settings)


def _plan_published(material: _Material) -> Iterator[_Plan | str]:
    rows = material.rows
    published = rows.groupby("source")["published_split"].nunique()
    for source in published.index[published == 2]:
        own = rows[(rows["source"] == source) & rows["published_split"].notna()]
        test = own["published_split"] == "test"
        part = _deal_training(own[~test], "image_id", material)
        yield _Plan(str(source), 0, part.reindex(own.index).fillna("test"))
    if not (published == 2).any():
        yield "no source publishes both a training and a test folder."


def _plan_naive(material: _Material) -> Iterator[_Plan | str]:
    yield from _plan_random(material.rows, "image_id", material)


def _plan_without_copies(material: _Material) -> Iterator[_Plan | str]:
    yield from _plan_random(_one_of_each_set(material.rows), "image_id", material)


def _plan_groups(material: _Material) -> Iterator[_Plan | str]:
    yield from _plan_random(_one_of_each_set(material.rows), "group_id", material)


def _plan_random(rows: pd.DataFrame, unit: str, material: _Material) -> Iterator[_Plan | str]:
    for repeat in range(material.settings.repeats):
        try:
            part = _deal(rows, unit, material.fractions, material.settings.seed + repeat)
        except ValueError as error:
            yield f"left out, a split cannot be drawn. {error}"
            return
        yield _Plan(None, repeat, part)


def _plan_source_out(material: _Material) -> Iterator[_Plan | str]:
    sources = sorted(set(material.rows["source"]))
    if len(sources) == 1:
        yield f"left out, {sources[0]} is the only source."
        return
    for source in sources:
        settled = curate_with(material.manifest, material.pairs, material.expert_sources, [source])
        left = kept(settled)
        inside = left[left["source"] != source]
        outside = left[left["source"] == source]
        part = _deal_training(inside, "group_id", material)
        yield _Plan(source, 0, pd.concat([part, pd.Series("test", outside.index)]))


PLANNERS: dict[Protocol, Callable[[_Material], Iterator[_Plan | str]]] = {
    "published_folders": _plan_published,
    "naive_merge": _plan_naive,
    "copies_removed": _plan_without_copies,
    "groups_apart": _plan_groups,
    "source_left_out": _plan_source_out,
}


def _one_of_each_set(rows: pd.DataFrame) -> pd.DataFrame:
    """The kept images, one of each set: a chain of copies may have left two that are not alike."""
    return kept(rows).sort_values("image_id").drop_duplicates("copy_set").sort_index()


def _deal(
    rows: pd.DataFrame, unit: str, fractions: Mapping[str, float], seed: int
) -> "pd.Series[str]":
    """Deal images out by class as the project's splits are, in whole units."""
    if rows.empty:
        raise ValueError("Expected images that show a slice, found none.")
    counts = pd.crosstab(rows[unit], rows["label"])
    return rows[unit].map(deal(counts, fractions, seed, {}))


def _deal_training(rows: pd.DataFrame, unit: str, material: _Material) -> "pd.Series[str]":
    """Part val from train where every class can lie in both; else all is train."""
    total = material.fractions["train"] + material.fractions["val"]
    shares = {name: material.fractions[name] / total for name in ("train", "val")}
    try:
        return _deal(rows, unit, shares, material.settings.seed)
    except ValueError:
        return pd.Series("train", rows.index)


def _finish(material: _Material, protocol: str, plan: _Plan) -> tuple[pd.DataFrame, list[str]]:
    """Make a plan's table: what a training cannot have right is not tested, and ties are named."""
    rows = material.rows.loc[plan.part.index].assign(part=plan.part)
    test = rows["part"] == "test"
    trained = sorted(set(rows.loc[~test, "label"]))
    unknown = test & ~rows["label"].isin(trained)
    about = f"{plan.source}: " if plan.source else ""
    notes = []
    if unknown.any():
        counts = ", ".join(f"{n} of {label}" for label, n in _count(rows[unknown]))
        notes.append(f"{about}the training lacks a class; {counts} are not tested.")
    left = rows[~unknown]
    if fault := _find_fault(left, trained, material.settings.classifier):
        return pd.DataFrame(columns=PART_COLUMNS), [*notes, f"{about}left out, {fault}."]
    table = left.assign(protocol=protocol, source=plan.source, repeat=plan.repeat, tie=_tie(left))
    return table[PART_COLUMNS], notes


def _count(rows: pd.DataFrame) -> list[tuple[str, int]]:
    return [(str(label), int(n)) for label, n in rows["label"].value_counts().items()]


def _find_fault(rows: pd.DataFrame, trained: Collection[str], classifier: str) -> str | None:
    if len(trained) < 2:
        return f"the training has no two classes, only {', '.join(trained) or 'no image'}"
    if not (rows["part"] == "test").any():
        return "no image is left to test: all are copies or relatives of training images"
    if classifier == "recipe" and not (rows["part"] == "val").any():
        return "a class has too few training images for some to validate on, as a recipe needs"
    return None


def _tie(rows: pd.DataFrame) -> "pd.Series[str]":
    """Name the closest tie of each test image to a training image."""
    test = rows["part"] == "test"
    copied = rows["copy_set"].isin(rows.loc[~test, "copy_set"])
    related = rows["group_id"].isin(rows.loc[~test, "group_id"])
    tie = pd.Series("none", rows.index).mask(related, "relative").mask(copied, "copy")
    return tie.where(test)
